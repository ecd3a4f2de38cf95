import { expect, test } from 'vitest';
import { service, silent, times } from '../make.ts';
import { findingOf, serviceOnly, shopCluster } from '../world.ts';
import type { Break } from '../world.ts';

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
