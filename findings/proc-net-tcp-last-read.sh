#!/bin/sh
# Linux 6.18 (net/ipv4/tcp_ipv4.c, tcp_seq_start), read by Node 24.21.0: the read of /proc/net/tcp that returns nothing, by which every program
# that reads a file to its end learns that it is the end, takes as long as the read that returned all rows, for it walks the kernel's
# whole table of buckets once more. With 262,144 buckets and one socket, medians of 40 readings, milliseconds:
#   rows 2.25, end 2.60
# So whoever knows from a short read that there is nothing more, and does not ask, halves the cost of each look at the table.
# Fails (exit code 1) when the end costs less than a third of the rows. Needs node and npm to fetch that Node, and Linux.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 > /dev/null
cat > "$folder/look.mjs" <<'J'
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createServer } from 'node:net';
const server = createServer().listen(0, '127.0.0.1');
const buffer = Buffer.alloc(4 << 20);
const timed = (fd) => {
  const begun = performance.now();
  return { bytes: readSync(fd, buffer, 0, buffer.length, null), ms: performance.now() - begun };
};
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const looks = Array.from({ length: 40 }, () => {
  const fd = openSync('/proc/net/tcp');
  const look = { rows: timed(fd), end: timed(fd) };
  closeSync(fd);
  return look;
}).filter(({ rows, end }) => rows.bytes > 0 && end.bytes === 0);
server.close();
if (looks.length === 0) {
  console.log('more sockets than one read returns: run it where there are few');
  process.exit(2);
}
const [rows, end] = [median(looks.map(({ rows }) => rows.ms)), median(looks.map(({ end }) => end.ms))];
console.log(`Linux ${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}: rows ${rows.toFixed(2)} ms, end ${end.toFixed(2)} ms`);
if (end * 3 < rows) {
  console.log('not seen any more');
  process.exit(1);
}
console.log('seen: the read that returns nothing costs as much as the table');
J
"$folder/node_modules/node/bin/node" "$folder/look.mjs"
