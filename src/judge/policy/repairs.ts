/**
 * Policies that select nothing beside the same policies as they were probably meant: a mistyped label, a label that nobody set, the wrong
 * namespace. Whether the correction would help is the evaluator's to say. Pure.
 */
import type { Cluster, LabelSelector, NetworkPolicy, Pod } from '../../model/cluster.ts';
import { isTypoOf, nearestFirst } from '../../model/nearest.ts';
import { isUnread } from '../../model/unread.ts';
import { count } from '../../model/format.ts';
import { namespaceNamed } from './manifest.ts';
import type { Party, PodParty } from './party.ts';
import { rulesOf, typesOf } from './policy-answer.ts';
import type { Direction } from './policy-answer.ts';
import { selectsLabels, selectsNamespace } from './select.ts';
import type { Peer } from './select.ts';

export interface Repair {
  readonly policy: NetworkPolicy;
  readonly repaired: NetworkPolicy;
  /** What selects nothing, in words. */
  readonly empty: string;
  /** What is there instead. */
  readonly nearest: string;
  /** What to change, as a sentence. */
  readonly says: string;
}

/** The two ends of a flow that a policy might have been meant for, on the subject's side. */
export interface Meant {
  readonly direction: Direction;
  readonly subject: PodParty;
  readonly peer: Party;
}

/** Empty: it selects something, or nothing that is near to these ends. */
export function repairsOf(cluster: Cluster, policy: NetworkPolicy, meant: Meant): readonly Repair[] {
  if (isUnread(cluster, 'pods', 'namespaces') || !typesOf(policy).includes(meant.direction)) return [];
  const isSubjectEmpty = !cluster.pods.some((pod) => isLive(pod) && !pod.hostNetwork && isSubject(policy, pod));
  if (isSubjectEmpty) return [movedTo(policy, meant), ownSelector(policy, meant)].filter((each) => each !== null);
  if (policy.namespace !== meant.subject.namespace) return [];
  return peerRepairs(cluster, policy, meant);
}

function isSubject({ namespace, spec }: NetworkPolicy, pod: Pod): boolean {
  return pod.namespace === namespace && selectsLabels(spec.podSelector, pod.labels).is === 'yes';
}

function isLive({ phase }: Pod): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed';
}

/** The pods that it describes are in another namespace, and a policy speaks for its own alone. */
function movedTo(policy: NetworkPolicy, { subject }: Meant): Repair | null {
  const { namespace, name, spec } = policy;
  const isThere = namespace !== subject.namespace && selectsLabels(spec.podSelector, subject.labels).is === 'yes';
  if (!isThere) return null;
  return {
    policy,
    repaired: { ...policy, namespace: subject.namespace },
    empty: `no pod of namespace ${namespace} has ${inWords(spec.podSelector)}`,
    nearest: `such pods are in namespace ${subject.namespace}, and a policy speaks for the pods of its own`,
    says: `Make ${name} in namespace ${subject.namespace}, where its pods are, and delete it in ${namespace}:`,
  };
}

function ownSelector(policy: NetworkPolicy, { subject }: Meant): Repair | null {
  const { namespace, spec } = policy;
  if (namespace !== subject.namespace) return null;
  const right = nearSelector(spec.podSelector, subject.labels);
  if (right === null) return null;
  return {
    policy,
    repaired: { ...policy, spec: { ...spec, podSelector: right } },
    empty: `no pod of namespace ${namespace} has ${inWords(spec.podSelector)}`,
    nearest: `nearest is ${inWords(right)}`,
    says: `Correct the podSelector of ${namespace}/${policy.name}, ${inWords(right)}:`,
  };
}

function peerRepairs(cluster: Cluster, policy: NetworkPolicy, { direction, peer: party }: Meant): Repair[] {
  if (party.kind !== 'pod') return [];
  const key = direction === 'ingress' ? 'from' : 'to';
  return rulesOf(policy, direction).flatMap(({ peers }, rule) =>
    (peers ?? []).flatMap((peer, item) => {
      if (peer.ipBlock !== undefined || selectsAnything(cluster, policy, peer)) return [];
      const right = nearPeer(cluster, policy, { peer, party });
      if (right === null) return [];
      const rules = (policy.spec[direction] ?? []).map((each, at) =>
        at === rule ? { ...each, [key]: (peers ?? []).map((old, place) => (place === item ? right : old)) } : each,
      );
      const repaired = { ...policy, spec: { ...policy.spec, [direction]: rules } };
      return [{ policy, repaired, ...wordsFor(cluster, policy, { key, peer, right, party }) }];
    }),
  );
}

function selectsAnything(cluster: Cluster, { namespace }: NetworkPolicy, peer: Peer): boolean {
  return cluster.pods.some((pod) => isLive(pod) && holds(cluster, namespace, peer, pod));
}

