/** The two ends of a flow, as far as a policy can tell them apart. */
import type { Cluster, ContainerPort, Pod } from '../../model/cluster.ts';
import { unreadOf } from '../../model/unread.ts';
import { derived } from '../derived.ts';
import { isSameAddress } from './address.ts';

export type Party =
  /** A pod on the pod network. `addresses` is empty where its address is not known. */
  | {
      readonly kind: 'pod';
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly addresses: readonly string[];
      readonly node: string | null;
      readonly ports: readonly ContainerPort[];
    }
  /**
   * A node's own network: the node's processes and its hostNetwork pods. `addresses` are all that the other side may see
   * of it; empty where that is not known. `runsAs`: the user of the process, for engines that exempt root on the own node; absent:
   * not known.
   */
  | {
      readonly kind: 'host';
      readonly node: string | null;
      readonly addresses: readonly string[];
      readonly runsAs?: 'root' | 'other';
    }
  /** An address that is neither a pod's nor a node's. */
  | { readonly kind: 'address'; readonly address: string }
  /** As a source it is taken to be outside of the cluster, perhaps on a node. */
  | { readonly kind: 'unknown'; readonly because: string };

export type PodParty = Extract<Party, { kind: 'pod' }>;
export type HostParty = Extract<Party, { kind: 'host' }>;

/**
 * What stands at an address of this cluster. Finished pods are passed over: their address may belong to another by now
 * (policy reference S12).
 */
export function partyAt(cluster: Cluster, address: string): Party {
  const known = partiesOf(cluster);
  const party = known.get(address) ?? findParty(cluster, address);
  known.set(address, party);
  return party;
}

/** Found already: addresses are compared by parsing them, and each path asks again. */
const partiesOf = derived((_cluster: Cluster) => new Map<string, Party>());

function findParty(cluster: Cluster, address: string): Party {
  const pod = cluster.pods.find(
    (each) => isOnNetwork(each) && each.addresses.some((its) => isSameAddress(its, address)),
  );
  if (pod !== undefined) return partyOf(pod, address);
  const node = cluster.nodes.find((each) =>
    [...each.addresses, ...each.overlayAddresses].some((its) => isSameAddress(its, address)),
  );
  if (node !== undefined) return { kind: 'host', node: node.name, addresses: [address] };
  const unread = unreadOf(cluster, 'pods', 'nodes');
  if (unread !== null) {
    return { kind: 'unknown', because: `${unread.what} could not be listed, so it is not known who has ${address}` };
  }
  return { kind: 'address', address };
}

/** A pod as a policy sees it, at one of its addresses or at all. */
export function partyOf(pod: Pod, address: string | null = null): Party {
  const addresses = address === null ? pod.addresses : [address];
  if (pod.hostNetwork) return { kind: 'host', node: pod.node, addresses };
  const { namespace, labels, node, ports } = pod;
  return { kind: 'pod', namespace, labels, addresses, node, ports };
}

/** A party in words. */
export function describe(party: Party): string {
  switch (party.kind) {
    case 'pod':
      return `a pod of namespace ${party.namespace} (${labelsInWords(party.labels)})`;
    case 'host':
      if (party.addresses.length > 0) return party.addresses.join(' or ');
      return party.node === null ? 'a node' : `node ${party.node}`;
    case 'address':
      return party.address;
    case 'unknown':
      return 'an address that is not known';
    default:
      return party satisfies never;
  }
}

/** More labels than these make a sentence unreadable. */
const MOST_LABELS = 4;

function labelsInWords(labels: Readonly<Record<string, string>>): string {
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  if (all.length === 0) return 'no labels';
  return [...all.slice(0, MOST_LABELS), ...(all.length > MOST_LABELS ? ['…'] : [])].join(', ');
}

function isOnNetwork(pod: Pod): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}
