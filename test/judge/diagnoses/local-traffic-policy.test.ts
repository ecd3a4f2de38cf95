import { describe, expect, test } from 'vitest';
import { entry, service, silent, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, shopCluster } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'local-traffic-policy';
const local = shopCluster({ services: [service({ internalTrafficPolicy: 'Local' })] });
const on =
  (...nodes: string[]): Break =>
  (path, from) =>
    path.to.kind === 'service' && nodes.includes(from.node ?? '') ? times(4, silent) : null;

test('silent: the policy is Local, and whoever asked has an endpoint', () => {
  expect(findingOf(id, { cluster: local, target: serviceOnly() })).toBeNull();
});

test('silent: the policy is Cluster', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [on('worker-3')] })).toBeNull();
});

test('silent: nodes with an endpoint of their own fail as well', () => {
  expect(
    findingOf(id, { cluster: local, target: serviceOnly(), breaks: [on('worker-1', 'worker-2', 'worker-3')] }),
  ).toBeNull();
});

test('speaking: only the node without an endpoint fails', () => {
  expect(findingOf(id, { cluster: local, target: serviceOnly(), breaks: [on('worker-3')] })).toMatchObject({
    certainty: 'proven',
  });
});

describe('the port of a node, from outside', () => {
  const ports = [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30789, protocol: 'TCP' }];
  const outside = (externalTrafficPolicy: string) =>
    shopCluster({ services: [service({ type: 'NodePort', externalTrafficPolicy, ports })] });
  const asking = (node: string) =>
    serviceOnly({ host: null, entries: [entry(node, { address: `10.0.0.${node.at(-1)}`, port: 30_789 })] });
  /** What is asked of these nodes' port from elsewhere, or by everybody. */
  const closed =
    (everybody: boolean, ...nodes: string[]): Break =>
    (path, from) =>
      path.to.kind === 'entry' && nodes.includes(path.to.node ?? '') && (everybody || from.kind === 'local')
        ? times(4, silent)
        : null;

  test.for<[string, World]>([
    [
      'the node has an endpoint',
      { cluster: outside('Local'), target: asking('worker-1'), breaks: [closed(true, 'worker-1')] },
    ],
    [
      'the policy is Cluster',
      { cluster: outside('Cluster'), target: asking('worker-3'), breaks: [closed(true, 'worker-3')] },
    ],
    ['it answers all the same', { cluster: outside('Local'), target: asking('worker-3') }],
    [
      'nodes with an endpoint are closed as well',
      {
        cluster: outside('Local'),
        target: asking('worker-3'),
        breaks: [closed(true, 'worker-1', 'worker-2', 'worker-3')],
      },
    ],
  ])('silent: %s', ([, world]) => {
    expect(findingOf(id, world)).toBeNull();
  });

  test.for<[string, boolean]>([
    ['nobody is answered', true],
    ['pods are served and the outside is not', false],
  ])('speaking: %s', ([, everybody]) => {
    const world = { cluster: outside('Local'), target: asking('worker-3'), breaks: [closed(everybody, 'worker-3')] };
    const { findings } = diagnose(world);
    expect(findings).toMatchObject([
      { diagnosis: id, object: { kind: 'Service', name: 'web' }, where: { from: 'outside', to: 'worker-3' } },
    ]);
    expect(findings[0]?.certainty).toBe('proven');
  });
});
