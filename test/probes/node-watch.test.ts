import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readNodeFacts } from '../../probes/node-facts.ts';
import { watchNode } from '../../probes/node-watch.ts';
import type { NodeFacts } from '../../probes/wire.ts';

const still = readNodeFacts({ text: () => null, list: () => null });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Told while `dropped` is what the kernel has dropped by then. */
function watch(dropped: readonly number[]): NodeFacts[] {
  const told: NodeFacts[] = [];
  let reading = 0;
  const stop = watchNode(
    (facts) => told.push(facts),
    () => ({ ...still, counters: { 'Conntrack.drop': dropped[reading++] ?? dropped.at(-1) ?? 0 } }),
  );
  vi.advanceTimersByTime(2000 * (dropped.length - 2) + 100);
  stop();
  vi.advanceTimersByTime(60_000);
  return told;
}

test('where nothing is dropped it is told twice', () => {
  expect(watch([3, 3, 3, 3, 3]).map(({ when }) => when)).toEqual(['start', 'end']);
});

test('what was dropped is told within two seconds, and once', () => {
  const told = watch([0, 0, 7, 7, 7]);
  expect(told.map(({ when, counters }) => [when, counters['Conntrack.drop']])).toEqual([
    ['start', 0],
    ['trouble', 7],
    ['end', 7],
  ]);
});
