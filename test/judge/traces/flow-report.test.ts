/** What `kprobe trace` makes of what tracers said: silent where nothing is wrong, and never more certain than it was seen. */
import { expect, test } from 'vitest';
import type { Sample, Tracing } from '../../../probes/wire.ts';
import { FlowTrace } from '../../../src/model/flow-trace.ts';
import { flowReport } from '../../../src/judge/traces/flow-report.ts';
import { run, serviceOnly } from '../world.ts';
import { arrived, forwarded, left, packet, ruleTraces } from '../traced.ts';

const { cluster, samples } = run({ target: serviceOnly() });
const [template] = samples;
const attempts = (...kinds: ('answered' | 'silent' | 'refused')[]): Sample[] =>
  kinds.flatMap((kind, attempt) => {
    const outcome: Sample['outcome'] =
      kind === 'silent'
        ? { kind, phase: 'connect', waitedMs: 3370, code: null }
        : kind === 'refused'
          ? { kind, phase: 'connect' }
          : { kind };
    return template === undefined ? [] : [{ ...template, attempt, outcome }];
  });
const CHAINS = [{ family: 'inet', table: 'site', chain: 'fwd', hook: 'forward', priority: 10 }];
const SYN = arrived('10.244.1.9', '10.244.2.7', 8080);
const OUTER = [
  'inet kprobe-1a2b outer0 packet: iif "eth0" ip saddr 10.0.0.1 ip daddr 10.0.0.2 udp sport 40151 udp dport 8472 udp length 90',
  'inet kprobe-1a2b outer0 rule limit rate 20/second burst 20 packets meta nftrace set 1 # handle 2 (verdict continue)',
];
const DROP = 'inet site fwd rule tcp dport 8080 counter packets 3 bytes 180 drop # handle 4 (verdict drop)';

function report(said: Parameters<typeof ruleTraces>[1], sent: Sample[]) {
  return flowReport({ ...ruleTraces(['p'], said, CHAINS), samples: sent }, cluster, []);
}

test('all answered, and all packets came through: healthy', () => {
  const through = packet('p', [...SYN, forwarded, left]);
  const found = report({ 'worker-1': [through], 'worker-2': [through] }, attempts('answered', 'answered'));
  expect(found).toMatchObject({ status: 'healthy', attempts: [{ outcome: 'answered', count: 2 }], notMeasured: [] });
  expect(found.ways.map(({ node, end }) => [node, end])).toEqual([
    ['worker-1', 'passed'],
    ['worker-2', 'passed'],
  ]);
});

test('a rule that drops it: hook, priority, chain, rule and node, and each packet is counted', () => {
  const dropped = packet('p', [...SYN, forwarded, DROP]);
  const found = report({ 'worker-2': [dropped, dropped] }, attempts('silent', 'silent'));
  expect(found.status).toBe('faulty');
  expect(found.summary).toMatch(
    /^worker-2: hook forward \(priority 10\), chain inet site fwd: “tcp dport 8080 counter drop” drops 2 of 2 packets/,
  );
  expect(found.ways).toMatchObject([
    {
      node: 'worker-2',
      end: 'dropped',
      packets: 2,
      steps: [{ hook: 'forward', priority: 10, table: 'site', handle: 4 }],
    },
  ]);
});

test("the overlay's packet that is dropped is told as such, after the packet that it carries", () => {
  const outer = { ...packet('p', [...OUTER, DROP.replace('fwd', 'under')]), isOuter: true };
  const found = report(
    { 'worker-1': [packet('p', [...SYN, forwarded, left])], 'worker-2': [outer] },
    attempts('silent'),
  );
  expect(found.status).toBe('faulty');
  expect(found.summary).toContain('drops 1 of 1 packets of the overlay, which carry the packets');
  expect(found.ways.map(({ node, layer, packet: { destinationPort } }) => [node, layer, destinationPort])).toEqual([
    ['worker-1', 'packet', 8080],
    ['worker-2', 'outer', 8472],
  ]);
});

test('all rules pass and the far end refuses: that is no rule', () => {
  const found = report({ 'worker-2': [packet('p', [...SYN, forwarded, left])] }, attempts('refused'));
  expect(found).toMatchObject({ status: 'faulty', summary: expect.stringContaining('refuses it (RST)') });
});

