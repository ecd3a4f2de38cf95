#!/bin/sh
# go-redis 9.23.0 (github.com/redis/go-redis/v9): DialTimeout is the time of one dial, and a command dials twenty times: five times a
# try, with 0.1 s between them, and three retries that MaxRetries counts. The same program against a Redis whose SYNs are dropped:
#   9.17.3, DialTimeout 1s: 1.0 s       9.23.0, DialTimeout 1s: 22.1 s; by default (5 s): 102.3 s; with MaxRetries -1 still 25.5 s
# Guessed before the run: 1.0 s and 5.0 s, the DialTimeout, in both. An update of a library turns "Redis is gone for 1 s a request" into
# 22 s, no setting of the program names either number, and whoever looks for a timer of 22 or 102 s in the network finds none.
# Fails (exit code 1) when either version takes another time. Needs go, and nft and unshare as root to drop the SYNs.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export GOFLAGS=-modcacherw GOPATH="$folder/go"
cat > "$folder/main.go" <<'G'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

func main() {
	logging.Disable()
	client := redis.NewClient(&redis.Options{Addr: "127.0.1.1:6379", DialTimeout: time.Second})
	begun := time.Now()
	err := client.Get(context.Background(), "key").Err()
	fmt.Fprintln(os.Stderr, err)
	fmt.Printf("%.1f\n", time.Since(begun).Seconds())
}
G
cat > "$folder/drop" <<'N'
table inet hole {
  chain in {
    type filter hook input priority 0;
    ip daddr 127.0.1.1 drop
  }
}
N
seconds() {
  mkdir "$folder/$1"
  cp "$folder/main.go" "$folder/$1"
  (cd "$folder/$1" && go mod init example && go get "github.com/redis/go-redis/v9@v$1" && go build -o program .) 2> /dev/null
  # shellcheck disable=SC2016
  unshare --net sh -ec 'ip link set lo up; nft -f "$1"; "$2"' sh "$folder/drop" "$folder/$1/program"
}
before=$(seconds 9.17.3)
after=$(seconds 9.23.0)
echo "go-redis with DialTimeout 1s and a silent Redis: 9.17.3 ${before} s, 9.23.0 ${after} s"
awk -v before="$before" -v after="$after" 'BEGIN {
  if (before < 2 && after > 20 && after < 30) { print "seen: a command takes twenty times its DialTimeout"; exit 0 }
  print "not seen any more"; exit 1 }'
