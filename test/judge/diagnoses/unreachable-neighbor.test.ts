import { expect, test } from 'vitest';
import { refused, silent, target, times, unreachable } from '../make.ts';
import { diagnose, findingOf, shopTarget } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'unreachable-neighbor';
const ADDRESS = '192.0.2.50';
const asked = target({
  input: `${ADDRESS}:5432`,
  kind: 'address',
  scheme: 'tcp',
  host: null,
  route: null,
  className: null,
  entries: [],
  service: null,
  direct: [{ address: ADDRESS, port: 5432, ready: true, node: null, pod: null, slice: null }],
});
const to =
  (what: () => ReturnType<typeof times>): Break =>
  (path, from) =>
    'address' in path.to && path.to.address === ADDRESS && from.kind !== 'local' ? what() : null;
const ICMP = { 'IcmpMsg.InType3': 1 };
/** One attempt a second: the first waits for three ARP requests, the next ones for what is left of them. */
const lookedFor = () => [3070, 2070, 1070, 70].map((connectMs) => unreachable({ connectMs, counters: ICMP }));

test.for<[string, World]>([
  ['it answers', { target: asked }],
  ['it is silent', { target: asked, breaks: [to(() => times(4, silent))] }],
  ['it refuses', { target: asked, breaks: [to(() => times(4, refused))] }],
  ['it is rejected at once', { target: asked, breaks: [to(() => times(4, () => unreachable({ counters: ICMP })))] }],
  [
    'it is unreachable after other times',
    { target: asked, breaks: [to(() => times(4, () => unreachable({ connectMs: 1900 })))] },
  ],
  [
    'it is an endpoint of a Service',
    { target: shopTarget(), breaks: [(path) => (path.to.kind === 'backend' ? lookedFor() : null)] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the whole time and the rest of it', () => {
  const verdict = diagnose({ target: asked, breaks: [to(lookedFor)] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', timer: { ms: 3000 } }]);
  expect(verdict.status).toBe('faulty');
});
