import { expect, test } from 'vitest';
import { overlayBetween, pod } from '../breaks.ts';
import { policy, silent, times } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, findingOf, serviceOnly, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'stale-node-policy';
const [first] = web;
if (first === undefined) throw new Error('the shop has two pods');
const admits = policy({
  name: 'callers',
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } },
            podSelector: { matchLabels: { app: 'checkout' } },
          },
        ],
      },
    ],
  },
});
const world = (...breaks: Break[]): World => ({
  cluster: checkoutCluster(admits),
  target: serviceOnly({ from: askedByCheckout }),
  breaks: [...breaks, meant],
});
/** Controls are denied at the pods and at their twins, on purpose. */
const meant: Break = (path, from, to) =>
  from.kind === 'control' && (path.to.kind === 'backend' || path.to.kind === 'service' || to?.kind === 'twin')
    ? times(4, silent)
    : null;
/** Pods and twins of these nodes are closed to everybody. */
const closed =
  (...nodes: string[]): Break =>
  (path, _, to) =>
    (path.to.kind === 'backend' || to?.kind === 'twin') && nodes.includes(('node' in path.to ? path.to.node : '') ?? '')
      ? times(4, silent)
      : null;

test.for<[string, World]>([
  ['what is admitted gets through', world()],
  ['the pod alone is silent, its twin answers', world(pod(first))],
  ['all nodes drop', world(closed('worker-1', 'worker-2'))],
  ['nothing on the node answers', world(overlayBetween('worker-1', null))],
])('silent: %s', ([, given]) => {
  expect(findingOf(id, given)).toBeNull();
});

test('speaking: pod and twin of one node are closed to whom the policy admits', () => {
  const { findings } = diagnose(world(closed('worker-1')));
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Node', name: 'worker-1' }, where: { to: 'worker-1' } },
  ]);
});
