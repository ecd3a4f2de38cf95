/** A traced flow to render: made up, in the words of a real one. */
import type { FlowStep, FlowTrace, FlowWay } from '../../src/model/flow-trace.ts';

const NAT: FlowStep = {
  hook: 'prerouting',
  priority: -100,
  family: 'ip',
  table: 'kube-proxy',
  chain: 'nat-prerouting',
  rule: 'jump services',
  handle: 4,
  verdict: 'jump',
  target: 'services',
  program: 'kube-proxy',
  object: { kind: 'Service', namespace: 'shop', name: 'web' },
};
const PASSING: FlowStep = {
  ...NAT,
  hook: 'postrouting',
  chain: 'nat-postrouting',
  rule: null,
  handle: null,
  verdict: 'accept',
  target: null,
  program: null,
  object: null,
};
const DROPPING: FlowStep = {
  ...PASSING,
  hook: 'forward',
  priority: 10,
  family: 'inet',
  table: 'site',
  chain: 'fwd',
  rule: 'tcp dport 8080 counter drop comment "no \u001b[31mreasons"',
  handle: 9,
  verdict: 'drop',
};
const packet = {
  protocol: 'tcp',
  source: '10.244.1.9',
  sourcePort: 61_003,
  destination: '10.96.0.80',
  destinationPort: 80,
} as const;
const SOURCE: FlowWay = {
  node: 'worker-1',
  direction: 'request',
  layer: 'packet',
  packet,
  steps: [NAT, PASSING],
  end: 'passed',
  lastHook: 'postrouting',
  says: null,
  packets: 4,
};
const FAR: FlowWay = {
  ...SOURCE,
  node: 'worker-2',
  packet: { ...packet, destination: '10.244.2.7', destinationPort: 8080 },
  steps: [DROPPING],
  end: 'dropped',
  lastHook: 'forward',
  says: 'worker-2: hook forward (priority 10), chain inet site fwd: “tcp dport 8080 counter drop” drops 4 of 4 packets; it is of nobody whom kprobe knows',
};

export function flowTrace(over: Partial<FlowTrace> = {}): FlowTrace {
  return {
    schema: 'kprobe/trace/v1',
    status: 'faulty',
    summary: FAR.says ?? '',
    from: { node: 'worker-1', pod: { namespace: 'shop', name: 'checkout-1' } },
    to: { says: 'svc/web:80', address: '10.96.0.80', port: 80, protocol: 'tcp' },
    attempts: [{ outcome: 'unanswered', count: 2 }],
    ways: [SOURCE, { ...SOURCE, layer: 'outer', steps: [PASSING] }, FAR],
    counted: [{ node: 'worker-2', source: 'iptables-legacy', rule: 'ip filter: -A FORWARD -j DROP', packets: 4 }],
    notMeasured: [{ what: 'the rules of worker-3', because: 'this image has no nft' }],
    run: { kprobe: '0.1.0', startedAt: '2026-01-01T00:00:00.000Z', tookMs: 5800 },
    ...over,
  };
}
