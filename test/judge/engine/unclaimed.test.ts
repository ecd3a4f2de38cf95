import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { judge } from '../../../src/judge/judge.ts';
import { dnsTimeout, pod, slowEntries, unanswered } from '../breaks.ts';
import { controller, dnsAnswer, policy, refused, sample, silent, times } from '../make.ts';
import {
  askedByCheckout,
  checkoutCluster,
  diagnose,
  run,
  serviceOnly,
  shopCluster,
  web,
  wellAnswered,
} from '../world.ts';
import type { Break } from '../world.ts';

const between: Break = (_path, from, to) => (from.kind === 'host' && to?.kind === 'host' ? unanswered() : null);

test('a delay that no diagnosis explains is inconclusive, and the timers that it fits are named', () => {
  const unknown = shopCluster({ controllers: [controller({ connectTimeoutMs: null })] });
  const { status, notMeasured } = diagnose({ cluster: unknown, breaks: [slowEntries] });
  expect(status).toBe('inconclusive');
  expect(notMeasured[0]).toMatchObject({
    what: expect.stringContaining('the cause of'),
    because: expect.stringContaining('nginx proxy-connect-timeout'),
  });
});

test('paths of our own that fail without a finding are never passed over', () => {
  const { status, notMeasured } = diagnose({ breaks: [between] });
  expect(status).toBe('inconclusive');
  expect(notMeasured.length).toBeGreaterThan(0);
});

test('a single path of our own that fails is never passed over', () => {
  const one: Break = (path, from, to) =>
    from.id === 'host@worker-1' && to?.id === 'host@worker-2' ? between(path, from, to) : null;
  expect(diagnose({ breaks: [one] }).status).toBe('inconclusive');
});

/** The second of its attempts is lost, the others are answered: not the first, which a newborn pod may lose. */
function losesOne(...ids: readonly [from: string, to: string][]): Break {
  return (path, from, to) => {
    if (!ids.some(([one, other]) => from.id === one && to?.id === other)) return null;
    const [first, ...others] = wellAnswered(path, from);
    return first === undefined ? [] : [first, silent(), ...others];
  };
}

test('one lost attempt on one path of our own is chance', () => {
  expect(diagnose({ breaks: [losesOne(['host@worker-1', 'host@worker-2'])] }).status).toBe('healthy');
});

test('lost attempts on several paths of our own, one on each, are no chance', () => {
  const scattered = losesOne(['host@worker-1', 'host@worker-2'], ['host@worker-2', 'host@worker-1']);
  const { status, notMeasured } = diagnose({ breaks: [scattered] });
  expect(status).toBe('inconclusive');
  expect(notMeasured.filter(({ what }) => what.startsWith('the cause of: '))).toHaveLength(2);
});

test("a client whose policy keeps it from kprobe's own controls is well where what was asked answers", () => {
  const egress = policy({
    namespace: 'pay',
    name: 'only-shop-and-dns',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [
        {
          to: ['shop', 'kube-system'].map((name) => ({
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
          })),
        },
      ],
    },
  });
  const kept: Break = (_path, from, to) => (from.kind === 'twin' && to?.kind === 'control' ? unanswered() : null);
  const target = serviceOnly({ from: askedByCheckout });
  expect(diagnose({ cluster: checkoutCluster(egress), target, breaks: [kept] }).status).toBe('healthy');
});

test('a Service that fails is not excused by a policy that its endpoints show not to hold', () => {
  const silent: Break = (path, from) => (path.to.kind === 'service' && from.kind === 'host' ? unanswered() : null);
  const { status, findings, notMeasured } = diagnose({
    cluster: shopCluster({ networkPolicies: [policy()] }),
    breaks: [silent],
  });
  expect(status).not.toBe('healthy');
  const told = [...findings.flatMap(({ title }) => title), ...notMeasured.map(({ what }) => what)];
  expect(told.filter((each) => each.includes('web'))).not.toEqual([]);
});

test('a client whose policy lets it ask by UDP only is not called healthy', () => {
  const dns = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } };
  const shop = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } };
  const egress = policy({
    namespace: 'pay',
    name: 'forgets-tcp',
    spec: {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [shop] }, { to: [dns], ports: [{ protocol: 'UDP', port: 53 }] }],
    },
  });
  const kept: Break = (path, from, to) =>
    from.kind === 'twin' && (to?.kind === 'control' || (path.probe.kind === 'dns' && path.probe.transport === 'tcp'))
      ? unanswered()
      : null;
  const target = serviceOnly({ from: askedByCheckout });
  const { status, notMeasured, findings } = diagnose({ cluster: checkoutCluster(egress), target, breaks: [kept] });
  expect(status).not.toBe('healthy');
  expect(findings.length + notMeasured.length).toBeGreaterThan(0);
});

test('of timers that fit equally often, the order does not depend on that of samples', () => {
  const late: Break = (path, from) =>
    path.to.kind === 'entry'
      ? times(3, () => sample({ connectMs: 0.4, firstByteMs: from.id === 'local' ? 5003 : 213, status: 200 }))
      : null;
  const recording = run({ breaks: [late] });
  const because = (samples: readonly Sample[]) => judge({ ...recording, samples }).notMeasured[0]?.because;
  expect(because(recording.samples.toReversed())).toBe(because(recording.samples));
});

