import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { pack, Packer, unpack } from '../../probes/pack.ts';

function packing() {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { packer: new Packer(out), out, lines: () => text.split('\n').slice(0, -1) };
}

test('the first word goes at once, what follows goes together, and all comes back', async () => {
  const { packer, lines } = packing();
  packer.write('{"type":"hello"}\n');
  packer.write('{"a":1}\n{"a":2}\n');
  packer.write('{"a":3}\n');
  await expect.poll(() => lines().length).toBe(1);
  await new Promise<void>((resolve) => void packer.write('', () => resolve()));
  await expect.poll(() => lines().length).toBe(2);
  expect(lines().flatMap(unpack)).toEqual(['{"type":"hello"}', '{"a":1}', '{"a":2}', '{"a":3}']);
});

test('after a pause nothing is kept back', async () => {
  const { packer, lines } = packing();
  packer.write('hello\n');
  packer.write('one\n');
  await expect.poll(() => lines().flatMap(unpack), { timeout: 5000 }).toEqual(['hello', 'one']);
});

test('much is not kept back, and no line is too long', async () => {
  const { packer, lines } = packing();
  packer.write('hello\n');
  for (let at = 0; at < 2000; at += 1) packer.write(`{"path":"control@worker-${at}","ms":${Math.random()}}\n`);
  await expect.poll(() => lines().length).toBeGreaterThan(2);
  expect(Math.max(...lines().map((line) => line.length))).toBeLessThan(64 * 1024);
});

test('who cannot be heard any more says so', async () => {
  const { packer, out } = packing();
  const closed = new Promise<void>((resolve) => packer.on('close', () => resolve()));
  out.destroy();
  await closed;
});

test.for([
  ['a line of an agent that packs nothing', '{"type":"bye"}'],
  ['what only looks packed', 'z:*'],
  ['what would fill the memory', pack(`${'a'.repeat(2_000_000)}\n`)],
])('stays as it is: %s', ([, line]) => {
  expect(unpack(line ?? '')).toEqual([line]);
});
