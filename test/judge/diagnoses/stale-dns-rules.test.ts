import { expect, test } from 'vitest';
import { dnsTimeout, pod } from '../breaks.ts';
import { diagnose, dns, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'stale-dns-rules';
/** The address of the DNS Service, and names, as whoever stands on these nodes meets them. */
const front =
  (nodes: readonly string[]): Break =>
  ({ to }, { node }) =>
    nodes.includes(node ?? '') && (to.kind === 'resolver' || (to.kind === 'dns-server' && to.service !== null))
      ? dnsTimeout()
      : null;
const ALL = ['worker-1', 'worker-2', 'worker-3'];

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['it fails on all nodes: unreachable-dns', [front(ALL)]],
  ['one of two servers is dead', dns.slice(0, 1).map((each) => pod(each, dnsTimeout))],
  [
    'the servers do not answer that node either',
    [
      front(['worker-3']),
      (path, { node }) => (path.to.kind === 'dns-server' && node === 'worker-3' ? dnsTimeout() : null),
    ],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('speaking: the address fails on one node, from which the servers answer', () => {
  const verdict = diagnose({ breaks: [front(['worker-3'])] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Node', name: 'worker-3' }, where: { from: 'worker-3' } },
  ]);
  expect(verdict.findings[0]?.title).toContain('10.96.0.10, the address of the DNS Service');
});
