/** What a rule trace does to a verdict: it proves a rule, says where packets were seen last, and hides no contradiction. */
import { expect, test } from 'vitest';
import type { Tracing } from '../../../probes/wire.ts';
import type { StandIn } from '../../../src/model/recording.ts';
import { unanswered } from '../breaks.ts';
import { arrived, forwarded, left, packet, ruleTraces, TABLE } from '../traced.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkout, checkoutCluster, diagnose, run, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const target = serviceOnly();
const filtered: Break = ({ to, locality }) => {
  const isPort = (to.kind === 'backend' || to.kind === 'agent') && to.port === 8080;
  return isPort && locality === 'cross-node' && to.node === 'worker-1' ? unanswered() : null;
};
const followed = run({ target }).plan.paths.find(
  ({ from, to }) => from === 'control@worker-3' && to.kind === 'backend' && to.node === 'worker-1',
);
const path = followed?.id ?? '';
const address = followed !== undefined && 'address' in followed.to ? followed.to.address : '';
const syn = arrived('10.244.3.99', address, 8080);
const CHAINS = [{ family: 'inet', table: 'site', chain: 'fwd', hook: 'forward', priority: 10 }];
const dropping = [
  ...syn,
  forwarded,
  'inet site fwd rule tcp dport 8080 counter packets 3 bytes 180 drop # handle 4 (verdict drop)',
];
const judged = (said: Parameters<typeof ruleTraces>[1], breaks = [filtered]) =>
  diagnose({ target, breaks, over: { ruleTraces: ruleTraces([path], said, CHAINS) } });

test('a rule of nobody known proves the firewall, and is named with node, hook, priority, chain and handle', () => {
  const verdict = judged({ 'worker-1': [packet(path, dropping), packet(path, dropping)] });
  const [finding, ...others] = verdict.findings;
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    diagnosis: 'node-firewall',
    certainty: 'proven',
    object: { kind: 'Node', name: 'worker-1' },
    wouldSettle: null,
  });
  expect(finding?.title).toContain('chain inet site fwd (handle 4)');
  const line = finding?.evidence.find(({ trace }) => trace !== undefined);
  expect(line?.says).toMatch(
    /^worker-1: hook forward \(priority 10\), chain inet site fwd: “tcp dport 8080 .* drops 2 of 2 packets/,
  );
  expect(line?.trace).toMatchObject({
    node: 'worker-1',
    end: 'dropped',
    stopped: 2,
    of: 2,
    owner: { program: 'unknown', object: null },
  });
});

test('a trace that saw them pass all rules speaks against it, and says so', () => {
  const passing = [...syn, forwarded, left];
  const [finding] = judged({ 'worker-1': [packet(path, passing)] }).findings;
  expect(finding).toMatchObject({ diagnosis: 'node-firewall', certainty: 'possible' });
  expect(finding?.wouldSettle).toContain('passed all rules of nftables on worker-1');
  expect(finding?.evidence.map(({ says }) => says)).toContain(
    'worker-1: no rule stops them; 1 packet passed all rules there',
  );
});

test('what is seen last before routing was dropped by no rule', () => {
  const [finding] = judged({ 'worker-1': [packet(path, syn)] }).findings;
  expect(finding?.certainty).not.toBe('proven');
  expect(finding?.evidence.map(({ says }) => says)).toContain(
    'worker-1: no rule stops them; 1 packet was last seen before routing, which dropped them: a reverse path filter, or no route',
  );
});

test('who is known by a rule, where all else at that end works, is no firewall of the node', () => {
  const onlyThePods: Break = ({ to, locality }) =>
    to.kind === 'backend' && locality === 'cross-node' && to.node === 'worker-1' ? unanswered() : null;
  const verdict = judged({ 'worker-1': [packet(path, dropping)] }, [onlyThePods]);
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).not.toContain('node-firewall');
});

test.for<[Tracing['state'], RegExp]>([
  ['no-right', /kprobe install --trace-rules/],
  ['no-nft', /docker build --target trace/],
  ['old-nft', /nft 0\.9\.9/],
  ['old-kernel', /Linux 5\.12/],
  ['failed', /its tracer could not go on/],
])('%s: the ordinary verdict, and one line', ([state, says]) => {
  const tracing = { type: 'tracing', state, says: 'x', legacyTables: [], ebpfInterface: null } as const;
  const verdict = judged({ 'worker-1': [tracing], 'worker-3': [tracing] });
  const usual = diagnose({ target, breaks: [filtered] });
  expect(verdict.findings).toEqual(usual.findings);
  const lines = verdict.notMeasured.filter(({ what }) => what.startsWith('the rules of'));
  expect(lines).toEqual([{ what: 'the rules of worker-1 and worker-3', because: expect.stringMatching(says) }]);
});

test.for<[Partial<Tracing>, RegExp]>([
  [{ legacyTables: ['ip filter'] }, /iptables-legacy has tables there \(ip filter\)/],
  [{ ebpfInterface: 'cilium_host' }, /cilium_host is there: eBPF/],
])('what the trace cannot see is said: %o', ([over, says]) => {
  const tracing = {
    type: 'tracing',
    state: 'ready',
    says: 'x',
    legacyTables: [],
    ebpfInterface: null,
    ...over,
  } as const;
  const { notMeasured } = judged({ 'worker-1': [tracing as Tracing] });
  expect(notMeasured.map(({ because }) => because)).toContainEqual(expect.stringMatching(says));
});

