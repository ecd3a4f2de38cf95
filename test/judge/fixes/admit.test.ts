/** The incident under each engine: what the fix names, and whether it is enough, by the evaluator and by another way of asking it. */
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import type { Cluster, NetworkPolicy, Networking } from '../../../src/model/cluster.ts';
import { partyOf } from '../../../src/judge/policy/party.ts';
import { closedTo, slowEntries } from '../breaks.ts';
import { policy, sample, times } from '../make.ts';
import { allowIngress, diagnose, findingOf, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const NUMBERS = [1, 2, 3];
const overlay = NUMBERS.map((number) => `10.244.${number}.0`);
const bridges = NUMBERS.map((number) => `10.244.${number}.1`);
const nodes = NUMBERS.map((number) => `10.0.0.${number}`);

function shopUnder(networking: Partial<Networking>): Cluster {
  const before = shopCluster({ networkPolicies: [allowIngress] });
  return { ...before, networking: { ...before.networking, ...networking } };
}

interface Seen {
  readonly elsewhere: 'overlay' | 'node';
  readonly ownNode: 'bridge' | 'node' | 'nothing';
}

/** What probes tell of a host's address: other nodes' own networks always see the node's. */
const seenAs =
  ({ elsewhere, ownNode }: Seen): Break =>
  (path, from, to) => {
    if (from.kind !== 'host' || to === null || path.probe.kind !== 'tcp' || !path.probe.echo) return null;
    const number = Number(from.node?.replace(/\D/g, ''));
    const isOwn = path.locality === 'same-node';
    const kind = to.identity.hostNetwork ? 'node' : isOwn ? ownNode : elsewhere;
    if (kind === 'nothing') return times(4, () => sample({ connectMs: 0.4 }));
    const address = { node: `10.0.0.${number}`, overlay: `10.244.${number}.0`, bridge: `10.244.${number}.1` }[kind];
    return times(4, () => sample({ connectMs: 0.4, firstByteMs: 0.2, seen: `${address}:40000` }));
  };

const others = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode !== node);
const ownAsWell = closedTo(() => true);

function fixUnder(networking: Partial<Networking>, closed: Break, seen: Seen) {
  const cluster = shopUnder(networking);
  const found = findingOf('policy-misses-hostnetwork', { cluster, breaks: [closed, seenAs(seen), slowEntries] });
  return { cluster, fix: found?.fix ?? null };
}

function policyIn(manifest: string): NetworkPolicy {
  const { metadata, spec } = parse(manifest) as {
    metadata: { namespace: string; name: string };
    spec: NetworkPolicy['spec'];
  };
  return { ...metadata, spec };
}

function blocksOf({ spec }: NetworkPolicy): string[] {
  return (spec.ingress ?? []).flatMap(({ from }) => (from ?? []).flatMap(({ ipBlock }) => ipBlock?.cidr ?? []));
}

const vxlan = { cni: 'flannel', encapsulation: 'vxlan' };

describe.for<[name: string, Partial<Networking>, Break, Seen, wanted: string[], refused: string[]]>([
  [
    'kube-network-policies',
    { ...vxlan, enforcer: 'kube-network-policies' },
    ownAsWell,
    { elsewhere: 'overlay', ownNode: 'bridge' },
    [...overlay, ...bridges],
    nodes,
  ],
  [
    'kube-router as firewall only',
    { ...vxlan, enforcer: 'kube-router' },
    others,
    { elsewhere: 'overlay', ownNode: 'bridge' },
    overlay,
    nodes,
  ],
  [
    'canal',
    { cni: 'canal', enforcer: 'calico', encapsulation: 'vxlan' },
    others,
    { elsewhere: 'overlay', ownNode: 'node' },
    overlay,
    nodes,
  ],
  [
    'calico with VXLAN',
    { cni: 'calico', enforcer: 'calico', encapsulation: 'vxlan' },
    others,
    { elsewhere: 'overlay', ownNode: 'node' },
    overlay,
    nodes,
  ],
  [
    'calico with CrossSubnet inside one subnet',
    { cni: 'calico', enforcer: 'calico', encapsulation: 'vxlan' },
    others,
    { elsewhere: 'node', ownNode: 'node' },
    nodes,
    overlay,
  ],
  [
    'an engine that nobody recognised, which judges the own node',
    { cni: 'unknown', enforcer: 'unknown', encapsulation: 'unknown' },
    ownAsWell,
    { elsewhere: 'overlay', ownNode: 'bridge' },
    // No web pod stands on worker-3: nothing tells whether its own node is judged there.
    [...overlay, ...bridges.slice(0, 2)],
    nodes,
  ],
  [
    'an engine that nobody recognised, which does not',
    { cni: 'unknown', enforcer: 'unknown', encapsulation: 'unknown' },
    others,
    { elsewhere: 'overlay', ownNode: 'bridge' },
    overlay,
    nodes,
  ],
])('%s', ([, networking, closed, seen, wanted, refused]) => {
  const { cluster, fix } = fixUnder(networking, closed, seen);

  test('the fix names the addresses that are judged, and no other', () => {
    expect(blocksOf(policyIn(fix?.manifest ?? '')).toSorted()).toEqual(wanted.map((each) => `${each}/32`).toSorted());
  });

  test('it covers all that was measured', () => {
    expect(fix?.covers).toBe('all');
    expect(fix?.says).not.toContain('Not covered');
  });

  test('applied, it lets these addresses in on every node, and nobody else', () => {
    const healed = { ...cluster, networkPolicies: [...cluster.networkPolicies, policyIn(fix?.manifest ?? '')] };
    const verdicts = (addresses: readonly string[], node: string) =>
      web.map((pod) => {
        const from = { kind: 'host', node, addresses, runsAs: 'other' } as const;
        return evaluateFlow({ cluster: healed, from, to: partyOf(pod), port: 8080, protocol: 'TCP' }).verdict;
      });
    expect(wanted.flatMap((address) => verdicts([address], 'worker-9'))).toEqual(
      wanted.flatMap(() => ['allow', 'allow']),
    );
    expect(refused.flatMap((address) => verdicts([address], 'worker-9'))).toEqual(
      refused.flatMap(() => ['deny', 'deny']),
    );
  });
});

