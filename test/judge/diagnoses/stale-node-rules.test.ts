import { expect, test } from 'vitest';
import { refused, silent, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';
import { pod, rejectedService } from '../breaks.ts';
import { service } from '../make.ts';

const id = 'stale-node-rules';
const onNode =
  (node: string): Break =>
  (path, from) =>
    path.to.kind === 'service' && from.node === node ? times(4, silent) : null;

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['the address fails on every node', [rejectedService]],
  ['the endpoints fail as well', [onNode('worker-3'), ...web.map((each) => pod(each))]],
  [
    'one endpoint of two fails: the address has its share of that',
    [onNode('worker-3'), pod(web[0]!, () => times(4, refused))],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { target: serviceOnly(), breaks })).toBeNull();
});

test('speaking: the address is silent on one node, whose vantages reach the endpoints', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: [onNode('worker-3')] });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Node', name: 'worker-3' },
    where: { from: 'worker-3' },
  });
});

test('internalTrafficPolicy Local explains it where the node has no endpoint of its own', () => {
  const cluster = shopCluster({ services: [service({ internalTrafficPolicy: 'Local' })] });
  const verdict = diagnose({ cluster, target: serviceOnly(), breaks: [onNode('worker-3')] });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: 'local-traffic-policy',
    certainty: 'proven',
    object: { kind: 'Service', name: 'web' },
    where: { from: 'worker-3' },
    explains: 1,
  });
});
