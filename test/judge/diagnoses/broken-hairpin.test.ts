import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { hello, policy, refused, sample, silent, times } from '../make.ts';
import { diagnose, findingOf, isPod, run, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'broken-hairpin';
const [first] = web;
if (first === undefined) throw new Error('the shop has two pods');
const of = [{ namespace: first.namespace, name: first.name }];
const target = serviceOnly({ from: { namespace: 'shop', workload: 'web', pods: of } });
const well = () => sample({ connectMs: 0.4, status: 200 });
const late = () => sample({ connectMs: 1018, synRetransmissions: 1, status: 200 });

/** From inside web-1, where the container shares its address. */
function world(...breaks: Break[]): World {
  const base: World = { target, inside: true, breaks };
  const hellos = run(base).plan.agents.map(({ id: agent, kind }) =>
    hello(agent, kind === 'inside' ? { addresses: first?.addresses ?? [] } : {}),
  );
  return { ...base, over: { hellos } };
}
const inside =
  (...samples: Sample[]): Break =>
  (path, { kind }) =>
    kind === 'inside' && path.to.kind === 'service' ? samples : null;
const half = inside(...times(4, silent), ...times(7, well));

test.for<[string, World]>([
  ['all attempts are answered', world(inside(...times(11, well)))],
  [
    'a twin asks, which is no endpoint',
    { target, breaks: [(path) => (path.to.kind === 'service' ? times(4, silent) : null)] },
  ],
  [
    'others lose connects to the Service as well',
    world(half, (path) => (path.to.kind === 'service' ? [silent(), well()] : null)),
  ],
  [
    'the pod does not even answer at its own address',
    world(half, (path) => (isPod(first, path) ? times(4, refused) : null)),
  ],
  [
    'the pod does not reach the other endpoint',
    world(half, (path, { kind }) => (kind === 'inside' && path.to.kind === 'backend' ? times(4, silent) : null)),
  ],
])('silent: %s', ([, given]) => {
  expect(findingOf(id, given)).toBeNull();
});

test('speaking: one attempt in two is lost, and only from inside', () => {
  const verdict = diagnose(world(half));
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', namespace: 'shop', name: 'web-1' } },
  ]);
});

test('speaking: connects are late where the second SYN meets another endpoint', () => {
  expect(findingOf(id, world(inside(...times(3, late), ...times(8, well))))?.certainty).toBe('proven');
});

test('one lost attempt may be chance', () => {
  expect(findingOf(id, world(inside(silent(), ...times(10, well))))?.certainty).toBe('possible');
});

test('where policy may judge the way from a pod to itself it is not proven', () => {
  const isolated = policy({
    spec: {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'checkout' } } }] }],
    },
  });
  const cluster = shopCluster({ networkPolicies: [isolated] });
  expect(findingOf(id, { ...world(half), cluster })?.certainty ?? 'silent').not.toBe('proven');
});