describe('less than the fix', () => {
  test('where the address on the own node was not measured, and the engine judges it', () => {
    const { fix } = fixUnder({ ...vxlan, enforcer: 'kube-network-policies' }, ownAsWell, {
      elsewhere: 'overlay',
      ownNode: 'nothing',
    });
    expect(fix?.covers).toBe('part');
    expect(fix?.says).toMatch(/Not covered: worker-1 → web-1 \(worker-1\).* worker-2 → web-2 \(worker-2\)/);
    expect(blocksOf(policyIn(fix?.manifest ?? ''))).toEqual(overlay.map((address) => `${address}/32`));
  });
});

test('an object of another kind is not evaluated, and says so', () => {
  const { fix } = fixUnder({ cni: 'cilium', enforcer: 'cilium', encapsulation: 'vxlan' }, others, {
    elsewhere: 'node',
    ownNode: 'node',
  });
  expect(fix).toMatchObject({ covers: 'unchecked' });
  expect(fix?.manifest).toContain('CiliumNetworkPolicy');
  expect(fix?.says).toContain('does not evaluate a CiliumNetworkPolicy');
});

test('after half a fix on kube-network-policies, the next run blames the policy for the own node, and nothing else', () => {
  const before = shopUnder({ ...vxlan, enforcer: 'kube-network-policies' });
  const half = policy({
    name: 'half',
    spec: {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: overlay.map((address) => ({ ipBlock: { cidr: `${address}/32` } })) }],
    },
  });
  const cluster = { ...before, networkPolicies: [...before.networkPolicies, half] };
  const onOwnNode = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode === node);
  const seen = seenAs({ elsewhere: 'overlay', ownNode: 'bridge' });
  const { findings } = diagnose({ cluster, breaks: [onOwnNode, seen, slowEntries] });
  expect(findings.map(({ diagnosis, certainty }) => ({ diagnosis, certainty }))).toEqual([
    { diagnosis: 'policy-misses-hostnetwork', certainty: 'proven' },
  ]);
  expect(findings[0]?.fix?.covers).toBe('all');
});

describe('a policy that names addresses of the nodes, and not those that come, means them', () => {
  const admits = (addresses: readonly string[]) =>
    policy({
      name: 'by-address',
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: addresses.map((address) => ({ ipBlock: { cidr: `${address}/32` } })) }],
      },
    });
  const only = (closed: Break, seen: Seen, addresses: readonly string[], networking: Partial<Networking>) => {
    const cluster = { ...shopUnder(networking), networkPolicies: [admits(addresses)] };
    return diagnose({ cluster, breaks: [closed, seenAs(seen), slowEntries] }).findings.map(
      ({ diagnosis }) => diagnosis,
    );
  };
  const onOwnNode = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode === node);

  test.for<[says: string, wanted: string, Break, addresses: string[], Partial<Networking>]>([
    ['the node addresses, on an overlay', 'policy-misses-hostnetwork', others, nodes, { cni: 'canal' }],
    [
      'the overlay addresses, where the own node’s bridge is judged',
      'policy-misses-hostnetwork',
      onOwnNode,
      overlay,
      { ...vxlan, enforcer: 'kube-network-policies' },
    ],
    ['addresses of nobody here', 'policy-denies-ingress', others, ['192.0.2.1'], { cni: 'canal' }],
  ])('%s: %s', ([, wanted, closed, addresses, networking]) => {
    expect(only(closed, { elsewhere: 'overlay', ownNode: 'bridge' }, addresses, networking)).toEqual([wanted]);
  });
});
