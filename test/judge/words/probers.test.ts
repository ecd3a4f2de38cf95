import { expect, test } from 'vitest';
import { probersOf } from '../../../src/judge/words/probers.ts';
import type { Recording } from '../../../src/model/recording.ts';
import { on, path, sample, times, to } from '../make.ts';
import { run } from '../world.ts';

const ENTRY = path('control@worker-1', to.entry());
const OTHER = path('host@worker-1', to.entry());
const LOCAL = path('local@', to.entry());

function recorded(...told: [typeof ENTRY, { lateMs: number; ownCpuMs?: number }[]][]): Recording {
  const world = run();
  return {
    ...world,
    plan: { ...world.plan, paths: told.map(([each]) => each) },
    samples: told.flatMap(([each, all]) =>
      on(
        each,
        all.map((over) => sample(over)),
      ),
    ),
  };
}

test('each node has the CPU of all its agents, and how late its attempts began', () => {
  const late = times(99, sample).map(() => ({ lateMs: 1, ownCpuMs: 120 }));
  const recording = recorded([ENTRY, [...late, { lateMs: 40, ownCpuMs: 130 }]], [OTHER, [{ lateMs: 1, ownCpuMs: 70 }]]);
  expect(probersOf(recording)).toEqual([
    { node: 'worker-1', agents: 2, attempts: 101, cpuMs: 200, late: { p50Ms: 1, p99Ms: 1 } },
  ]);
});

test('this machine has no node, and what no agent told is not made up', () => {
  expect(probersOf(recorded([LOCAL, [{ lateMs: 0.25 }]]))).toEqual([
    { node: null, agents: 1, attempts: 1, cpuMs: null, late: { p50Ms: 0.25, p99Ms: 0.25 } },
  ]);
});

test('nothing was tried', () => {
  expect(probersOf(recorded())).toEqual([]);
});
