import { list } from '../../model/format.ts';
import type { Peer } from '../../judge/policy/select.ts';
import { type Material, policyRef } from '../material.ts';
import { nearestLabels, saySelector } from '../nearest.ts';
import { denialOf, peersToJudge, type PlacedPeer, sayPath } from '../policy-parts.ts';
import type { Remark, Rule } from '../rule.ts';
import { groupsOfPeer, namespacesOf, namespacesOfPeer, selectedIn } from '../selection.ts';

export default {
  name: 'unmatched-peer',
  ids: ['policy-denies-ingress', 'policy-denies-egress', 'policy-selects-nothing'],
  class: 'policy',
  title: 'A peer of a NetworkPolicy means nobody',
  why: 'Whom the rule was written for is denied. A podSelector alone means pods of the policy\'s own namespace; a namespaceSelector compares labels of the namespace, not its name; two "-" items are OR, one item with both selectors is AND.',
  looks:
    'Each peer against the labels of all namespaces and pods, and where it means none, what it would mean with one label, one selector or one "-" changed.',
  remedy:
    'Correct the label; name the namespace by kubernetes.io/metadata.name; put both selectors into one item, or into two.',
  limits:
    'Silent where nothing comes near (a client that is not installed yet), and where namespaces or pods are not all known: without a cluster, labels of namespaces that the files do not declare.',
  *check(material) {
    for (const peer of peersToJudge(material)) {
      const hint = hintOn(material, peer);
      if (hint !== null) yield remark(peer, hint);
    }
  },
} satisfies Rule;

interface Hint {
  readonly says: string;
  readonly fix: string;
  /** The rule admits more than it was meant to, besides missing whom it means. */
  readonly isSplit?: boolean;
}

function remark({ policy, rule: { direction }, placed: { peer, path } }: PlacedPeer, hint: Hint): Remark {
  const { namespace, name } = policy;
  const what =
    hint.isSplit === true
      ? 'has two peers where one is meant'
      : `${direction === 'ingress' ? 'admits' : 'lets out to'} nobody by ${sayPeer(peer)}`;
  return {
    diagnosis: hint.isSplit === true ? 'policy-selects-nothing' : denialOf(direction),
    title: `NetworkPolicy ${namespace}/${name} ${what}`,
    object: policyRef(policy),
    at: { path },
    about: sayPath(path),
    evidence: [['Who', hint.says]],
    fix: { says: hint.fix, manifest: null },
    settles:
      direction === 'ingress'
        ? `kprobe diagnose svc/SERVICE -n ${namespace} --from NAMESPACE/CLIENT asks as the client that is meant.`
        : `kprobe diagnose TARGET --from ${namespace}/CLIENT asks from a pod of the policy.`,
  };
}

function sayPeer({ namespaceSelector, podSelector }: Peer): string {
  const parts = [
    ...(namespaceSelector === undefined ? [] : [`namespaceSelector ${saySelector(namespaceSelector)}`]),
    ...(podSelector === undefined ? [] : [`podSelector ${saySelector(podSelector)}`]),
  ];
  return parts.join(' and ');
}

function hintOn(material: Material, question: PlacedPeer): Hint | null {
  const { policy, placed } = question;
  const spaces = namespacesOfPeer(material, placed.peer, policy.namespace);
  if (spaces === null || spaces.mayBeMore) return null;
  if (spaces.names.length === 0) return noNamespace(material, placed.peer);
  const { podSelector } = placed.peer;
  const isAny = podSelector === undefined || saySelector(podSelector) === '{}';
  if (isAny || !spaces.names.every((name) => material.knowsPods(name))) return null;
  if (groupsOfPeer(material, placed.peer, policy.namespace).length > 0) return null;
  return splitHint(material, question) ?? joinedHint(material, question) ?? nearHint(material, question, spaces.names);
}

function noNamespace(material: Material, { namespaceSelector }: Peer): Hint | null {
  const bearers = material.cluster.namespaces.map(({ name, labels }) => ({
    labels: { 'kubernetes.io/metadata.name': name, ...labels },
    who: `namespace ${name}`,
  }));
  const near = nearestLabels(namespaceSelector?.matchLabels ?? {}, bearers);
  if (near === null) return null;
  const labels = Object.entries(near.labels).map(([key, value]) => `${key}: ${value}`);
  return { says: near.says, fix: `Select the namespace by ${labels.join(', ')}.` };
}

/** `- namespaceSelector` and `- podSelector`: each alone, where the pods of the one stand in the namespaces of the other. */
function splitHint(material: Material, { policy, rule, placed }: PlacedPeer): Hint | null {
  const { podSelector, namespaceSelector } = placed.peer;
  if (namespaceSelector !== undefined) return null;
  for (const { peer } of rule.peers) {
    if (peer.namespaceSelector === undefined || peer.podSelector !== undefined) continue;
    const meant = (namespacesOfPeer(material, peer, policy.namespace)?.names ?? []).filter(
      (name) => selectedIn(material, name, podSelector).length > 0,
    );
    if (meant.length === 0) continue;
    return {
      says: `two items are OR: all pods of ${list([...meant], 3)}, and pods of ${policy.namespace} with ${saySelector(podSelector)}, of which there are none; ${list([...meant], 3)} has such pods`,
      fix: 'Remove the "-" before podSelector: both selectors in one item mean these pods of that namespace.',
      isSplit: true,
    };
  }
  return null;
}

/** Both selectors in one item, where the pods stand in the policy's own namespace. */
function joinedHint(material: Material, { policy, placed }: PlacedPeer): Hint | null {
  const { podSelector, namespaceSelector } = placed.peer;
  if (namespaceSelector === undefined || selectedIn(material, policy.namespace, podSelector).length === 0) return null;
  return {
    says: `one item with both selectors is AND: pods with ${saySelector(podSelector)} stand in ${policy.namespace} itself, and none in a namespace with ${saySelector(namespaceSelector)}`,
    fix: 'Write two items if either is meant, or leave the namespaceSelector out.',
  };
}

function nearHint(material: Material, { policy, placed }: PlacedPeer, spaces: readonly string[]): Hint | null {
  const { podSelector, namespaceSelector } = placed.peer;
  const elsewhere = namespacesOf(material).filter((name) => selectedIn(material, name, podSelector).length > 0);
  const [space] = elsewhere;
  if (space !== undefined) {
    return {
      says: `${namespaceSelector === undefined ? "a podSelector alone means pods of the policy's own namespace: " : ''}pods with ${saySelector(podSelector)} stand in ${list(elsewhere, 3)}, not in ${list([...spaces], 3)}`,
      fix: `Add to the same item: namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${space}}}.`,
    };
  }
  const bearers = material.groups
    .filter((group) => spaces.includes(group.namespace))
    .map(({ labels, workload, namespace }) => ({
      labels,
      who: namespace === policy.namespace ? workload : `${namespace}/${workload}`,
    }));
  const near = nearestLabels(podSelector?.matchLabels ?? {}, bearers);
  if (near === null) return null;
  const labels = Object.entries(near.labels).map(([key, value]) => `${key}: ${value}`);
  return { says: near.says, fix: `Select the pods by ${labels.join(', ')}.` };
}
