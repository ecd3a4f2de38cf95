#!/bin/sh
# Knex 3.3.0 with pg 8.23.1 on Node 24.21.0: the first query to a Postgres whose SYNs are dropped fails after 30 s, half of the 60 s that
# acquireConnectionTimeout has by default (tarn ends the making of a connection after createTimeoutMillis, 30 s), and the error speaks
# of something else: "The pool is probably full. Are you missing a .transacting(trx) call?" The pool has 0 connections, one is being made.
#   30.0 s, KnexTimeoutError, used 0, free 0, being made 1
# Guessed before the run: 60 s, with the network's error as its cause. Whoever believes the text looks for a leak of transactions or raises
# the size of the pool, while a policy or a dead address drops the connects: 30 s and 500 in the first byte are no proof of a busy pool.
# Fails (exit code 1) when the time or the text is another. Needs node and npm to fetch that Node, and nft and unshare as root.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node@24.21.0 knex@3.3.0 pg@8.23.1 > /dev/null
cat > "$folder/look.mjs" <<'J'
import knex from 'knex';
const pool = knex({ client: 'pg', connection: { host: '127.0.1.1', user: 'app' }, log: { warn() {}, error() {} } });
const begun = performance.now();
setTimeout(() => {
  const { client } = pool;
  console.log(`after 20 s: used ${client.pool.numUsed()}, free ${client.pool.numFree()}, being made ${client.pool.numPendingCreates()}`);
}, 20_000);
const error = await pool.raw('select 1').catch((thrown) => thrown);
const seconds = (performance.now() - begun) / 1000;
console.log(`Node ${process.version}: ${seconds.toFixed(1)} s, ${error.name}: ${error.message.split('\n')[0]}`);
const isSeen = seconds > 29 && seconds < 35 && /pool is probably full/u.test(error.message);
console.log(isSeen ? 'seen: an empty pool that is called full' : 'not seen any more');
process.exit(isSeen ? 0 : 1);
J
cat > "$folder/silence" <<'N'
table inet hole {
  chain in {
    type filter hook input priority 0;
    ip daddr 127.0.1.1 drop
  }
}
N
# shellcheck disable=SC2016
unshare --net sh -ec 'ip link set lo up; nft -f "$1/silence"; cd "$1"; exec "$1/node_modules/node/bin/node" look.mjs' sh "$folder"
