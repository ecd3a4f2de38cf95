import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { rejectedService } from '../breaks.ts';
import { backend, policy, refused, serviceTarget, silent, times } from '../make.ts';
import { diagnose, dns, findingOf, nginx, run, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-kubelet';
const deny = policy({ name: 'default-deny' });
const unready = web.map((pod) => ({ ...pod, ready: false, because: 'ContainersNotReady' }));
const target = serviceOnly({ service: serviceTarget({ backends: unready.map(backend) }) });
const closed = (over: Partial<Cluster> = {}): Cluster =>
  shopCluster({ pods: [...unready, ...nginx, ...dns], networkPolicies: [deny], ...over });
const enforcedBy = (enforcer: string): Cluster => {
  const before = closed();
  return { ...before, networking: { ...before.networking, enforcer } };
};

const ofOwnNode =
  (how: () => ReturnType<typeof silent>): Break =>
  (path) =>
    path.experiments.includes('unready-endpoints') && path.to.kind === 'backend' ? times(2, how) : null;
const dropped = [ofOwnNode(silent), rejectedService];
/** The node's own network is dead altogether. */
const deaf: Break = (path, from) => (from.kind === 'host' && path.probe.kind === 'tcp' ? times(2, silent) : null);

test.for<[string, World]>([
  [
    'its own node reaches it: whatever keeps it from Ready, it is no policy',
    { cluster: closed(), target, breaks: [rejectedService] },
  ],
  ['it refuses: nothing listens', { cluster: closed(), target, breaks: [ofOwnNode(refused), rejectedService] }],
  [
    'no policy isolates it',
    {
      cluster: closed({ networkPolicies: [policy({ spec: { podSelector: { matchLabels: { app: 'db' } } } })] }),
      target,
      breaks: dropped,
    },
  ],
  [
    'only its egress is isolated',
    {
      cluster: closed({ networkPolicies: [policy({ spec: { podSelector: {}, policyTypes: ['Egress'] } })] }),
      target,
      breaks: dropped,
    },
  ],
  [
    'root alone passes, and the kubelet is root',
    { cluster: enforcedBy('kube-network-policies'), target, breaks: dropped },
  ],
  ['nothing on the node reaches anything', { cluster: closed(), target, breaks: [deaf, rejectedService] }],
  [
    'there is no vantage on the host network',
    { cluster: closed(), target, hostVantages: false, breaks: [rejectedService] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('nothing is asked where a ready endpoint is left, or no policy is there', () => {
  const paths = (world: World) =>
    run(world).plan.paths.filter((path) => path.experiments.includes('unready-endpoints'));
  expect(paths({ cluster: closed(), target }).length).toBeGreaterThan(0);
  expect(paths({ cluster: closed({ networkPolicies: [] }), target })).toEqual([]);
  expect(paths({ cluster: shopCluster({ networkPolicies: [deny] }), target: serviceOnly() })).toEqual([]);
});

test('speaking: dropped from its own node, against the contract of the engine', () => {
  const verdict = diagnose({ cluster: closed(), target, breaks: dropped });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual(expect.arrayContaining(['empty-service', id]));
  const finding = verdict.findings.find(({ diagnosis }) => diagnosis === id);
  expect(finding).toMatchObject({
    certainty: 'likely',
    object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'default-deny' },
  });
  expect(finding?.evidence.find(({ label }) => label === 'Who')?.says).toContain('a fault of calico or of an option');
  expect(finding?.wouldSettle).toContain('connection refused');
});

test('speaking: under an engine of which nobody knows whether it exempts the own node', () => {
  const finding = findingOf(id, { cluster: enforcedBy('unknown'), target, breaks: dropped });
  expect(finding?.evidence.find(({ label }) => label === 'Who')?.says).toContain('is not certain');
});
