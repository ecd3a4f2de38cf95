import { expect, onTestFinished, test, vi } from 'vitest';
import { requestRate } from '../../src/api/request-rate.ts';

const never = new AbortController().signal;
/** Timers of Node's may fire a millisecond early. */
const EARLY_MS = 5;

/** When each of so many requests, asked for at once, was let go, milliseconds, in the order of asking. */
async function turns(count: number, rate: ReturnType<typeof requestRate>): Promise<number[]> {
  const begun = performance.now();
  return Promise.all(
    Array.from({ length: count }, async () => {
      await rate.turn(never);
      return performance.now() - begun;
    }),
  );
}

/** None of them went before it was due: a busy machine only makes them later. */
function expectNoneEarly(went: readonly number[], due: readonly number[]): void {
  expect(went.map((at, position) => at >= (due[position] ?? 0) - EARLY_MS)).toEqual(due.map(() => true));
}

test('a few go at once, the others at their rate', async () => {
  const went = await turns(6, requestRate({ aSecond: 20, atOnce: 3 }));
  expectNoneEarly(went, [0, 0, 0, 50, 100, 150]);
  expect(went[2]).toBeLessThan(went[5] ?? 0);
});

test('after a rest none comes early, and none comes in a burst', async () => {
  const rate = requestRate({ aSecond: 20, atOnce: 3 });
  rate.rest(100);
  expectNoneEarly(await turns(3, rate), [150, 200, 250]);
});

test('who has not asked for a while may ask a few times at once again, and no more often', async () => {
  let skippedMs = 0;
  const rate = requestRate({ aSecond: 20, atOnce: 3 }, () => performance.now() + skippedMs);
  await turns(3, rate);
  skippedMs = 60_000;
  expectNoneEarly(await turns(4, rate), [0, 0, 0, 50]);
});

test('after a moment without a CPU no more go at once than ever', async () => {
  const rate = requestRate({ aSecond: 20, atOnce: 3 });
  await turns(3, rate);
  const begun = performance.now();
  const waiting = turns(6, rate);
  // Nothing of this process runs, its timers neither.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  const stalledMs = performance.now() - begun;
  const went = await waiting;
  expectNoneEarly(
    went.map((at) => at - stalledMs),
    [0, 0, 0, 50, 100, 150],
  );
});

test('who is not wanted any more waits for nothing', async () => {
  const rate = requestRate({ aSecond: 0.1, atOnce: 1 });
  await rate.turn(never);
  const begun = performance.now();
  await rate.turn(AbortSignal.timeout(20));
  expect(performance.now() - begun).toBeLessThan(5000);
});

test('nothing keeps the process alive for those who have left', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const rate = requestRate({ aSecond: 20, atOnce: 1 });
  rate.rest(60_000);
  const leaving = new AbortController();
  const left = Promise.all([rate.turn(leaving.signal), rate.turn(leaving.signal)]);
  expect(vi.getTimerCount()).toBe(1);
  leaving.abort();
  await left;
  expect(vi.getTimerCount()).toBe(0);
});