test('nothing was sent: that is said, and not that rules let it through unseen', () => {
  const found = report({ 'worker-1': [], 'worker-2': [] }, []);
  expect(found).toMatchObject({ status: 'inconclusive', summary: 'nothing was sent', attempts: [] });
});

test('all rules pass and nobody answers: not known', () => {
  const found = report({ 'worker-2': [packet('p', [...SYN, forwarded, left])] }, attempts('silent', 'silent'));
  expect(found).toMatchObject({ status: 'inconclusive', summary: expect.stringContaining('lost beyond these rules') });
});

test('sent on to what is no endpoint of the Service any more: the node is behind; to one that is, it is not', () => {
  const translated = (address: string) =>
    packet('p', [
      ...arrived('10.244.3.9', '10.96.0.80', 80),
      `ip kube-proxy endpoint-AB-shop/web/tcp/__x rule meta l4proto tcp dnat to ${address}:8080 # handle 7 (verdict accept)`,
      left,
    ]);
  const [endpoint = ''] = cluster.endpointSlices.flatMap(({ endpoints }) => endpoints.map(({ address }) => address));
  const stale = report({ 'worker-3': [translated('10.244.9.9')] }, attempts('silent', 'silent'));
  expect(stale).toMatchObject({ status: 'faulty' });
  expect(stale.summary).toMatch(
    /^worker-3: chain ip kube-proxy endpoint-AB.* 10\.244\.9\.9:8080, .* no endpoint of Service .*behind$/,
  );
  const fresh = report({ 'worker-3': [translated(endpoint)] }, attempts('silent', 'silent'));
  expect(fresh).toMatchObject({ status: 'inconclusive' });
});

test('last seen before routing: the kernel, not a rule', () => {
  const found = report({ 'worker-2': [packet('p', SYN)] }, attempts('silent'));
  expect(found).toMatchObject({ status: 'faulty', summary: expect.stringContaining('reverse path filter') });
});

const NOT_READY: readonly [Tracing['state'], RegExp][] = [
  ['no-right', /kprobe install --trace-rules grants it/],
  ['no-nft', /docker build --target trace/],
  ['old-nft', /need Linux 5\.12 and nft 0\.9\.9/],
  ['old-kernel', /need Linux 5\.12 and nft 0\.9\.9/],
  ['failed', /its tracer could not go on/],
];

test.for(NOT_READY)('%s: one clear line, and nothing is known', ([state, says]) => {
  const told = { type: 'tracing', state, says: 'so it is', legacyTables: [], ebpfInterface: null } as const;
  const found = report({ 'worker-1': [told], 'worker-2': [told] }, []);
  expect(found.status).toBe('inconclusive');
  expect(found.notMeasured).toMatchObject([
    { what: expect.stringMatching(/worker-1.*worker-2/), because: expect.stringMatching(says) },
  ]);
});

test('counters of what a trace passes over: told beside the line that says so', () => {
  const told = {
    type: 'tracing',
    state: 'ready',
    says: 'nft 1.0.6',
    legacyTables: ['ip filter'],
    ebpfInterface: null,
    counts: ['iptables-legacy'],
  } as const;
  const counted = {
    type: 'rule-counts',
    source: 'iptables-legacy',
    moved: [{ rule: 'ip filter: -A FORWARD -p tcp --dport 8080 -j DROP', packets: 4 }],
  } as const;
  const found = report({ 'worker-2': [told, counted, packet('p', SYN)] }, attempts('silent'));
  expect(found.counted).toEqual([
    {
      node: 'worker-2',
      source: 'iptables-legacy',
      rule: 'ip filter: -A FORWARD -p tcp --dport 8080 -j DROP',
      packets: 4,
    },
  ]);
  expect(found.notMeasured).toMatchObject([{ because: expect.stringContaining('read instead were the counters') }]);
});

test('the whole keeps its schema', () => {
  const found = report({ 'worker-2': [packet('p', [...SYN, forwarded, DROP])] }, attempts('silent'));
  const whole = {
    schema: 'kprobe/trace/v1',
    ...found,
    from: { node: 'worker-1', pod: null },
    to: { says: '10.244.2.7:8080', address: '10.244.2.7', port: 8080, protocol: 'tcp' },
    run: { kprobe: '0.1.0', startedAt: '2026-01-01T00:00:00.000Z', tookMs: 1 },
  };
  expect(FlowTrace.safeParse(whole).error).toBeUndefined();
});
