import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { pack, Packer, unpack } from '../../probes/pack.ts';
import { encode } from '../../probes/parse.ts';
import { hello } from '../place/agents.ts';

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

test('what every agent says takes few bytes, and comes back to the last character', () => {
  const sysctls = {
    'net.ipv4.tcp_syn_retries': '6',
    'net.ipv4.tcp_synack_retries': '5',
    'net.ipv4.tcp_retries2': '15',
    'net.ipv4.icmp_ratelimit': '1000',
    'net.ipv4.icmp_ratemask': '6168',
    'net.ipv4.ip_local_port_range': '1024\t65000',
    'net.core.somaxconn': '4096',
    'net.netfilter.nf_conntrack_max': '131072',
  };
  const servers = { servers: ['172.20.0.10'], search: ['svc.cluster.local', 'cluster.local'], options: ['ndots:5'] };
  const said = encode({ ...hello('control@ip-10-0-3-7.internal'), sysctls, resolver: servers });
  expect(unpack(pack(said))).toEqual([said.trimEnd()]);
  // Packed without knowing what agents say it is 0.7 of itself.
  expect(pack(said).length / said.length).toBeLessThan(0.45);
});
