/** What is known of each enforcer where NetworkPolicy leaves it open (policy reference 1.1 and 1.3, with sources). */
import type { Networking } from '../../model/cluster.ts';

export interface EnforcerFacts {
  /** Whether an ipBlock is compared with the addresses of pods and nodes as with any other; null: not, or not surely. */
  readonly ipBlockMatchesInside: boolean;
  /** Whether a podSelector or namespaceSelector certainly never matches a hostNetwork pod. */
  readonly selectorsNeverMatchHosts: boolean;
  /** Whether every process of a node, also one that is not root, always reaches the node's own pods. */
  readonly ownNodeAlwaysPasses: boolean;
  /** Whether egress policies certainly filter what a pod sends to its own node. */
  readonly filtersOwnNode: boolean;
  /** The object that admits nodes to a pod. */
  readonly admitsNodesBy: 'ip-block' | 'cilium-entities' | 'antrea-nodes' | 'ovn-namespace';
}

/** Enforcers made of iptables or nftables, which compare addresses and know nothing else of a node. */
const ADDRESSES: EnforcerFacts = {
  ipBlockMatchesInside: true,
  selectorsNeverMatchHosts: true,
  ownNodeAlwaysPasses: true,
  filtersOwnNode: false,
  admitsNodesBy: 'ip-block',
};

/** Felix dispatches what a workload sends to its host through the workload's egress policy (calico: felix/rules/static.go). */
const FELIX: EnforcerFacts = { ...ADDRESSES, filtersOwnNode: true };

/** Only sockets of uid 0 are exempt (kube-network-policies: pkg/dataplane/controller.go). */
const KUBE_NETWORK_POLICIES: EnforcerFacts = { ...ADDRESSES, ownNodeAlwaysPasses: false };

/** Nodes are the identities `host` and `remote-node`; ipBlock holds neither them nor pods by default (cilium: layer3.rst). */
const CILIUM: EnforcerFacts = {
  ipBlockMatchesInside: false,
  selectorsNeverMatchHosts: true,
  ownNodeAlwaysPasses: true,
  filtersOwnNode: true,
  admitsNodesBy: 'cilium-entities',
};

const FACTS: Readonly<Record<string, EnforcerFacts>> = {
  calico: FELIX,
  'kube-router': ADDRESSES,
  weave: ADDRESSES,
  'azure-npm': ADDRESSES,
  kindnet: KUBE_NETWORK_POLICIES,
  'kube-network-policies': KUBE_NETWORK_POLICIES,
  cilium: CILIUM,
  'gke-dataplane-v2': CILIUM,
  antrea: { ...ADDRESSES, admitsNodesBy: 'antrea-nodes' },
  'ovn-kubernetes': { ...ADDRESSES, selectorsNeverMatchHosts: false, admitsNodesBy: 'ovn-namespace' },
  // Its controller resolves selectors to the addresses of hostNetwork pods too (aws: pkg/resolvers/endpoints.go).
  aws: { ...ADDRESSES, selectorsNeverMatchHosts: false },
};

/**
 * Where nobody enforces, or an enforcer that is not in the table, a policy is read as most enforcers read it (policy
 * reference 0.1): `isEnforced` says how much that is worth.
 */
export function factsOf({ enforcer }: Networking): EnforcerFacts {
  return (Object.hasOwn(FACTS, enforcer) ? FACTS[enforcer] : undefined) ?? ADDRESSES;
}

/** Whether what a policy says happens at all. */
export function isEnforced(networking: Networking): 'yes' | 'no' | 'unknown' {
  if (networking.enforcer === 'none') return 'no';
  return networking.enforcer === 'unknown' ? 'unknown' : 'yes';
}
