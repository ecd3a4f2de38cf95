import { describe, expect, test } from 'vitest';
import { check, readExpectation } from '../../src/sweep/expectations.ts';
import { type Felt, latencyOf, percentileOf } from '../../src/sweep/latency.ts';

/** `[3, 3, 900]` answered in these milliseconds, and so many lost. */
const felt = (answeredMs: readonly number[], unanswered = 0): Felt => ({ answeredMs, unanswered });
const quick = (count: number) => Array.from({ length: count }, () => 3);
const asked = (text: string) => readExpectation(text)!;

describe('an expectation', () => {
  test.for([
    ['p99 < 50ms', felt(quick(12)), true, 'p99 3 ms; 0 of 12 attempts not below 50 ms'],
    ['p99 < 50ms', felt([...quick(9), 80, 80, 80]), false, 'p99 80 ms; 3 of 12 attempts not below 50 ms'],
    ['p99 < 50ms', felt(quick(9), 3), false, 'p99 no answer; 3 of 12 attempts not below 50 ms'],
    ['p50 < 50ms', felt([...quick(9), 80, 80, 80]), true, 'p50 3 ms; 3 of 12 attempts not below 50 ms'],
    ['p50 < 50ms', felt([3, 3, 80, 80, 80]), null, 'p50 80 ms; 3 of 5 attempts not below 50 ms'],
    ['p90 < 50ms', felt([3, 80]), null, 'p90 80 ms; 1 of 2 attempts not below 50 ms'],
    ['p90 < 0.05s', felt([...quick(16), 80, 80]), null, 'p90 80 ms; 2 of 18 attempts not below 50 ms'],
    ['loss < 1%', felt(quick(12)), true, '0 of 12 lost (0 to 24 %)'],
    ['loss < 1%', felt(quick(9), 3), false, '3 of 12 lost (8.9 to 53 %)'],
    ['loss < 5%', felt(quick(11), 1), null, '1 of 12 lost (1.5 to 35 %)'],
    ['loss < 70%', felt([], 12), false, '12 of 12 lost (76 to 100 %)'],
    ['unreachable', felt([], 12), true, '0 of 12 attempts answered'],
    ['unreachable', felt([3], 11), false, '1 of 12 attempts answered'],
    ['unreachable', felt([]), null, 'not measured'],
    ['reachable', felt([]), null, 'not measured'],
    ['reachable', felt([], 3), false, '0 of 3 attempts answered'],
    ['reachable', felt([], 1), false, '0 of 1 attempts answered'],
    ['reachable', felt([3, 3], 2), false, '2 of 4 attempts answered'],
    ['reachable', felt(quick(11), 1), null, '11 of 12 attempts answered'],
    ['reachable', felt([3, 9000]), true, '2 of 2 attempts answered'],
    ['p99 < 50ms', felt([]), null, 'not measured'],
  ] as const)('%s of %o is met: %s', ([text, given, met, measured]) => {
    expect(check(asked(text), given)).toEqual({ says: text, met, measured });
  });
});

describe('what is none', () => {
  test.for([
    '',
    'p99',
    'p99 < 0ms',
    'p99 > 50ms',
    'p42 < 5ms',
    'p99 < 50',
    'p99 < -5ms',
    'loss < 100%',
    'loss < 1',
    'reached',
    'p99 < 50ms; loss < 1%',
  ])('%s', (text) => expect(readExpectation(text)).toBeNull());
});

describe('latency', () => {
  test('of nothing is nothing', () => expect(latencyOf(felt([]))).toBeNull());

  test('of nothing answered has no percentiles', () => {
    expect(latencyOf(felt([], 4))).toEqual({ attempts: 4, percentiles: null, lost: { share: 1, interval: [0.51, 1] } });
  });

  test.for([
    [50, 5],
    [90, 9],
    [99, 10],
    [99.9, 10],
  ] as const)('percentile %d of 1 to 10 is %d', ([percentile, value]) => {
    expect(percentileOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percentile)).toBe(value);
  });
});
