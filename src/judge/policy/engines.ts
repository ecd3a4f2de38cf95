/**
 * How each engine decides where NetworkPolicy leaves it open: one row an engine. Sources: policy reference 1.1 to 1.4, and where it was
 * measured on the real engine (calico, kube-router, kube-network-policies), section 7. `unsure` is for what nobody has shown.
 */
import type { Networking } from '../../model/cluster.ts';

/** How long a pod that was just made is treated otherwise than later, at most. Milliseconds. */
export interface Newborn {
  /** What policy denies to it works at first. */
  readonly egressOpenMs: number;
  readonly ingressOpenMs: number;
  /** What policy allows to it fails at first. */
  readonly egressBlockedMs: number;
  /** Until other nodes admit it where a rule selects it by its labels. */
  readonly unknownElsewhereMs: number;
}

export interface Engine {
  /** What a denied connect meets as the engine is installed; `rationed`: ICMP errors are limited, so some meet silence or come late. */
  readonly denial: 'drop' | 'reject-rationed' | 'unsure';
  /** By what rules find the host network of other nodes: the address that arrives, or an identity that no address stands for. */
  readonly hostsAre: 'address' | 'identity';
  /** Whether a podSelector or namespaceSelector may hold a hostNetwork pod. */
  readonly selectorsHoldHosts: 'never' | 'unsure';
  /** Namespaces that stand for the host network of all nodes where a peer names them without a podSelector; by name or by a label. */
  readonly hostNamespaces: { readonly names: readonly string[]; readonly labels: readonly string[] };
  /** Processes of a node towards the node's own pods: all pass, only root's pass for sure and the others are judged, or nobody knows. */
  readonly ownNode: 'exempt' | 'root-exempt' | 'unsure';
  /** What is judged of them through a Service, where they are: the address before the source is rewritten, or as it arrives. */
  readonly ownNodeThroughService: 'node-address' | 'as-seen';
  /** What a pod sends to its own node, under an egress policy. */
  readonly towardsOwnNode: 'judged' | 'unsure';
  /** A pod that reaches itself through its Service: judged by its own address, or never. */
  readonly hairpin: 'judged' | 'exempt' | 'unsure';
  /** Whether an ipBlock holds the address of a pod, or of a node, as any other. */
  readonly blocksHoldPods: 'yes' | 'never' | 'unsure';
  readonly blocksHoldNodes: 'yes' | 'unsure';
  /** An egress rule with a port's name beside an ipBlock: admits pods there that have a port of that name, or nothing. */
  readonly namedPortsBesideBlocks: 'resolved' | 'never' | 'unsure';
  /** null: not known. */
  readonly newborn: Newborn | null;
  /** The object that admits nodes to a pod. */
  readonly admitsNodesBy: 'ip-block' | 'cilium-entities' | 'antrea-nodes' | 'ovn-namespace';
}

/** What most engines do (policy reference 0.1): rules are compared with addresses, and nothing else is known of a node. */
const ADDRESSES: Engine = {
  denial: 'drop',
  hostsAre: 'address',
  selectorsHoldHosts: 'never',
  hostNamespaces: { names: [], labels: [] },
  ownNode: 'exempt',
  ownNodeThroughService: 'as-seen',
  towardsOwnNode: 'unsure',
  hairpin: 'unsure',
  blocksHoldPods: 'yes',
  blocksHoldNodes: 'yes',
  namedPortsBesideBlocks: 'unsure',
  newborn: null,
  admitsNodesBy: 'ip-block',
};

/**
 * Felix, of Calico and Canal: what a workload sends to its host goes through the workload's egress policy (calico: felix/rules/static.go);
 * a pod runs only when its rules are there.
 */
const FELIX: Engine = {
  ...ADDRESSES,
  towardsOwnNode: 'judged',
  hairpin: 'judged',
  namedPortsBesideBlocks: 'resolved',
  newborn: { egressOpenMs: 0, ingressOpenMs: 0, egressBlockedMs: 0, unknownElsewhereMs: 3 },
};