test('of ways to fail that are as frequent, the order does not depend on that of samples', () => {
  const cut: Break = (path, from) =>
    path.to.kind === 'entry' && path.to.node === 'worker-1' && from.kind === 'control'
      ? from.node === 'worker-1'
        ? times(3, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 404 }))
        : unanswered()
      : null;
  const recording = run({ breaks: [cut] });
  const saysIn = (samples: readonly Sample[]) =>
    judge({ ...recording, samples }).findings.flatMap(({ evidence }) => evidence.map(({ says }) => says));
  expect(saysIn(recording.samples).length).toBeGreaterThan(0);
  expect(saysIn(recording.samples.toReversed())).toEqual(saysIn(recording.samples));
});

test('DNS that loses half of its answers is never passed over', () => {
  const half: Break = (path) =>
    path.to.kind === 'dns-server' && path.to.service !== null
      ? [dnsAnswer(), ...dnsTimeout().slice(0, 2), dnsAnswer()]
      : null;
  expect(diagnose({ breaks: [half] }).status).toBe('inconclusive');
});

test('a port that is filtered on the way to a node is neither a dead endpoint nor a policy', () => {
  const filtered: Break = (path) =>
    'port' in path.to && path.to.port === 8080 && 'node' in path.to && path.to.node === 'worker-2'
      ? unanswered()
      : null;
  expect(diagnose({ breaks: [filtered] }).findings.filter(({ certainty }) => certainty === 'proven')).toEqual([]);
});

test.for([
  ['one answer in twenty that is a little late is told, and healthy', 300, 'healthy'],
  ['one answer in twenty that takes seconds is not healthy', 3000, 'inconclusive'],
] as const)('%s', ([, firstByteMs, status]) => {
  let isFirst = true;
  const once: Break = (path) => {
    if (path.to.kind !== 'entry' || !isFirst) return null;
    isFirst = false;
    return [
      sample({ connectMs: 0.4, firstByteMs, status: 200 }),
      ...times(3, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
    ];
  };
  const verdict = diagnose({ breaks: [once] });
  expect(verdict.status).toBe(status);
  expect(verdict.notMeasured[0]?.what).toContain('1 of 1');
});

test('an agent that never reported is said', () => {
  expect(diagnose({ over: { hellos: [] } }).notMeasured.map((limitation) => limitation.what)).toContain(
    'the view of control@worker-1',
  );
});

test('a container that stays in a pod takes nothing from a healthy verdict', () => {
  const limitation = { what: 'removing container kprobe-1 from pay/checkout-1', because: 'it stays listed' };
  const target = serviceOnly({ from: askedByCheckout });
  const pods = { cluster: checkoutCluster(policy({ namespace: 'other' })), target, inside: true };
  const verdict = diagnose({ ...pods, over: { limitations: [limitation] } });
  expect(verdict.status).toBe('healthy');
  expect(verdict.notMeasured).toContainEqual(limitation);
  expect(verdict.paths.some(({ from }) => from.identity === 'pay/checkout-1')).toBe(true);
});

test('an entry all of whose failures a finding explains is not told as open beside it', () => {
  const gateway: Break = ({ to }) =>
    to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 502 })) : null;
  const breaks = [...web.map((each) => pod(each, () => times(3, refused))), gateway];
  const verdict = diagnose({ breaks });
  expect(verdict.findings).toMatchObject([{ diagnosis: 'refused-connection', explains: 1 }]);
  expect(verdict.notMeasured).toEqual([]);
});

test.for([
  ['late answers to a prober without a CPU are not called healthy', 4, 'inconclusive'],
  ['a few of them are', 1, 'healthy'],
] as const)('%s', ([, late, status]) => {
  const starved: Break = ({ to }) =>
    to.kind === 'entry'
      ? [
          ...times(late, () => sample({ connectMs: 0.4, firstByteMs: 900, status: 200, cpuWaitMs: 700 })),
          ...times(4 - late, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
        ]
      : null;
  expect(diagnose({ breaks: [starved] }).status).toBe(status);
});

test('a step that is late each time is not called healthy because others are in time and a CPU was busy', () => {
  const starved = { connectMs: 0.4, firstByteMs: 900, status: 200, cpuWaitMs: 700, cpuPressure: 0.9 };
  const oneEntry: Break = ({ to }) =>
    to.kind === 'entry' && to.node === 'worker-2' ? times(4, () => sample(starved)) : null;
  const { status, findings, notMeasured } = diagnose({ breaks: [oneEntry] });
  expect(status).toBe('inconclusive');
  expect(findings).toEqual([]);
  expect(notMeasured).toContainEqual(
    expect.objectContaining({ because: expect.stringContaining('none of 4 answers came in good time') }),
  );
});

test.each([
  ['while pods of kprobe still started, and never after,', 1500, 'healthy'],
  ['once all of them had spoken', 500, 'inconclusive'],
] as const)("one answer of a busy node on the proxy's timer %s", (_, spokenMs, status) => {
  const answer = (firstByteMs: number) => sample({ connectMs: 0.4, firstByteMs, status: 200, cpuPressure: 0.95 });
  const once: Break = ({ from, to }) =>
    from === 'local' && to.kind === 'entry' && to.node === 'worker-1' ? [2, 5003, 2, 2, 2, 2].map(answer) : null;
  const told = run({ breaks: [once] });
  const hellos = told.hellos.map((each) => ({ ...each, at: each.at + spokenMs }));
  const { findings, status: judged } = judge({ ...told, hellos });
  expect([judged, findings.map(({ title }) => title)]).toEqual([status, []]);
});