/** Host network pods count: that rules cannot see them is another matter. */
function holds(
  cluster: Cluster,
  own: string,
  { podSelector, namespaceSelector }: Peer,
  pod: Pick<Pod, 'namespace' | 'labels'>,
): boolean {
  const isAround =
    namespaceSelector === undefined
      ? pod.namespace === own
      : selectsNamespace(namespaceSelector, pod.namespace, cluster).is === 'yes';
  return isAround && selectsLabels(podSelector, pod.labels).is === 'yes';
}

/** The peer so that it holds the party; null where that is not near to what it says. */
function nearPeer(
  cluster: Cluster,
  { namespace }: NetworkPolicy,
  { peer: { podSelector, namespaceSelector }, party }: { readonly peer: Peer; readonly party: PodParty },
): Peer | null {
  const pods =
    selectsLabels(podSelector, party.labels).is === 'yes' ? podSelector : nearSelector(podSelector, party.labels);
  if (pods === null) return null;
  const around =
    namespaceSelector === undefined && party.namespace === namespace
      ? undefined
      : nearAround(cluster, namespaceSelector, party.namespace);
  if (around === null) return null;
  return {
    ...(around === undefined ? {} : { namespaceSelector: around }),
    ...(pods === undefined ? {} : { podSelector: pods }),
  };
}

/** A namespaceSelector for this namespace; null where the one that stands there means another. */
function nearAround(cluster: Cluster, selector: LabelSelector | undefined, name: string): LabelSelector | null {
  if (selector === undefined) return namespaceNamed(name);
  if (selectsNamespace(selector, name, cluster).is === 'yes') return selector;
  const labels = cluster.namespaces.find((each) => each.name === name)?.labels ?? {};
  return nearSelector(selector, { ...labels, ...namespaceNamed(name).matchLabels });
}

interface PeerWords {
  readonly key: 'from' | 'to';
  readonly peer: Peer;
  readonly right: Peer;
  readonly party: PodParty;
}

function wordsFor(
  cluster: Cluster,
  { namespace, name }: NetworkPolicy,
  { key, peer, right, party }: PeerWords,
): Pick<Repair, 'empty' | 'nearest' | 'says'> {
  const { namespaceSelector, podSelector } = peer;
  const around = cluster.namespaces.filter(
    (each) => namespaceSelector !== undefined && selectsNamespace(namespaceSelector, each.name, cluster).is === 'yes',
  );
  const says = `Correct the peer of ${namespace}/${name} (${key}):`;
  if (namespaceSelector !== undefined && around.length === 0) {
    return {
      empty: `no namespace has ${inWords(namespaceSelector)}`,
      nearest: `nearest is ${inWords(right.namespaceSelector)}`,
      says,
    };
  }
  const where =
    namespaceSelector === undefined
      ? `namespace ${namespace}`
      : `the ${count(around.length, 'namespace')} that it selects`;
  const isElsewhere = selectsLabels(podSelector, party.labels).is === 'yes';
  return {
    empty: `no pod of ${where} has ${inWords(podSelector)}`,
    nearest: isElsewhere ? `such pods are in namespace ${party.namespace}` : `nearest is ${inWords(right.podSelector)}`,
    says,
  };
}

type Labels = Readonly<Record<string, string>>;

/** The selector with what is mistyped put right, so that it selects these labels; null where it says something else, or is right. */
export function nearSelector(selector: LabelSelector | undefined, labels: Labels): LabelSelector | null {
  const pairs = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => nearPair(key, value, labels));
  const isMet = selectsLabels({ matchExpressions: selector?.matchExpressions ?? [] }, labels).is === 'yes';
  const found = pairs.filter((pair) => pair !== null);
  if (!isMet || found.length < pairs.length || found.length === 0) return null;
  const { matchExpressions } = selector ?? {};
  return { matchLabels: Object.fromEntries(found), ...(matchExpressions === undefined ? {} : { matchExpressions }) };
}

/** As it is; the same key with a value that is nearly this one; or the same value under another key, the nearest of them. */
function nearPair(key: string, value: string, labels: Labels): readonly [string, string] | null {
  const own = labels[key];
  if (own !== undefined) return own === value || isTypoOf(value, own) ? [key, own] : null;
  const alike = Object.keys(labels).filter((each) => labels[each] === value);
  const [renamed] = nearestFirst(key, alike);
  return renamed === undefined ? null : [renamed, value];
}

/** `app=web,tier=front`, and how many expressions there are beside. */
function inWords(selector: LabelSelector | undefined): string {
  const pairs = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values }) =>
    [key, operator, ...(values ?? [])].join(' '),
  );
  return [...pairs, ...expressions].join(',') || 'any label';
}
