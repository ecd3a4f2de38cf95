/**
 * The traffic of others: datagrams at an even rate to an echo, one by one, and how long each took there and back. `node bench/trace/traffic.ts HOST PORT`
 * makes a window of it for each line that it reads, `{"perSecond":5000,"seconds":1}`, and prints what passed in a line.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { median } from '../../src/judge/evidence/median.ts';

/** What is still on its way at the end. */
const LINGER_MS = 300;
const BYTES = 64;

export interface Passed {
  readonly elapsedMs: number;
  readonly medianMs: number;
  readonly lost: number;
}

/** One window. `perSecond`: packets there and back, so half as many questions. */
export interface Traffic {
  readonly perSecond: number;
  readonly seconds: number;
}

const [host = '', port = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
for await (const text of createInterface({ input: process.stdin })) {
  const passed = await exchange(JSON.parse(text) as Traffic);
  process.stdout.write(`${JSON.stringify(passed)}\n`);
}

async function exchange(options: Traffic): Promise<Passed> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  const sentAt: number[] = [];
  const took: number[] = [];
  socket.on('message', (message) => {
    const sent = sentAt[message.readUInt32BE(0)];
    if (sent !== undefined) took.push(performance.now() - sent);
  });
  const began = performance.now();
  const whole = Math.round((options.perSecond / 2) * options.seconds);
  while (sentAt.length < whole) {
    const due = Math.min(whole, Math.round(((performance.now() - began) / 1000) * (options.perSecond / 2)));
    while (sentAt.length < due) {
      const message = Buffer.alloc(BYTES);
      message.writeUInt32BE(sentAt.length, 0);
      sentAt.push(performance.now());
      socket.send(message, Number(port), host);
    }
    // Spins, as its echo does.
    await turn();
  }
  const elapsedMs = performance.now() - began;
  await sleep(LINGER_MS);
  socket.close();
  return {
    elapsedMs,
    medianMs: median(took) ?? Number.NaN,
    lost: sentAt.length - took.length,
  };
}
