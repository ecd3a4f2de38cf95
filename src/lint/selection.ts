/** Which pods selectors mean, quickly: by an index of label pairs, and each selector once. */
import type { LabelSelector, NetworkPolicy } from '../model/cluster.ts';
import { derived } from '../judge/derived.ts';
import { selectsLabels, selectsNamespace } from '../judge/policy/select.ts';
import type { Peer } from '../judge/policy/select.ts';
import type { Group, Material } from './material.ts';

interface Index {
  readonly all: readonly Group[];
  readonly byPair: ReadonlyMap<string, readonly Group[]>;
  readonly asked: Map<string, readonly Group[]>;
}

const pairOf = (key: string, value: string) => `${key}=${value}`;

const indexOf = derived((material: Material): ReadonlyMap<string, Index> => {
  const spaces = Map.groupBy(material.groups, ({ namespace }) => namespace);
  return new Map([...spaces].map(([namespace, all]) => [namespace, indexed(all)]));
});

function indexed(all: readonly Group[]): Index {
  const byPair = new Map<string, Group[]>();
  for (const group of all) {
    for (const [key, value] of Object.entries(group.labels)) {
      const pair = pairOf(key, value);
      const own = byPair.get(pair);
      if (own === undefined) byPair.set(pair, [group]);
      else own.push(group);
    }
  }
  return { all, byPair, asked: new Map() };
}

/** Groups of one namespace that a selector means, those on the host network among them; an absent or empty one means all. */
export function selectedIn(
  material: Material,
  namespace: string,
  selector: LabelSelector | undefined,
): readonly Group[] {
  const index = indexOf(material).get(namespace);
  if (index === undefined) return [];
  const key = JSON.stringify(selector ?? {});
  const known = index.asked.get(key);
  if (known !== undefined) return known;
  const found = candidates(index, selector).filter(({ labels }) => selectsLabels(selector, labels).is === 'yes');
  index.asked.set(key, found);
  return found;
}

/** Those with the rarest pair of the selector. */
function candidates({ all, byPair }: Index, selector: LabelSelector | undefined): readonly Group[] {
  const pairs = Object.entries(selector?.matchLabels ?? {});
  const lists = pairs.map(([key, value]) => byPair.get(pairOf(key, value)) ?? []);
  return lists.reduce((least, list) => (list.length < least.length ? list : least), all);
}

/** Namespaces that are known by their objects or by their pods. */
export const namespacesOf = derived((material: Material): readonly string[] => [
  ...new Set([...material.cluster.namespaces.map(({ name }) => name), ...indexOf(material).keys()]),
]);

const namespacesAsked = derived((_material: Material) => new Map<string, NamespaceMatch>());

interface NamespaceMatch {
  readonly names: readonly string[];
  /** Some namespaces whose labels are not known may be meant too. */
  readonly mayBeMore: boolean;
}

export function namespacesMeant(material: Material, selector: LabelSelector): NamespaceMatch {
  const asked = namespacesAsked(material);
  const key = JSON.stringify(selector);
  const known = asked.get(key);
  if (known !== undefined) return known;
  const matches = namespacesOf(material).map((name) => ({
    name,
    is: selectsNamespace(selector, name, material.cluster).is,
  }));
  const found = {
    names: matches.flatMap(({ name, is }) => (is === 'yes' ? [name] : [])),
    mayBeMore: !material.knowsNamespaces || matches.some(({ is }) => is === 'unknown'),
  };
  asked.set(key, found);
  return found;
}

/** Namespaces in which a peer's pods stand; null: an ipBlock, which means none. */
export function namespacesOfPeer(material: Material, peer: Peer, namespace: string): NamespaceMatch | null {
  if (peer.ipBlock !== undefined) return null;
  return peer.namespaceSelector === undefined
    ? { names: [namespace], mayBeMore: false }
    : namespacesMeant(material, peer.namespaceSelector);
}

/** Groups that a peer would mean if the host network did not hide any. */
export function groupsOfPeer(material: Material, peer: Peer, namespace: string): readonly Group[] {
  const spaces = namespacesOfPeer(material, peer, namespace)?.names ?? [];
  return spaces.flatMap((name) => selectedIn(material, name, peer.podSelector));
}

/** Groups that a policy isolates. Policies never apply to the host network (policy reference 1.1). */
export function isolatedBy(material: Material, { namespace, spec }: NetworkPolicy): readonly Group[] {
  return selectedIn(material, namespace, spec.podSelector).filter(({ hostNetwork }) => !hostNetwork);
}
