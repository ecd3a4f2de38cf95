/** Flows in scenarios of the lab of which it is known which rule stops them, or that none does. */
import type { Expected } from './expected.ts';

export interface TracedFault {
  readonly name: string;
  /** Of the lab. */
  readonly scenario: string;
  /** FROM, TO and namespace of `kprobe trace`; `{NAMESPACE LABEL=VALUE NODE}` is the name of such a pod, `NODE` may be left out. */
  readonly flow: { readonly from: string; readonly to: string; readonly namespace?: string };
  readonly expects: Expected;
}

const RAW = -300;
const FILTER = 0;

export const LAB_FAULTS: readonly TracedFault[] = [
  {
    name: 'healthy cluster',
    scenario: 'healthy-traced',
    flow: { from: 'worker-1', to: 'depot/{depot app=crane worker-2}:8095' },
    expects: null,
  },
  {
    name: 'policy drop',
    scenario: 'policy-denies-ingress-traced',
    flow: { from: 'worker-1', to: 'library/{library app=reader worker-3}:9090' },
    expects: {
      node: 'worker-3',
      end: 'dropped',
      hook: 'forward',
      priority: FILTER,
      chain: /^ip network-policy ingress\//u,
      rule: /drop/u,
      object: 'NetworkPolicy/library/only-the-edge',
    },
  },
  {
    name: 'policy reject',
    scenario: 'policy-denies-ingress-traced-reject',
    flow: { from: 'billing/invoicer', to: 'accounts/{accounts component=ledger n1}:8443' },
    expects: {
      node: 'n1',
      end: 'rejected',
      hook: 'forward',
      rule: /reject/u,
      object: 'NetworkPolicy/accounts/ledger-clients',
    },
  },
  {
    name: 'kube-proxy, no endpoints',
    scenario: 'empty-service-traced',
    flow: { from: 'worker-1', to: 'svc/gateway:80', namespace: 'payments' },
    expects: {
      node: 'worker-1',
      end: 'rejected',
      hook: 'output',
      chain: /^ip kube-proxy unserved$/u,
      rule: /reject/u,
      object: 'Service/payments/gateway',
    },
  },
  {
    name: 'externalTrafficPolicy Local',
    scenario: 'local-traffic-policy-external',
    flow: { from: 'worker-3', to: '172.30.0.12:30789' },
    expects: {
      node: 'worker-2',
      end: 'dropped',
      hook: 'input',
      chain: /^ip kube-proxy unserved$/u,
      rule: /dport 30789 drop/u,
      object: 'Service/dock/crane',
    },
  },
  {
    name: 'stale kube-proxy rules',
    scenario: 'stale-node-rules-traced',
    flow: { from: 'garage/mechanic', to: 'svc/lift:80', namespace: 'garage' },
    expects: {
      node: 'worker-2',
      end: 'passed',
      hook: 'prerouting',
      chain: /^ip kube-proxy endpoint\//u,
      rule: /dnat to/u,
      object: 'Service/garage/lift',
      says: /^worker-2: .* by the API is no endpoint of Service garage\/lift: the rules of this node are behind/u,
    },
  },
  {
    name: 'stale policy',
    scenario: 'stale-node-policy-traced',
    flow: { from: 'pier/packer', to: 'cannery/{cannery app=tins worker-1}:8092' },
    expects: {
      node: 'worker-1',
      end: 'dropped',
      hook: 'forward',
      priority: FILTER,
      chain: /^ip network-policy ingress\//u,
      rule: /drop/u,
      says: /worker-1/u,
    },
  },
  {
    name: 'node firewall, own table and priority',
    scenario: 'node-firewall-traced',
    flow: { from: 'worker-1', to: 'depot/{depot app=crane worker-2}:8095' },
    expects: {
      node: 'worker-2',
      end: 'dropped',
      hook: 'forward',
      priority: RAW,
      chain: /^ip faults forward$/u,
      rule: /dport 8095 .*drop/u,
      object: null,
    },
  },
  {
    name: 'reverse path filter',
    scenario: 'filtered-reverse-path-traced',
    flow: { from: '{harbour app=buoy worker-1}', to: 'harbour/{harbour app=buoy worker-3}:8091' },
    expects: {
      node: 'worker-3',
      end: 'unseen',
      hook: 'prerouting',
      says: /worker-3: no rule stops them.*reverse path/u,
    },
  },
  {
    name: 'raw table',
    scenario: 'node-firewall-traced-raw',
    flow: { from: 'worker-1', to: 'depot/{depot app=crane worker-3}:8095' },
    expects: {
      node: 'worker-3',
      end: 'dropped',
      hook: 'prerouting',
      priority: RAW,
      chain: /^ip faults prerouting$/u,
      rule: /dport 8095 .*drop/u,
      object: null,
    },
  },
  {
    name: 'VXLAN on the under side',
    scenario: 'node-firewall-traced-overlay',
    flow: { from: 'worker-1', to: 'depot/{depot app=crane worker-2}:8095' },
    expects: {
      node: 'worker-2',
      end: 'dropped',
      hook: 'prerouting',
      priority: RAW,
      chain: /^ip faults prerouting$/u,
      rule: /udp dport 8472 .*drop/u,
      object: null,
      isOuter: true,
    },
  },
];
