import { describe, expect, test } from 'vitest';
import { limitsOf } from '../../src/measure.ts';
import type { Progress } from '../../src/model/progress.ts';
import type { SweepTarget } from '../../src/model/sweep.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { readExpectation } from '../../src/sweep/expectations.ts';
import { type Candidate, candidatesOf } from '../../src/sweep/candidates.ts';
import { lookTwice } from '../../src/sweep/look-twice.ts';
import { targetReport } from '../../src/sweep/target-report.ts';
import { serviceTarget, silent } from '../judge/make.ts';
import { serviceOnly, shopCluster } from '../judge/world.ts';
import { type Script, ScriptedCluster } from './scripted-agents.ts';

function candidate(number: number, expect: readonly string[] = []): Candidate {
  const service = serviceTarget({ name: `web-${number}`, clusterIp: `10.96.7.${number}` });
  const target = serviceOnly({ input: `svc/web-${number}`, service });
  const asked: SweepTarget = {
    key: `shop/svc/web-${number}`,
    target: `svc/web-${number}`,
    namespace: 'shop',
    from: null,
    slowAfterMs: 200,
    expect: expect.flatMap((text) => readExpectation(text) ?? []),
  };
  const settings = { run: 'r', deadlineMs: 60_000, hostVantages: true };
  const [made] = candidatesOf([{ asked, target }], () => makePlan(shopCluster(), target, settings));
  return made!;
}

