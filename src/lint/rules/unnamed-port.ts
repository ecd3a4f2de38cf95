import { list } from '../../model/format.ts';
import type { NetworkPolicy, Service } from '../../model/cluster.ts';
import { nearestNames } from '../../model/nearest.ts';
import { derived } from '../../judge/derived.ts';
import { typesOf } from '../../judge/policy/policy-answer.ts';
import type { PolicyPort } from '../../judge/policy/select.ts';
import { groupsBehind, targetOf } from '../flows.ts';
import { type Group, type Material, policyRef } from '../material.ts';
import { denialOf, policiesToJudge, type PolicyRule, rulesIn, sayPath } from '../policy-parts.ts';
import type { Remark, Rule } from '../rule.ts';
import { groupsOfPeer, isolatedBy, namespacesOfPeer } from '../selection.ts';

type Placed = PolicyRule['ports'][number];

export default {
  name: 'unnamed-port',
  ids: ['policy-denies-ingress', 'policy-denies-egress'],
  class: 'policy',
  title: 'A port of a NetworkPolicy is not a port of the pods',
  why: "A name means the containerPort of that name and protocol, of each pod by itself; where none has it, the rule admits nothing. A number means the container's port: the Service's is rewritten before a policy sees it.",
  looks:
    "Names of ports against the container ports of the pods at that end; numbers that are a Service's port while its targetPort is another and admitted nowhere.",
  remedy: "Write the container's port.",
  limits: 'Silent where the pods are not known, and for rules with an ipBlock.',
  *check(material) {
    for (const policy of policiesToJudge(material)) {
      for (const rule of rulesIn(policy)) {
        const groups = destinationsOf(material, policy, rule);
        if (groups === null || groups.length === 0) continue;
        for (const placed of rule.ports) {
          const says = namedBy(placed.port, groups) ?? frontOf(material, { policy, rule, groups }, placed.port);
          if (says !== null) yield remark(policy, rule, placed, says);
        }
      }
    }
  },
} satisfies Rule;

/** null: not all of them are known. */
function destinationsOf(
  material: Material,
  policy: NetworkPolicy,
  { direction, peers }: PolicyRule,
): readonly Group[] | null {
  if (direction === 'ingress') return isolatedBy(material, policy);
  if (peers.length === 0) return null;
  const spaces = peers.map(({ peer }) => namespacesOfPeer(material, peer, policy.namespace));
  if (spaces.some((each) => each === null || each.mayBeMore || !each.names.every((name) => material.knowsPods(name))))
    return null;
  return peers.flatMap(({ peer }) => groupsOfPeer(material, peer, policy.namespace));
}

interface Says {
  readonly what: string;
  readonly who: string;
  readonly fix: string;
}

function namedBy({ port, protocol = 'TCP' }: PolicyPort, groups: readonly Group[]): Says | null {
  if (typeof port !== 'string') return null;
  const ports = groups.flatMap((group) => group.ports);
  if (ports.some((each) => each.name === port && each.protocol === protocol)) return null;
  const who = list([...new Set(groups.map(({ workload }) => workload))], 3);
  const other = ports.find((each) => each.name === port);
  if (other !== undefined)
    return {
      what: `the port name ${port} over ${protocol}`,
      who: `${who} has ${port} over ${other.protocol}`,
      fix: `Write protocol: ${other.protocol}.`,
    };
  const names = ports.flatMap(({ name }) => name ?? []);
  const [near] = nearestNames(port, names);
  const known = [
    ...new Set(ports.map((each) => (each.name === null ? `${each.port}` : `${each.name} (${each.port})`))),
  ];
  return {
    what: `the port name ${port}`,
    who: `${who} has ${known.length === 0 ? 'no ports' : list(known)}`,
    fix: near === undefined ? 'Write the number of the container port, or name it in the pods.' : `Write ${near}.`,
  };
}

interface Place {
  readonly policy: NetworkPolicy;
  readonly rule: PolicyRule;
  readonly groups: readonly Group[];
}

/** The number is the Service's, and the container's is not admitted beside it. */
function frontOf(material: Material, place: Place, { port, endPort, protocol = 'TCP' }: PolicyPort): Says | null {
  const { groups } = place;
  if (typeof port !== 'number' || endPort !== undefined) return null;
  if (groups.some((group) => group.ports.some((each) => each.port === port))) return null;
  for (const { service, behind } of servicesOf(material).get(port) ?? []) {
    const front = service.ports.find((each) => each.port === port && each.protocol === protocol);
    const group = groups.find((each) => behind.includes(each));
    if (front === undefined || group === undefined) continue;
    const target = targetOf(front, group);
    if (target === null || target === port || isAdmitted(material, place, group, target)) continue;
    return {
      what: `port ${port} of Service ${service.name}`,
      who: `pods of ${group.workload} are reached at their own port ${target}, which no rule names`,
      fix: `Write ${target}.`,
    };
  }
  return null;
}

const servicesOf = derived(
  (material: Material): ReadonlyMap<number, readonly { service: Service; behind: readonly Group[] }[]> => {
    const all = material.cluster.services
      .map((service) => ({ service, behind: groupsBehind(material, service) }))
      .flatMap((each) => each.service.ports.map(({ port }) => ({ ...each, port })));
    return Map.groupBy(all, ({ port }) => port);
  },
);

/** Some rule that counts for these pods, or of this policy outwards, has the target port. */
function isAdmitted(material: Material, { policy, rule }: Place, group: Group, target: number): boolean {
  const { direction } = rule;
  const beside =
    direction === 'egress'
      ? [policy]
      : material
          .policiesOf(policy.namespace)
          .filter((each) => typesOf(each).includes('ingress') && isolatedBy(material, each).includes(group));
  return beside
    .flatMap(rulesIn)
    .some(
      (each) =>
        each.direction === direction &&
        (each.ports.length === 0 || each.ports.some(({ port }) => holds(port, group, target))),
    );
}

function holds({ port, endPort }: PolicyPort, { ports }: Group, target: number): boolean {
  if (port === undefined) return true;
  if (typeof port === 'string') return ports.some((each) => each.name === port && each.port === target);
  return target >= port && target <= (endPort ?? port);
}

function remark(
  { namespace, name }: NetworkPolicy,
  { direction }: PolicyRule,
  { port, path }: Placed,
  { what, who, fix }: Says,
): Remark {
  return {
    diagnosis: denialOf(direction),
    title: `NetworkPolicy ${namespace}/${name} names ${what}, at which no pod is reached`,
    object: policyRef({ namespace, name }),
    at: { path, ...(port.port === undefined ? {} : { value: port.port }) },
    about: sayPath(path),
    evidence: [['Who', who]],
    fix: { says: fix, manifest: null },
    settles: `kprobe diagnose svc/SERVICE -n NAMESPACE --from NAMESPACE/CLIENT asks as a client of the rule.`,
  };
}
