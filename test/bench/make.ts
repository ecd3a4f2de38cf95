import type { Result } from '../../bench/results.ts';

/** A trial of lost-syn that was right. */
export function result(over: Partial<Result> = {}): Result {
  return {
    scenario: 'lost-syn',
    run: 1,
    machine: 'quiet',
    expected: 'lost-syn',
    found: 'lost-syn',
    wrong: [],
    labMs: 1000,
    diagnoseMs: 4000,
    at: '2026-01-02T03:00:00.000Z',
    kprobe: '0.1.0',
    revision: 'abc1234',
    kernel: '6.18.0',
    ...over,
  };
}
