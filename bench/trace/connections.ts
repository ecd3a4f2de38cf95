/**
 * The traffic of others, as a Service has it: fresh connections one by one at an even rate, on each a question and its answer, and how long each took from its
 * first packet to its answer. Both ends sleep while they wait. `node bench/trace/connections.ts HOST PORT` makes a window of it for each line that it reads,
 * `{"perSecond":5000,"seconds":1}`, and prints what passed in a line.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../../src/judge/evidence/median.ts';
import type { Passed, Traffic } from './traffic.ts';

/** Handshake 3, question and answer with an acknowledgement each, two ends with theirs: what the kernel counts, within one. */
const PACKETS_PER_CONNECTION = 10;
const BYTES = 64;

const [host = '', port = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
for await (const text of createInterface({ input: process.stdin })) {
  const passed = await exchange(JSON.parse(text) as Traffic);
  process.stdout.write(`${JSON.stringify(passed)}\n`);
}

async function exchange({ perSecond, seconds }: Traffic): Promise<Passed> {
  const eachMs = 1000 / (perSecond / PACKETS_PER_CONNECTION);
  const whole = Math.round((seconds * 1000) / eachMs);
  const took: number[] = [];
  const began = performance.now();
  for (let index = 0; index < whole; index += 1) {
    const waitMs = began + index * eachMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    took.push(await ask());
  }
  return { elapsedMs: performance.now() - began, medianMs: median(took) ?? Number.NaN, lost: 0 };
}

async function ask(): Promise<number> {
  const began = performance.now();
  const socket = connect({ host, port: Number(port), noDelay: true });
  socket.write(Buffer.alloc(BYTES));
  await once(socket, 'data');
  const took = performance.now() - began;
  socket.destroy();
  return took;
}
