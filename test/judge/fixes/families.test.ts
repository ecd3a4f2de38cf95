/** Policies that admit one address family of a client on the host network and not the other. */
import { expect, test } from 'vitest';
import type { Path } from '../../../src/model/plan.ts';
import { backend, node, policy, serviceTarget, silent, times } from '../make.ts';
import { diagnose, dualCluster, shopTarget, web } from '../world.ts';
import type { Break } from '../world.ts';

const nodes = [1, 2, 3].map((number) =>
  node({
    name: `worker-${number}`,
    addresses: [`10.0.0.${number}`, `fd00:30::${number}`],
    overlayAddresses: [`10.244.${number}.0`, `fd00:244:${number}::`],
  }),
);
const six = web.map((each, index) => ({ ...backend(each), address: `fd00:244:${index + 1}::11` }));
const target = shopTarget({
  service: serviceTarget({ backends: web.map(backend), other: { clusterIp: 'fd00:96::80', backends: six } }),
});
const isSix = ({ to }: Path) =>
  'address' in to ? to.address.includes(':') : to.kind === 'agent' && to.family === 'IPv6';

/** Admits the namespace that is meant, and the given blocks. */
function world(blocks: readonly string[]) {
  const from = [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
    ...blocks.map((cidr) => ({ ipBlock: { cidr } })),
  ];
  const allow = policy({
    name: 'allow-ingress',
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{ from }] },
  });
  const isOpen = (path: Path) => blocks.some((cidr) => cidr.includes(':') === isSix(path));
  const denied: Break = (path, source, to) =>
    source.kind === 'host' &&
    path.locality === 'cross-node' &&
    (path.to.kind === 'backend' || to?.kind === 'twin') &&
    !isOpen(path)
      ? times(4, silent)
      : null;
  return { cluster: { ...dualCluster(), nodes, networkPolicies: [allow] }, target, breaks: [denied] };
}

test.for<[string, string[], RegExp, RegExp]>([
  ['IPv6 alone', ['10.244.0.0/16'], /fd00:244:3::\/128/u, /10\.244/u],
  ['IPv4 alone', ['fd00:244::/32'], /10\.244\.3\.0\/32/u, /fd00/u],
  [
    'both',
    [],
    /10\.244\.3\.0\/32[\s\S]*fd00:244:3::\/128|fd00:244:3::\/128[\s\S]*10\.244\.3\.0\/32/u,
    /0\.0\.0\.0|::\/0/u,
  ],
])('a policy that denies the nodes by %s is given a rule for that', ([, blocks, has, lacks]) => {
  const verdict = diagnose(world(blocks));
  const [finding] = verdict.findings;
  expect(finding).toMatchObject({
    diagnosis: 'policy-misses-hostnetwork',
    object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-ingress' },
    fix: { covers: 'all' },
  });
  expect(finding?.fix?.manifest).toMatch(has);
  expect(finding?.fix?.manifest).not.toMatch(lacks);
});

test('that a Service chose a denied endpoint by IPv6 twice is no matter of IPv6', () => {
  const { breaks, ...rest } = world([]);
  const unlucky: Break = (path, source) =>
    path.to.kind === 'service' && isSix(path) && source.id === 'host@worker-1' ? times(2, silent) : null;
  const verdict = diagnose({ ...rest, breaks: [...breaks, unlucky] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual(['policy-misses-hostnetwork']);
  expect(verdict.notMeasured.map(({ what }) => what)).toEqual([]);
});
