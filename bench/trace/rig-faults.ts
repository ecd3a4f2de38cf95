/**
 * The same on a real cluster of three nodes called node1 to node3, at 172.30.0.11 and on, with kube-proxy in its nftables mode, an overlay of VXLAN and an
 * enforcer of policies (docs of the bench: bench/trace-faults.ts). Programs of the nodes are stopped by signals and go on afterwards.
 */
import type { TracedFault } from './faults.ts';

/** What is done to the cluster before, and undone after. */
export interface RigFault extends Omit<TracedFault, 'scenario'> {
  /** Of the enforcer. */
  readonly policyMode?: 'drop' | 'reject';
  /** Policies, beside MANIFESTS. */
  readonly apply?: string;
  readonly steps?: readonly Step[];
  readonly mend?: readonly Step[];
}

/** On a node by its number, by kubectl, or a pause. */
export type Step =
  | { readonly node: number; readonly script: string }
  | { readonly kubectl: string; readonly input?: string }
  | { readonly waitMs: number };

const IMAGE = 'docker.io/rig/tools:1';

function deployment(name: string, node: string, command: string, port: number | null): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: traced}
spec:
  replicas: 1
  strategy: {type: Recreate}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      nodeSelector: {kubernetes.io/hostname: ${node}}
      terminationGracePeriodSeconds: 1
      containers:
      - {name: main, image: '${IMAGE}', imagePullPolicy: IfNotPresent, command: [sh, -c, '${command}']${port === null ? '' : `, ports: [{name: http, containerPort: ${port}}]`}}
---`;
}

export const RIG_NAMESPACE = 'traced';
export const MANIFESTS = `
apiVersion: v1
kind: Namespace
metadata: {name: traced}
---${deployment('web', 'node2', 'mkdir -p /www; echo hello > /www/index.html; httpd -f -p 8080 -h /www', 8080)}${deployment('caller', 'node1', 'sleep infinity', null)}
apiVersion: v1
kind: Service
metadata: {name: web, namespace: traced}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: traced}
spec: {selector: {app: nobody}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: near, namespace: traced}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http, nodePort: 30777}]}
`;

function policy(rules: string): string {
  return `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: traced}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress], ingress: ${rules}}
