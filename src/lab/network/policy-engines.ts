/**
 * How each policy engine differs from the others, as seen on real ones (policy reference 7): what a denied packet
 * gets, in which hooks its rules stand, whom they leave alone, and how long it takes to learn a new pod.
 */
import type { PolicyAgent, Topology } from '../model.ts';

export interface PolicyEngine {
  /** What a denied packet gets. */
  readonly refusal: string;
  /** Base chains by name. They send what they do not accept to the chains `egress` and `ingress`. */
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  /** A port by name in an egress rule with an ipBlock: whether it means the pods of that block that have one. */
  readonly namesPortsInBlocks: boolean;
  /** A pod that reaches itself through a Service: whether it passes as soon as one direction admits it. */
  readonly hairpinsByEither: boolean;
  readonly agent: PolicyAgent;
}

const BOTH = ['jump egress', 'jump ingress'];
/** Answers belong to a connection that was let through, also where a policy that came later would not. */
const ESTABLISHED = 'ct state established,related accept';

/**
 * Rules where packets are forwarded and where pods speak to their node. What a node itself sends passes the output
 * hook alone and is never filtered.
 */
function forwardHooks(...exempt: readonly string[]): PolicyEngine['hooks'] {
  return {
    forward: ['type filter hook forward priority filter', ESTABLISHED, ...exempt, ...BOTH],
    input: ['type filter hook input priority filter', ESTABLISHED, ...exempt, 'jump egress'],
  };
}

const FELIX: PolicyEngine = {
  refusal: 'counter drop',
  hooks: forwardHooks(),
  namesPortsInBlocks: true,
  hairpinsByEither: false,
  agent: { learnsAfterMs: 0, newborn: 'open', matchedAfterMs: 0 },
};

/** Its refusals are rationed by the kernel itself (icmp_ratelimit): the rest of a burst meets silence. */
const KUBE_ROUTER: PolicyEngine = {
  refusal: 'counter reject with icmp type port-unreachable',
  hooks: forwardHooks('icmp type echo-request accept'),
  namesPortsInBlocks: false,
  hairpinsByEither: true,
  agent: { learnsAfterMs: 1000, newborn: 'open', matchedAfterMs: 850 },
};

/**
 * It judges behind the routing decision and before SNAT, and so also what its own node sends; only sockets of uid 0 are
 * exempt there. Every packet of a connection's own direction is judged, so that a new policy cuts what is established,
 * but for connections to the own node, of which it sees the first packet only. One thing differs from the real one, whose
 * verdicts come from a queue: the sender of a UDP packet on the node itself is told (EPERM).
 */
const KUBE_NETWORK_POLICIES: PolicyEngine = {
  refusal: 'counter drop',
  hooks: {
    postrouting: [
      'type filter hook postrouting priority srcnat - 5',
      'meta skuid 0 accept',
      'ct direction reply accept',
      'ct state related accept',
      ...BOTH,
    ],
    // As it does: after everything else of this hook.
    input: ['type filter hook input priority 101', 'iifname lo accept', 'ct state != new accept', 'jump egress'],
  },
  namesPortsInBlocks: true,
  hairpinsByEither: false,
  agent: { learnsAfterMs: 2000, newborn: 'open', matchedAfterMs: 500 },
};

/** null: nobody enforces. */
const ENGINES: Readonly<Record<Topology['profile'], PolicyEngine | null>> = {
  calico: FELIX,
  'kube-router': KUBE_ROUTER,
  k3s: KUBE_ROUTER,
  'kube-network-policies': KUBE_NETWORK_POLICIES,
  flannel: null,
};

/** The engine of a profile, with the agent that a scenario asks for in place of its own. */
export function policyEngine({ profile, policyAgent }: Pick<Topology, 'profile' | 'policyAgent'>): PolicyEngine | null {
  const engine = ENGINES[profile];
  return engine && policyAgent ? { ...engine, agent: policyAgent } : engine;
}
