/** Sets kprobe's evaluator against the oracle's answers. */
import type { DirectionVerdict, FlowVerdict } from '../../../src/judge/policy/evaluate.ts';
import { partyAt } from '../../../src/judge/policy/party.ts';
import type { Party } from '../../../src/judge/policy/party.ts';
import type { Cluster, Pod } from '../../../src/model/cluster.ts';
import { cluster, namespace, node, pod } from '../make.ts';
import type { Endpoint, Flow, World } from './random-world.ts';
import type { FlowQuestion } from '../../../src/judge/policy/flow-question.ts';

/** As the oracle writes it. */
export interface Answer {
  readonly allowed: boolean;
  readonly egress: boolean;
  readonly ingress: boolean;
  readonly egressPolicies: readonly string[];
  readonly ingressPolicies: readonly string[];
}

export function clusterOf({ policies, namespaces, flows }: Omit<World, 'flows'> & { flows: readonly Flow[] }): Cluster {
  const ends = [
    ...new Map(flows.flatMap((flow) => [flow.from, flow.to]).map((end) => [JSON.stringify(end), end])).values(),
  ];
  const { networking } = cluster();
  return cluster({
    // The oracle lets no port have a name beside an ipBlock (its limit S10): of the engines, this is what kube-router does.
    networking: { ...networking, cni: 'kube-router', enforcer: 'kube-router' },
    namespaces: Object.entries(namespaces).map(([name, { labels }]) => namespace(name, labels)),
    networkPolicies: policies.map(({ metadata, spec }) => ({ ...metadata, spec })),
    pods: ends.filter((end) => end.namespace !== undefined).map(podOf),
    nodes: ['n1', 'n2', 'n3'].map((name) =>
      node({
        name,
        addresses: [`10.0.0.${name.slice(1)}`, `fd00::${name.slice(1)}`],
        overlayAddresses: [`10.244.${name.slice(1)}.0`],
      }),
    ),
  });
}

function podOf(end: Endpoint, index: number): Pod {
  return pod({
    namespace: end.namespace ?? '',
    name: `pod-${index}`,
    labels: end.labels ?? {},
    addresses: [end.ip],
    node: end.node ?? null,
    hostNetwork: end.hostNetwork ?? false,
    phase: (end.phase ?? 'Running') as Pod['phase'],
    ports: Object.entries(end.ports ?? {}).map(([name, port]) => ({ name, ...port })),
  });
}

export function questionOf(world: Cluster, flow: Flow): FlowQuestion {
  return {
    cluster: world,
    from: party(world, flow.from),
    to: party(world, flow.to),
    port: flow.port,
    protocol: flow.protocol,
  };
}

function party(world: Cluster, end: Endpoint): Party {
  const isOutside = end.namespace === undefined && end.node === undefined;
  return isOutside ? { kind: 'address', address: end.ip } : partyAt(world, end.ip);
}

/** null: they agree, or ours is not sure. */
export function disagreement(ours: FlowVerdict, oracle: Answer): string | null {
  const parts = [
    ours.verdict === 'unknown' || (ours.verdict === 'allow') === oracle.allowed ? null : `verdict ${ours.verdict}`,
    side('egress', ours.egress, { allowed: oracle.egress, policies: oracle.egressPolicies }),
    side('ingress', ours.ingress, { allowed: oracle.ingress, policies: oracle.ingressPolicies }),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `${parts.join('; ')}; the oracle says ${JSON.stringify(oracle)}`;
}

function side(
  name: string,
  ours: DirectionVerdict,
  oracle: { allowed: boolean; policies: readonly string[] },
): string | null {
  if (ours.verdict === 'unknown') return null;
  const policies = ours.policies.map((each) => `${each.namespace}/${each.name}`).toSorted();
  if ((ours.verdict === 'allow') === oracle.allowed && policies.join() === oracle.policies.join()) return null;
  return `${name} ${ours.verdict} by [${policies.join()}]`;
}
