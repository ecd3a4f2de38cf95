import { describe, expect, test } from 'vitest';
import { pod, slowEntries } from '../breaks.ts';
import { hello, sample, silent, times } from '../make.ts';
import type { Sample } from '../../../probes/wire.ts';
import { isToClosedPort } from '../../../src/model/plan.ts';
import { diagnose, findingOf, isPod, run, serviceOnly, web, wellAnswered } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'lost-syn';
const [first, second] = web;
if (first === undefined || second === undefined) throw new Error('the shop has two pods');

const after = (retransmissions: number, connectMs: number) => () =>
  times(4, () =>
    sample({
      connectMs,
      firstByteMs: 2,
      status: 200,
      synRetransmissions: retransmissions,
      counters: { 'TcpExt.TCPSynRetrans': retransmissions },
    }),
  );
/** The last connect of each path loses its first SYN, as chance would have it. */
const atTimes = () => [...times(3, () => sample({ connectMs: 0.4, status: 200 })), ...after(1, 1018)().slice(0, 1)];
let isFirst = true;
const once: Break = (path) => {
  if (path.to.kind !== 'backend' || !isFirst) return null;
  isFirst = false;
  return [...after(1, 1018)().slice(0, 1), ...times(3, () => sample({ connectMs: 0.4 }))];
};

const well = () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 });
const gone = () => silent({ synRetransmissions: 6 });

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['a pod that dies: nothing gets through any more', { breaks: [pod(first, () => [well(), well(), gone(), gone()])] }],
  ['one connect that never got through', { breaks: [pod(first, () => [well(), gone(), well(), well()])] }],
  ['a single connect needed a second SYN', { breaks: [once] }],
  ['nothing ever connects', { breaks: [pod(first), pod(second)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for([
  [1, 1018, '4'],
  [2, 2035, '4'],
  [3, 3069, '4'],
  [1, 1028, '0'],
  [2, 3041, '0'],
  [3, 7252, '0'],
] as const)(
  'speaking: %i retransmissions and a connect of %i ms on schedule %s',
  ([retransmissions, connectMs, linear]) => {
    const sysctls = { 'net.ipv4.tcp_syn_linear_timeouts': linear, 'net.ipv4.tcp_syn_retries': '6' };
    const breaks = [pod(first, after(retransmissions, connectMs)), pod(second, after(retransmissions, connectMs))];
    const hellos = run().plan.agents.map((agent) => hello(agent.id, { sysctls }));
    const finding = findingOf(id, { breaks, over: { hellos } });
    expect(finding).toMatchObject({ certainty: 'proven' });
    expect(JSON.stringify(finding?.evidence)).toContain(`${retransmissions} retransmission`);
  },
);

test('speaking, as a possibility: connects come at once or never, in turns, and too few for dead-parallel-path', () => {
  let isLeft = true;
  const onePath: Break = (path) => {
    if (!isPod(first, path) || !isLeft) return null;
    isLeft = false;
    return [gone(), well(), gone(), well()];
  };
  const finding = findingOf(id, { breaks: [onePath] });
  expect(finding).toMatchObject({ certainty: 'possible', object: { kind: 'Pod', name: 'web-1' } });
  expect(finding?.evidence.map(({ label }) => label)).toContain('Or');
});

test('speaking: one pod only is named by itself', () => {
  expect(findingOf(id, { breaks: [pod(first, after(1, 1018))] })).toMatchObject({
    object: { kind: 'Pod', name: 'web-1' },
  });
});

test('speaking: a pod that lost nothing in a few connects is not called clear of what its sibling suffers now and then', () => {
  expect(findingOf(id, { breaks: [pod(first, atTimes)] })).toMatchObject({
    object: { kind: 'Service', namespace: 'shop', name: 'web' },
  });
});

test('speaking, and no more than likely: the connects had no CPU meanwhile', () => {
  const starved = () => after(1, 1018)().map((each) => ({ ...each, cpuWaitMs: 600 }));
  const finding = findingOf(id, { breaks: [pod(first, starved), pod(second, starved)] });
  expect(finding).toMatchObject({ certainty: 'likely', wouldSettle: expect.stringContaining('CPU') });
});

test('no more than possible: a few connects to a server whose node had no CPU, which accepts late and drops SYNs too', () => {
  const waited = (each: Sample) => ({ ...each, cpuWaitMs: each.totalMs / 2 });
  const starved: Break = (path, from) => wellAnswered(path, from).map(waited);
  const late: Break = (path, from) =>
    isPod(first, path) && from.id === 'control@worker-3' && !isToClosedPort(path)
      ? [...after(1, 1018)().slice(0, 2), ...wellAnswered(path, from)].slice(0, 4).map(waited)
      : null;
  expect(findingOf(id, { target: serviceOnly(), breaks: [late] })?.certainty).not.toBe('possible');
  expect(['possible', undefined]).toContain(
    findingOf(id, { target: serviceOnly(), breaks: [late, starved] })?.certainty,
  );
});

describe('a filter that lets through a few SYNs a second of all that come to a pod', () => {
  /** Of the six sources one gets through once, by a late SYN; of the others none does. */
  const limited =
    (share: number): Break =>
    (path, from) => {
      if (!isPod(first, path) || isToClosedPort(path)) return null;
      if (from.node !== 'worker-2') return [gone(), gone(), gone()];
      const passing = Math.round(share * 10);
      return [...times(10 - passing, gone), ...after(1, 1018)().slice(0, 1), ...times(passing, well)];
    };

  test('speaking: what never got through, and what the proxies make of it, are of the same making', () => {
    const finding = findingOf(id, { breaks: [limited(0), slowEntries] });
    expect(finding).toMatchObject({ certainty: 'proven', explains: 1, object: { kind: 'Pod', name: 'web-1' } });
  });

  test('speaking, and not as a mere possibility: most connects never get through, which no lack of CPU makes', () => {
    const waited = (each: Sample) => ({
      ...each,
      cpuWaitMs: each.outcome.kind === 'answered' ? 0.27 * each.totalMs : 0,
    });
    const busy: Break = (path, from) => (limited(0)(path, from, null) ?? wellAnswered(path, from)).map(waited);
    expect(findingOf(id, { breaks: [busy] })).toMatchObject({ certainty: 'likely' });
  });

  test("a question by UDP that is not answered there is no SYN: it stays somebody else's, or open", () => {
    const unanswered: Break = ({ to, probe }) =>
      to.kind === 'dns-server' && to.node === 'worker-1' && probe.kind === 'dns' && probe.transport === 'udp'
        ? times(4, () => silent({ phase: 'dns', waitedMs: 5000 }))
        : null;
    const { findings, notMeasured } = diagnose({ breaks: [limited(0), unanswered] });
    expect(findings.map(({ diagnosis }) => diagnosis)).toContain(id);
    const others = findings.filter(({ diagnosis }) => diagnosis !== id);
    expect(JSON.stringify([others, notMeasured])).toContain('10.244.1.53');
  });

  test('speaking: where most get through, silence from elsewhere is of another making', () => {
    const breaks = [limited(0.8), slowEntries];
    expect(findingOf(id, { breaks })?.explains ?? 0).toBeLessThan(1);
    expect(JSON.stringify(diagnose({ breaks }).notMeasured)).toContain('connects unanswered');
  });
});
