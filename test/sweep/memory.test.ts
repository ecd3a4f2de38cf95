import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { limitsOf } from '../../src/measure.ts';
import type { SweepReport } from '../../src/model/sweep.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { type Candidate, candidatesOf } from '../../src/sweep/candidates.ts';
import { lookTwice } from '../../src/sweep/look-twice.ts';
import { remember } from '../../src/sweep/remember.ts';
import { sweepReport as assembled } from '../../src/sweep/report.ts';
import { targetReport } from '../../src/sweep/target-report.ts';
import { serviceTarget, silent } from '../judge/make.ts';
import { serviceOnly, shopCluster } from '../judge/world.ts';
import { sweepReport } from '../render/sweeps.ts';
import { ScriptedCluster } from './scripted-agents.ts';

const SWEEPS = 100;
/** Until here, code is still being compiled and caches fill. */
const WARM_UP = 30;
/** A single recording of these sweeps is larger than this share of it. */
const MOST_GROWTH_BYTES_PER_SWEEP = 15_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function candidates(): Candidate[] {
  const targets = [1, 2, 3, 4].map((number) => {
    const service = serviceTarget({ name: `web-${number}`, clusterIp: `10.96.7.${number}` });
    const target = serviceOnly({ input: `svc/web-${number}`, service });
    const name = { key: `web-${number}`, target: `svc/web-${number}`, namespace: null, from: null };
    return { asked: { ...name, slowAfterMs: 200, expect: [] }, target };
  });
  const settings = { run: 'r', deadlineMs: 300_000, hostVantages: true };
  return candidatesOf(targets, (target) => makePlan(shopCluster(), target, settings));
}

/** One of four targets is dead, so that both looks are taken. Everything but the network and the pods is real. */
async function sweepOnce(before: SweepReport | null): Promise<SweepReport> {
  const all = candidates();
  const cluster = new ScriptedCluster(({ path }) => (path.includes('> 10.96.7.1:') ? silent() : {}));
  const startedAt = new Date();
  using limits = limitsOf(300_000, stop.signal);
  const looked = await lookTwice({
    client: cluster.client(),
    cluster: shopCluster(),
    candidates: all,
    budget: { probesPerSecondPerNode: 20, pods: 60 },
    run: 'ab12',
    image: null,
    bundle: '// agent',
    limits,
    startedAt,
    leftMs: () => 300_000,
    reportProgress: () => undefined,
  });
  const targets = all.map(({ asked }) => targetReport(asked, looked.outcomes.get(asked.key)!));
  const { cluster: id, series, run } = sweepReport();
  const report = assembled({ cluster: id, series, run, targets, notes: looked.notes });
  const history = { last: async () => before, add: async () => undefined, close: () => undefined };
  return await remember({ report, recordings: new Map() }, history);
}

/** As of a process that sweeps for days: one signal for all of them. */
const stop = new AbortController();

test('the heap does not grow with the number of sweeps', async () => {
  let last: SweepReport | null = null;
  const heap: number[] = [];
  for (let number = 0; number < SWEEPS; number += 1) {
    last = await sweepOnce(last);
    collectGarbage();
    heap.push(process.memoryUsage().heapUsed);
  }
  expect(last?.summary).toBe('4 targets: 1 inconclusive and 3 healthy');
  const settled = heap.slice(WARM_UP);
  const third = Math.floor(settled.length / 3);
  const least = (values: readonly number[]) => Math.min(...values);
  const growth = least(settled.slice(-third)) - least(settled.slice(0, third));
  expect(
    growth / (settled.length - third),
    `${heap.map((bytes) => Math.round(bytes / 1e5) / 10).join(' ')} MB`,
  ).toBeLessThan(MOST_GROWTH_BYTES_PER_SWEEP);
}, 120_000);
