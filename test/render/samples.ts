/** Verdicts as a judge would make them, for renderers and the schema. */
import type { Finding, PathSummary, Verdict } from '../../src/model/verdict.ts';

const manifest = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-ingress
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              app.kubernetes.io/name: ingress-nginx
        - ipBlock:
            cidr: 10.244.1.0/32
        - ipBlock:
            cidr: 10.244.2.0/32
`;

export const missesHostNetwork: Finding = {
  diagnosis: 'policy-misses-hostnetwork',
  class: 'policy',
  certainty: 'proven',
  title: 'NetworkPolicy shop/allow-ingress drops ingress → web when they are on different nodes',
  object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'allow-ingress' },
  where: { from: 'worker-1', to: 'worker-2' },
  timer: { name: 'nginx proxy-connect-timeout', ms: 5000 },
  explains: 1,
  evidence: [
    { label: 'You see', says: '5 of 10 requests take 5.0 s, the others 3 ms; all answer 200', samples: [0, 1, 2] },
    {
      label: 'Why 5.0 s',
      says: 'the ingress gives up connecting after its proxy-connect-timeout (5 s) and tries the next endpoint; not tcp_retries2, which needs 15 minutes and an established connection',
      samples: [3],
    },
    {
      label: 'Where',
      says: 'worker-1 → web-7f9c (worker-2)  5 of 5 connects unanswered, 5 SYN retransmissions each',
      samples: [4],
    },
    { label: 'Where', says: 'worker-2 → web-7f9c (worker-2)  0.4 ms', samples: [5] },
    {
      label: 'Who',
      says: "the controller runs with hostNetwork: worker-2 sees 10.244.1.0 (worker-1's overlay address), which no rule of the policy matches; namespaceSelector never matches a hostNetwork pod",
      samples: [6],
    },
  ],
  fix: { says: 'let the overlay addresses of the ingress nodes in: kubectl apply -f - with', manifest },
  wouldSettle: null,
};

export const lostSyn: Finding = {
  diagnosis: 'lost-syn',
  class: 'retransmit-drop',
  certainty: 'likely',
  title: 'SYNs to web-7f9c get lost on the way',
  object: { kind: 'Pod', namespace: 'shop', name: 'web-7f9c' },
  where: { from: 'worker-1', to: 'worker-3' },
  timer: { name: 'SYN retransmission', ms: 1000 },
  explains: 0.125,
  evidence: [
    { label: 'You see', says: '1 of 8 connects takes 1.02 s', samples: [7] },
    { label: 'Where', says: 'worker-1 → web-7f9c (worker-3)', samples: [8] },
    { label: 'Who', says: 'one SYN retransmission, answered at once', samples: [9] },
  ],
  fix: { says: 'look for drops on worker-3: ethtool -S, nft list ruleset', manifest: null },
  wouldSettle: 'capture on worker-3 while connecting: does the first SYN arrive?',
};

export const path = (over: Partial<PathSummary> = {}): PathSummary => ({
  id: 'host@worker-1>backend:10.244.2.7:8080/tcp',
  from: { agent: 'host@worker-1', kind: 'host', node: 'worker-1', identity: 'host network of worker-1' },
  to: { kind: 'backend', name: 'web-7f9c', address: '10.244.2.7:8080', node: 'worker-2' },
  locality: 'cross-node',
  probe: 'tcp',
  samples: 5,
  modes: [],
  lost: { share: 1, interval: [0.566, 1] },
  seenAs: [],
  ...over,
});

const paths: PathSummary[] = [
  path({
    id: 'local>entry:172.18.0.3:80/http',
    from: { agent: 'local', kind: 'local', node: null, identity: 'this machine' },
    to: { kind: 'entry', name: '172.18.0.3:80', address: '172.18.0.3:80', node: 'worker-1' },
    locality: 'external',
    probe: 'http',
    samples: 10,
    modes: [
      { ms: 3.1, share: 0.5 },
      { ms: 5003, share: 0.5 },
    ],
    lost: { share: 0, interval: [0, 0.278] },
  }),
  path(),
  path({
    id: 'host@worker-2>backend:10.244.2.7:8080/tcp',
    from: { agent: 'host@worker-2', kind: 'host', node: 'worker-2', identity: 'host network of worker-2' },
    locality: 'same-node',
    modes: [{ ms: 0.41, share: 1 }],
    lost: { share: 0, interval: [0, 0.434] },
    seenAs: ['10.244.2.1'],
  }),
];

export const verdict = (over: Partial<Verdict> = {}): Verdict => ({
  schema: 'kprobe/verdict/v1',
  target: 'shop.example.com',
  status: 'faulty',
  summary: '5 of 10 requests take 5.0 s, the others 3 ms; all answer 200',
  findings: [missesHostNetwork],
  ruledOut: [
    { suspect: 'application', because: 'same-node 0.4 ms' },
    { suspect: 'DNS', because: '2 of 2 servers, 0.8 ms' },
    { suspect: 'overlay', because: 'other port, same nodes: 0.5 ms' },
    { suspect: 'MTU', because: '1400-byte answers pass both ways' },
  ],
  notMeasured: [
    { what: 'ConfigMap ingress-nginx/controller', because: 'reading ConfigMaps is forbidden; defaults were used' },
  ],
  paths,
  run: {
    id: 'k7f3a',
    startedAt: '2026-11-21T03:00:00.000Z',
    tookMs: 12_340,
    ended: 'settled',
    kprobe: '0.1.0',
    probers: [
      { node: 'node-a', agents: 2, attempts: 61, cpuMs: 412, late: { p50Ms: 0.4, p99Ms: 6.1 } },
      { node: null, agents: 1, attempts: 9, cpuMs: null, late: { p50Ms: 0.2, p99Ms: 1.8 } },
    ],
  },
  ...over,
});

export const healthy = (): Verdict =>
  verdict({
    status: 'healthy',
    summary: '10 of 10 requests answer 200, the slowest in 9 ms',
    findings: [],
    notMeasured: [],
    paths: paths.slice(2),
    run: { id: 'k81bc', startedAt: '2026-11-21T03:10:00.000Z', tookMs: 4_120, ended: 'complete', kprobe: '0.1.0' },
  });

export const inconclusive = (): Verdict =>
  verdict({
    status: 'inconclusive',
    summary: '2 of 10 requests take 1.02 s, the others 3 ms',
    findings: [
      { ...lostSyn, certainty: 'possible', explains: 1 },
      {
        ...lostSyn,
        diagnosis: 'full-accept-queue',
        certainty: 'possible',
        explains: 1,
        title: 'The accept queue of web-7f9c overflows',
        timer: null,
        evidence: [{ label: 'Who', says: 'the pod answers late under load', samples: [] }],
        fix: null,
        wouldSettle: 'ListenOverflows in /proc/net/netstat of web-7f9c',
      },
    ],
    ruledOut: [],
    run: { id: 'k9d02', startedAt: '2026-11-21T03:20:00.000Z', tookMs: 6_500, ended: 'interrupted', kprobe: '0.1.0' },
  });

/** Names made to deceive a terminal, a ticket and a shell. */
export const hostile = (): Verdict => {
  const name = '\u001b[2J\u001b]0;owned\u0007web\n✓ all is well\u202e|<b>`$(reboot)`\u009b31m[x](http://evil)';
  return verdict({
    target: name,
    summary: name,
    findings: [
      {
        ...missesHostNetwork,
        title: name,
        evidence: [{ label: name, says: name, samples: [] }],
        fix: { says: name, manifest: `a: 1\n\`\`\`\n${name}\n` },
      },
    ],
    ruledOut: [{ suspect: name, because: name }],
    notMeasured: [{ what: name, because: name }],
    paths: [path({ seenAs: [name], to: { kind: 'backend', name, address: null, node: null } })],
  });
};