/** REJECTs on the FORWARD chain; local sources are accepted first (kube-router: pkg/controllers/netpol/pod.go). */
const KUBE_ROUTER: Engine = {
  ...ADDRESSES,
  denial: 'reject-rationed',
  towardsOwnNode: 'judged',
  hairpin: 'exempt',
  namedPortsBesideBlocks: 'never',
  newborn: { egressOpenMs: 1600, ingressOpenMs: 1000, egressBlockedMs: 0, unknownElsewhereMs: 1600 },
};

/**
 * kube-network-policies, also inside kindnet: only sockets of uid 0 are exempt (pkg/dataplane/controller.go), and the queue stands before
 * the source is rewritten.
 */
const KUBE_NETWORK_POLICIES: Engine = {
  ...ADDRESSES,
  ownNode: 'root-exempt',
  ownNodeThroughService: 'node-address',
  towardsOwnNode: 'judged',
  hairpin: 'judged',
  namedPortsBesideBlocks: 'resolved',
  newborn: { egressOpenMs: 2000, ingressOpenMs: 1300, egressBlockedMs: 1400, unknownElsewhereMs: 1100 },
};

/** Nodes are the identities `host` and `remote-node`; CIDRs hold no pods, and nodes only by an option (cilium: layer3.rst, #9209). */
const CILIUM: Engine = {
  ...ADDRESSES,
  hostsAre: 'identity',
  towardsOwnNode: 'judged',
  blocksHoldPods: 'never',
  blocksHoldNodes: 'unsure',
  admitsNodesBy: 'cilium-entities',
};

/** Nobody has said which engine it is: it may be one that judges a node's own processes. */
const UNKNOWN: Engine = { ...ADDRESSES, denial: 'unsure', ownNode: 'unsure' };

const ENGINES: Readonly<Record<string, Engine>> = {
  calico: FELIX,
  canal: FELIX,
  'kube-router': KUBE_ROUTER,
  'kube-network-policies': KUBE_NETWORK_POLICIES,
  kindnet: KUBE_NETWORK_POLICIES,
  cilium: CILIUM,
  // As Cilium, on which it is built; its options are not the users'.
  'gke-dataplane-v2': { ...CILIUM, blocksHoldPods: 'unsure' },
  antrea: { ...ADDRESSES, admitsNodesBy: 'antrea-nodes' },
  // Its controller resolves selectors to the addresses of hostNetwork pods too, and drops names of ports for a block (aws: pkg/resolvers/endpoints.go).
  aws: { ...ADDRESSES, selectorsHoldHosts: 'unsure', namedPortsBesideBlocks: 'never' },
  'ovn-kubernetes': {
    ...ADDRESSES,
    selectorsHoldHosts: 'unsure',
    hostNamespaces: { names: ['ovn-host-network'], labels: ['policy-group.network.openshift.io/host-network'] },
    admitsNodesBy: 'ovn-namespace',
  },
  'azure-npm': ADDRESSES,
  weave: ADDRESSES,
  // Nobody enforces: a policy is read as most engines read it, and `isEnforced` says how much that is worth.
  none: ADDRESSES,
};

export function engineOf({ enforcer }: Pick<Networking, 'enforcer'>): Engine {
  return (Object.hasOwn(ENGINES, enforcer) ? ENGINES[enforcer] : undefined) ?? UNKNOWN;
}

/** All that enforce here: a flow must pass each of them. */
export function enforcersOf({ enforcer, enforcers = [] }: Networking): readonly string[] {
  return enforcers.length > 0 ? enforcers : [enforcer];
}

/** Whether what a policy says happens at all. */
export function isEnforced(networking: Networking): 'yes' | 'no' | 'unknown' {
  if (networking.enforcer === 'none') return 'no';
  return networking.enforcer === 'unknown' ? 'unknown' : 'yes';
}