test('tracers that may not be made are one line, and the verdict is the ordinary one', () => {
  const refused = ['worker-3', 'worker-1'].map((node) => ({
    what: `agent tracer@${node}`,
    because: 'ValidatingAdmissionPolicy kprobe-host denied request',
    subject: { kind: 'agent' as const, agent: `tracer@${node}` },
  }));
  const told = ruleTraces([path], { 'worker-1': [], 'worker-3': [] });
  const traces = { ...told, heard: [], limitations: refused };
  const verdict = diagnose({ target, breaks: [filtered], over: { ruleTraces: traces } });
  expect(verdict.findings).toEqual(diagnose({ target, breaks: [filtered] }).findings);
  expect(verdict.notMeasured.filter(({ what }) => what.startsWith('the rules'))).toEqual([
    {
      what: 'the rules of worker-1 and worker-3',
      because:
        'ValidatingAdmissionPolicy kprobe-host denied request; kprobe doctor --trace-rules tells what is missing',
    },
  ]);
});

test('counters of what a trace passes over say where to look, and make nothing surer', () => {
  const tracing = {
    type: 'tracing',
    state: 'old-nft',
    says: 'nft 0.9.8, Linux 5.10',
    legacyTables: ['ip filter'],
    ebpfInterface: null,
    counts: ['iptables-legacy'],
  } as const;
  const rule = 'ip filter: -A FORWARD -p tcp -m tcp --dport 8080 -j DROP';
  const counts = { type: 'rule-counts', source: 'iptables-legacy', moved: [{ rule, packets: 12 }] } as const;
  const verdict = judged({ 'worker-1': [tracing, { ...counts, moved: [{ rule, packets: 3 }] }, counts] });
  const usual = diagnose({ target, breaks: [filtered] });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual(
    usual.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty]),
  );
  expect(verdict.findings[0]?.evidence.filter(({ label }) => label === 'Counters').map(({ says }) => says)).toEqual([
    `worker-1: meanwhile iptables-legacy counted 12 packets, anybody's, at “${rule}”`,
  ]);
  expect(verdict.notMeasured.map(({ because }) => because)).toContainEqual(
    expect.stringContaining('read instead were the counters of iptables-legacy'),
  );
});

test("an overlay's packets that a rule drops prove it, one chain once, and the overlay is no second cause", () => {
  const cut: Break = ({ locality, to }, from) =>
    locality === 'cross-node' && [from.node, 'node' in to ? to.node : null].includes('worker-1') ? unanswered() : null;
  const outer = (handle: number) => ({
    ...packet(path, [
      `inet ${TABLE} outer0 packet: iif "eth0" ip saddr 10.0.0.3 ip daddr 10.0.0.1 udp sport 40151 udp dport 8472 udp length 90`,
      `inet ${TABLE} outer0 rule limit rate 20/second burst 20 packets meta nftrace set 1 # handle 9 (verdict continue)`,
      `inet site fwd rule udp dport 8472 counter packets 3 bytes 180 drop # handle ${handle} (verdict drop)`,
    ]),
    isOuter: true,
  });
  const verdict = judged({ 'worker-1': [outer(4), outer(5)] }, [cut]);
  expect(verdict.findings.filter(({ certainty }) => certainty === 'proven')).toMatchObject([
    {
      diagnosis: 'node-firewall',
      title: expect.stringContaining('drops what the overlay sends it (UDP 8472): chain inet site fwd'),
      object: { kind: 'Node', name: 'worker-1' },
    },
  ]);
});

test('a stand-in of a client is to policies that client: a rule that stops it is behind them, and is not theirs', () => {
  const admitted = checkoutCluster(
    policy({
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } },
                podSelector: { matchLabels: { app: 'checkout' } },
              },
            ],
          },
        ],
      },
    }),
  );
  const asked = { cluster: admitted, target: serviceOnly({ from: askedByCheckout }) };
  const own = run(asked).plan.paths.find(
    ({ from, to }) => from.startsWith('as:') && to.kind === 'backend' && to.node === 'worker-1',
  );
  const [id, pod] = [own?.id ?? '', own !== undefined && 'address' in own.to ? own.to.address : ''];
  const stopped = packet(id, [
    ...arrived('10.244.3.77', pod, 8080),
    `inet site fwd rule ip daddr ${pod} jump closed # handle 4 (verdict jump closed)`,
    'inet site closed rule counter packets 3 bytes 180 drop # handle 5 (verdict drop)',
  ]);
  const told = (standIns: StandIn[] | undefined) => {
    const traces = { ...ruleTraces([id], { 'worker-1': [stopped, stopped] }, CHAINS), standIns };
    const { findings } = diagnose({ ...asked, breaks: [filtered], over: { ruleTraces: traces } });
    const traced = findings.flatMap(({ evidence }) => evidence.flatMap(({ trace }) => trace?.owner ?? []));
    return traced.map(({ object }) => object?.kind ?? null);
  };
  expect(told(undefined)).toEqual(['NetworkPolicy']);
  expect(told([{ of: { namespace: checkout.namespace, name: checkout.name }, addresses: ['10.244.3.77'] }])).toEqual([
    null,
  ]);
});
