#!/usr/bin/env bash
# try-krew.sh FOLDER: installs kprobe with the real krew from an index of its own, uses it, and removes it again. FOLDER is what
# `npm run build:executable` wrote. Needs go, git and the Go module proxy; fetches nothing else, and leaves nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$(realpath "${1:?usage: try-krew.sh FOLDER}")
version=v0.4.3

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; chmod -R u+w "$work"; rm -rf "$work"' EXIT
GOBIN=$work GOFLAGS=-mod=mod go install "sigs.k8s.io/krew/cmd/krew@$version" "sigs.k8s.io/krew/cmd/validate-krew-manifest@$version"

# The archives on loopback, on a port that the kernel chooses.
node --input-type=module - "$folder" > "$work/url" <<'EOF' &
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
const serve = ({ url }, response) => createReadStream(join(process.argv[2], basename(url))).pipe(response);
const server = createServer(serve).listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
EOF
server=$!
while [ ! -s "$work/url" ]; do sleep 0.1; done
npm run --silent build:krew -- "$folder" "$(cat "$work/url")"

"$work/validate-krew-manifest" -manifest "$folder/kprobe.yaml" -skip-install

# An index is a git repository with a manifest for each plugin.
mkdir -p "$work/index/plugins"
mv "$folder/kprobe.yaml" "$work/index/plugins/"
git -C "$work/index" init --quiet
git -C "$work/index" add .
git -C "$work/index" -c user.name=kprobe -c user.email=kprobe@localhost commit --quiet --message kprobe

export KREW_ROOT=$work/root PATH="$work/root/bin:$PATH"
"$work/krew" index add here "file://$work/index"
"$work/krew" install --no-update-index here/kprobe
[ "$(kubectl-kprobe --version)" = "$(node -p 'require("./package.json").version')" ]
kubectl-kprobe agent tcp://127.0.0.1:9 -c 1 > /dev/null
ls "$KREW_ROOT"/store/kprobe/*/licenses > /dev/null
"$work/krew" uninstall kprobe
[ ! -e "$KREW_ROOT/bin/kubectl-kprobe" ]
echo 'krew installs kprobe, it runs, and is gone afterwards'
