/** Which NetworkPolicy stands behind a rule that enforces policies on a pod, and whether the API still says the same. */
import type { Cluster, NetworkPolicy, ObjectName, Pod } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import { isSameName, named } from '../../model/named.ts';
import { isUnread } from '../../model/unread.ts';
import { isSameAddress } from '../policy/address.ts';
import { evaluateFlow } from '../policy/evaluate.ts';
import type { DirectionVerdict } from '../policy/evaluate.ts';
import { partyAt, partyOf } from '../policy/party.ts';
import { isolates, typesOf } from '../policy/policy-answer.ts';
import type { Direction } from '../policy/policy-answer.ts';
import { destinationOf } from './way.ts';
import type { Ownership, Way } from './way.ts';

/** A rule that lets through only what policies admit. */
export interface Gate {
  /** null: either may be meant. */
  readonly direction: Direction | null;
  /** The pod that is isolated; null: not known. */
  readonly pod: ObjectName | null;
  /** Policies that the packet's way names, in its order. */
  readonly named: readonly ObjectName[];
}

type Told = Omit<Ownership, 'program'>;

/** What a gate that did not open means. */
export function denied(way: Way, gate: Gate): Told {
  const judged = judgedBy(way, gate);
  if (judged === null) return unjudged(way, gate);
  const { direction, verdict: said } = judged;
  const isolating = said.answers.map(({ policy }) => policy);
  if (said.verdict === 'allow' && !isUnread(way.cluster, 'pods', 'networkpolicies', 'namespaces')) {
    return contradicted(gate, direction, said);
  }
  const names = gate.named.filter((name) => isolating.length === 0 || isolating.some((each) => isSameName(each, name)));
  const means = `${subject(gate.pod, direction)}: ${said.because}`;
  return { ...objectOf(names[0] ?? isolating[0] ?? gate.named[0]), reason: 'policy', isStale: false, means };
}

/** A pod of this cluster by its name. */
export function podNamed({ pods }: Cluster, name: ObjectName): Pod | null {
  return named(pods, name);
}

/** The pod that has an address; null: none, or it stands on the host network. */
export function podAt({ pods }: Cluster, address: string): Pod | null {
  return (
    pods.find(
      ({ hostNetwork, phase, addresses }) =>
        !hostNetwork &&
        phase !== 'Succeeded' &&
        phase !== 'Failed' &&
        addresses.some((its) => isSameAddress(its, address)),
    ) ?? null
  );
}

interface Judged {
  readonly direction: Direction;
  readonly verdict: DirectionVerdict;
}

/** What the API's policies say of this very packet; null: too little is known of it. */
function judgedBy(way: Way, { direction, pod }: Gate): Judged | null {
  const { cluster, flow } = way;
  const destination = destinationOf(way);
  if (flow === null || destination === null) return null;
  const isolated = pod === null ? null : podNamed(cluster, pod);
  const party = isolated === null ? null : partyOf(isolated);
  const from = party !== null && direction === 'egress' ? party : partyAt(cluster, flow.source);
  const to = party !== null && direction === 'ingress' ? party : partyAt(cluster, destination.address);
  const said = evaluateFlow({
    cluster,
    from,
    to,
    port: destination.port,
    protocol: flow.protocol === 'tcp' ? 'TCP' : 'UDP',
    throughService: destination.address !== flow.destination,
  });
  if (direction !== null) return { direction, verdict: said[direction] };
  const side = (['egress', 'ingress'] as const).find((each) => said[each].verdict !== 'allow') ?? 'ingress';
  return { direction: side, verdict: said[side] };
}

/** The packet's ends are not known: whom the API's policies isolate is. */
function unjudged({ cluster }: Way, { direction, pod, named }: Gate): Told {
  const isolating = pod === null || direction === null ? [] : isolatingPolicies(cluster, pod, direction);
  const all = named.length > 0 ? named : isolating;
  const who = all.length === 0 ? 'no policy' : `none of its policies (${list(all.map(nameOf))})`;
  return {
    ...objectOf(all[0]),
    reason: 'policy',
    isStale: false,
    means: `${subject(pod, direction)}: ${who} admits the packet`,
  };
}

function contradicted({ pod, named }: Gate, direction: Direction, { because }: DirectionVerdict): Told {
  return {
    ...objectOf(named[0]),
    reason: 'policy',
    isStale: true,
    means: `${subject(pod, direction)}, but by the API ${because}: this node enforces what is no longer, or not yet, so`,
  };
}

function isolatingPolicies(cluster: Cluster, name: ObjectName, direction: Direction): ObjectName[] {
  const pod = podNamed(cluster, name);
  const party = pod === null ? null : partyOf(pod);
  if (party?.kind !== 'pod') return [];
  const holds = (policy: NetworkPolicy): boolean =>
    policy.namespace === party.namespace && typesOf(policy).includes(direction) && isolates(policy, party).is === 'yes';
  return cluster.networkPolicies
    .filter(holds)
    .map(({ namespace, name: its }) => ({ namespace, name: its }))
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

function subject(pod: ObjectName | null, direction: Direction | null): string {
  const who = pod === null ? 'a pod' : `pod ${nameOf(pod)}`;
  if (direction === null) return `policies isolate ${who}`;
  return direction === 'ingress' ? `policies isolate ${who} for ingress` : `policies isolate ${who} for egress`;
}

function objectOf(name: ObjectName | undefined): Pick<Ownership, 'object'> {
  if (name === undefined) return {};
  return { object: { kind: 'NetworkPolicy', namespace: name.namespace, name: name.name } };
}

function nameOf({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}