`;
}

const CLOSED = policy('[]');
const OPEN_TO_CALLER = policy('[{from: [{podSelector: {matchLabels: {app: caller}}}]}]');
const UNPOLICED: Step = { kubectl: 'delete networkpolicy closed -n traced --ignore-not-found' };
/** The enforcer looks once a second. */
const ENFORCED: Step = { waitMs: 4000 };

/** The range of node1's pods, by the overlay's neighbour there; what goes to it leaves by the node's own interface instead of the overlay's. */
const RANGE = `g=$(ip neigh show dev flannel.1 | awk "/02:00:00:00:00:01/ { print \\$1 }")`;
const OTHER_WAY = `${RANGE}; ip route replace $g/24 via 172.30.0.11 dev eth0`;
const USUAL_WAY = `${RANGE}; ip route replace $g/24 via $g dev flannel.1 onlink`;

const CALLER_TO_POD = { from: 'traced/caller', to: 'traced/{traced app=web node2}:8080' };
const CALLER_TO_SERVICE = { from: 'traced/caller', to: 'svc/web:80', namespace: 'traced' };

export const RIG_FAULTS: readonly RigFault[] = [
  { name: 'rig: healthy cluster', flow: CALLER_TO_SERVICE, expects: null },
  {
    name: 'rig: policy drop',
    policyMode: 'drop',
    apply: CLOSED,
    steps: [ENFORCED],
    mend: [UNPOLICED, ENFORCED],
    flow: CALLER_TO_POD,
    expects: {
      node: 'node2',
      end: 'dropped',
      hook: 'forward',
      priority: 0,
      chain: /^inet rig in_10_244_/u,
      rule: /drop/u,
      object: 'NetworkPolicy/traced/closed',
    },
  },
  {
    name: 'rig: policy reject',
    policyMode: 'reject',
    apply: CLOSED,
    steps: [ENFORCED],
    mend: [UNPOLICED, ENFORCED],
    flow: CALLER_TO_POD,
    expects: {
      node: 'node2',
      end: 'rejected',
      hook: 'forward',
      priority: 0,
      chain: /^inet rig in_10_244_/u,
      rule: /reject/u,
      object: 'NetworkPolicy/traced/closed',
    },
  },
  {
    name: 'rig: kube-proxy, no endpoints',
    flow: { from: 'traced/caller', to: 'svc/nobody:80', namespace: 'traced' },
    expects: {
      node: 'node1',
      end: 'rejected',
      hook: 'forward',
      chain: /^ip kube-proxy (?:service-endpoints-check|reject-chain)$/u,
      rule: /reject/u,
      object: 'Service/traced/nobody',
    },
  },
  {
    name: 'rig: externalTrafficPolicy Local',
    flow: { from: 'node3', to: '172.30.0.11:30777' },
    expects: {
      node: 'node1',
      end: 'dropped',
      hook: 'input',
      chain: /^ip kube-proxy /u,
      rule: /no-endpoint-nodeports/u,
      object: 'Service/traced/near',
    },
  },
  {
    name: 'rig: stale kube-proxy rules',
    steps: [
      { node: 1, script: 'kill -STOP $(pgrep -x kube-proxy)' },
      { kubectl: 'delete pod -n traced -l app=web --wait=true' },
      { kubectl: 'rollout status deployment/web -n traced --timeout=60s' },
    ],
    mend: [{ node: 1, script: 'kill -CONT $(pgrep -x kube-proxy)' }, { waitMs: 3000 }],
    flow: CALLER_TO_SERVICE,
    expects: {
      node: 'node1',
      end: 'passed',
      hook: 'prerouting',
      chain: /^ip kube-proxy endpoint-/u,
      rule: /dnat to/u,
      object: 'Service/traced/web',
      says: /^node1: .* by the API is no endpoint of Service traced\/web: the rules of this node are behind/u,
    },
  },
  {
    name: 'rig: stale policy',
    policyMode: 'drop',
    apply: CLOSED,
    steps: [
      ENFORCED,
      { node: 2, script: 'kill -STOP $(pgrep -f enforce[.]py)' },
      { kubectl: 'apply -f -', input: OPEN_TO_CALLER },
      ENFORCED,
    ],
    mend: [{ node: 2, script: 'kill -CONT $(pgrep -f enforce[.]py)' }, UNPOLICED, ENFORCED],
    flow: CALLER_TO_POD,
    expects: {
      node: 'node2',
      end: 'dropped',
      hook: 'forward',
      priority: 0,
      chain: /^inet rig in_10_244_/u,
      rule: /drop/u,
      object: null,
      says: /stands among rules for pod traced\/web-.*, which by the API is open to this packet/u,
    },
  },
  {
    name: 'rig: node firewall, own table and priority',
    steps: [
      {
        node: 2,
        script:
          'nft "add table inet corp; add chain inet corp guard { type filter hook forward priority -7; }; add rule inet corp guard tcp dport 8080 counter drop"',
      },
    ],
    mend: [{ node: 2, script: 'nft delete table inet corp' }],
    flow: CALLER_TO_POD,
    expects: {
      node: 'node2',
      end: 'dropped',
      hook: 'forward',
      priority: -7,
      chain: /^inet corp guard$/u,
      rule: /dport 8080 .*drop/u,
      object: null,
    },
  },
  {
    name: 'rig: reverse path filter',
    steps: [{ node: 2, script: `${OTHER_WAY}; sysctl -qw net/ipv4/conf/flannel.1/rp_filter=1` }],
    mend: [{ node: 2, script: `${USUAL_WAY}; sysctl -qw net/ipv4/conf/flannel.1/rp_filter=0` }],
    flow: CALLER_TO_POD,
    expects: { node: 'node2', end: 'unseen', hook: 'prerouting', says: /node2: no rule stops them.*reverse path/u },
  },
  {
    name: 'rig: raw table, by iptables',
    steps: [{ node: 2, script: 'iptables-nft -t raw -A PREROUTING -p tcp --dport 8080 -j DROP' }],
    mend: [
      {
        node: 2,
        script: 'iptables-nft -t raw -D PREROUTING -p tcp --dport 8080 -j DROP; nft delete table ip raw',
      },
    ],
    flow: CALLER_TO_POD,
    expects: {
      node: 'node2',
      end: 'dropped',
      hook: 'prerouting',
      priority: -300,
      chain: /^ip raw PREROUTING$/u,
      rule: /dport 8080.*drop/iu,
      object: null,
    },
  },
  {
    name: 'rig: VXLAN on the under side',
    steps: [
      {
        node: 2,
        script:
          'nft "add table inet under; add chain inet under arriving { type filter hook input priority -3; }; add rule inet under arriving ip saddr 172.30.0.11 udp dport 8472 counter drop"',
      },
    ],
    mend: [{ node: 2, script: 'nft delete table inet under' }],
    flow: CALLER_TO_POD,
    expects: {
      node: 'node2',
      end: 'dropped',
      hook: 'input',
      priority: -3,
      chain: /^inet under arriving$/u,
      rule: /udp dport 8472 .*drop/u,
      object: null,
      isOuter: true,
    },
  },
];