interface Given {
  readonly candidates: readonly Candidate[];
  readonly script: Script;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

async function look({ candidates, script, timeoutMs = 60_000, signal = new AbortController().signal }: Given) {
  const cluster = new ScriptedCluster(script);
  const told: Progress[] = [];
  const began = Date.now();
  const looked = await lookTwice({
    client: cluster.client(),
    cluster: shopCluster(),
    candidates,
    budget: { probesPerSecondPerNode: 20, pods: 60 },
    run: 'ab12',
    image: null,
    bundle: '// agent',
    limits: limitsOf(timeoutMs, signal),
    startedAt: new Date(began),
    leftMs: () => began + timeoutMs - Date.now(),
    reportProgress: (progress) => told.push(progress),
  });
  const reports = candidates.map(({ asked }) => targetReport(asked, looked.outcomes.get(asked.key)!));
  return { cluster, told, looked, reports };
}

const well: Script = () => ({});
const isTo =
  (address: string): ((schedule: Parameters<Script>[0]) => boolean) =>
  ({ path }) =>
    path.includes(`> ${address}:`);
const runsOf = (cluster: ScriptedCluster) => [...new Set(cluster.carriedOut.map(({ run }) => run))];
const pods = (cluster: ScriptedCluster) => cluster.calls.filter((call) => call.startsWith('create pods'));

describe('what a sweep is planned from', () => {
  test('of a target that is healthy no more than the first look is kept, and its whole plan is made but once', () => {
    let made = 0;
    const { asked, target, plan } = candidate(1);
    const [one] = candidatesOf([{ asked, target }], () => {
      made += 1;
      return plan();
    });
    expect(one!.screen.paths.length).toBeLessThan(plan().paths.length);
    expect(made).toBe(1);
    expect(one!.plan()).toEqual(plan());
  });
});

describe('two looks', () => {
  test('are one where everybody is healthy', async () => {
    const { cluster, reports, looked } = await look({ candidates: [candidate(1), candidate(2)], script: well });
    expect(reports.map(({ state }) => state)).toEqual(['healthy', 'healthy']);
    expect(pods(cluster).every((call) => call.includes('kprobe-ab12a-'))).toBe(true);
    expect(pods(cluster)).toHaveLength(looked.pods);
    expect(cluster.names('pods')).toEqual([]);
    expect(cluster.names('configmaps')).toEqual([]);
  });

  test('take the second one only at those who did not look healthy', async () => {
    const isBad = isTo('10.96.7.2');
    const { cluster, reports, told } = await look({
      candidates: [candidate(1), candidate(2), candidate(3)],
      script: (schedule) => (isBad(schedule) ? silent() : {}),
    });
    expect(reports.map(({ state }) => state === 'healthy')).toEqual([true, false, true]);
    const second = cluster.carriedOut.slice(pods(cluster).findIndex((call) => call.includes('kprobe-ab12b-')));
    const asked = second
      .flatMap(({ schedules }) => schedules.map(({ path }) => path))
      .filter((path) => path.includes('10.96.7.'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((path) => path.includes('10.96.7.2:'))).toBe(true);
    const keys = told.flatMap((each) => (each.kind === 'target' ? [each.key] : []));
    expect(new Set(keys)).toEqual(new Set(['shop/svc/web-1', 'shop/svc/web-2', 'shop/svc/web-3']));
    expect(cluster.names('pods')).toEqual([]);
  }, 20_000);

  test('forgive what is not seen again, and say so', async () => {
    const seen = new Set<string>();
    const { reports } = await look({
      candidates: [candidate(1)],
      script: ({ path }, { run }) => {
        const isFirst = seen.size === 0 && path.includes('10.96.7.1:');
        if (isFirst) seen.add(run);
        return isFirst ? silent() : {};
      },
    });
    expect(reports[0]).toMatchObject({
      state: 'healthy',
      says: expect.stringMatching(/of a first look were not seen again$/),
    });
    expect(reports[0]?.latency?.lost.share).toBeGreaterThan(0);
  }, 20_000);

  test('leave a target that should be unreachable, and is, at the first', async () => {
    const isShut = isTo('10.96.7.1');
    const { cluster, reports } = await look({
      candidates: [candidate(1, ['unreachable'])],
      script: (schedule) => (isShut(schedule) ? silent() : {}),
    });
    expect(reports[0]).toMatchObject({
      state: 'healthy',
      says: 'unreachable, as expected: 0 of 9 attempts answered; policies do not tell: nothing is known to stand at the far end',
    });
    expect(pods(cluster).every((call) => call.includes('kprobe-ab12a-'))).toBe(true);
  });

  test('try more where an expectation was missed, before anybody is told', async () => {
    let series = 0;
    const { reports } = await look({
      candidates: [candidate(1, ['p90 < 50ms'])],
      // One vantage had a bad moment: 3 of 9 attempts, of 27 in the end.
      script: (schedule) => (isTo('10.96.7.1')(schedule) && (series += 1) === 1 ? { totalMs: 80 } : {}),
    });
    expect(reports[0]?.latency?.attempts).toBe(27);
    expect(reports[0]).toMatchObject({ state: 'healthy', expectations: [{ met: null }] });
  }, 20_000);
});

describe('a sweep that is stopped', () => {
  test('tells what it has', async () => {
    const stop = new AbortController();
    const { reports, cluster } = await look({
      candidates: [candidate(1), candidate(2)],
      // One target is answered, the other never; the user has enough.
      script: (schedule) => {
        if (!isTo('10.96.7.2')(schedule)) return {};
        setTimeout(() => stop.abort(), 200);
        return null;
      },
      signal: stop.signal,
    });
    expect(reports.map(({ state }) => state)).toEqual(['healthy', 'inconclusive']);
    expect(cluster.names('pods')).toEqual([]);
  }, 20_000);

  test('before anything was measured has nothing to tell of anybody', async () => {
    const { reports, cluster } = await look({ candidates: [candidate(1)], script: well, signal: AbortSignal.abort() });
    expect(reports.map(({ state, verdict }) => [state, verdict])).toEqual([['unmeasured', null]]);
    expect(cluster.names('pods')).toEqual([]);
  }, 20_000);
});

test('no candidates at all make no pods', async () => {
  const { cluster, looked } = await look({ candidates: [], script: well });
  expect(pods(cluster)).toEqual([]);
  expect(looked).toMatchObject({ pods: 0, attempts: 0, notes: [] });
});

test('pods that are refused are told of, target by target', async () => {
  const cluster = new ScriptedCluster(well);
  cluster.mood = (verb, plural) =>
    verb === 'create' && plural === 'configmaps'
      ? { status: 403, reason: 'Forbidden', message: 'violates quota' }
      : null;
  const began = Date.now();
  const candidates = [candidate(1)];
  const looked = await lookTwice({
    client: cluster.client(),
    cluster: shopCluster(),
    candidates,
    budget: { probesPerSecondPerNode: 20, pods: 60 },
    run: 'ab12',
    image: null,
    bundle: '// agent',
    limits: limitsOf(30_000, new AbortController().signal),
    startedAt: new Date(began),
    leftMs: () => began + 30_000 - Date.now(),
    reportProgress: () => undefined,
  });
  const report = targetReport(candidates[0]!.asked, looked.outcomes.get('shop/svc/web-1')!);
  expect(report).toMatchObject({ state: 'unmeasured', says: expect.stringContaining('violates quota') });
}, 20_000);

test('the runs of one sweep are two, so that their pods never meet', async () => {
  const { cluster } = await look({
    candidates: [candidate(1)],
    script: (schedule) => (isTo('10.96.7.1')(schedule) ? silent() : {}),
  });
  expect(runsOf(cluster)).toEqual(['r']);
  expect(new Set(pods(cluster).map((call) => call.slice('create pods kprobe-'.length).split('-')[0]))).toEqual(
    new Set(['ab12a', 'ab12b']),
  );
}, 20_000);
