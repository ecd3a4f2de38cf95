import { expect, test } from 'vitest';
import { admittedAttempts } from '../../src/experiments/request-limits.ts';
import type { RequestLimit } from '../../src/model/cluster.ts';
import { entry, route } from '../judge/make.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { shopCluster, shopTarget } from '../judge/world.ts';

const VANTAGES = 4;
const limit: RequestLimit = { setting: 'limit-rps', per: 'client', requests: 1, inMs: 1000, atOnce: 6 };
const perMinute: RequestLimit = { ...limit, setting: 'limit-rpm', requests: 2, inMs: 60_000, atOnce: 3 };
const perProxy: RequestLimit = { ...limit, setting: 'rateLimitPolicy.local', per: 'proxy', requests: 10, atOnce: 10 };
const shared = shopTarget({ entries: [1, 2, 3].map((number) => entry(`worker-${number}`, { pod: null })) });

test.for<[string, RequestLimit[], ReturnType<typeof shopTarget>, number | null]>([
  ['no limit', [], shopTarget(), null],
  ['one a second, each entry a proxy of its own', [limit], shopTarget(), 6],
  ['one a second, entries that may be one proxy', [limit], shared, 2],
  ['two a minute', [perMinute], shopTarget(), 3],
  ['two a minute for all entries', [perMinute], shared, 1],
  ['less than one for each', [{ ...perMinute, atOnce: 1 }], shared, 1],
  ['half of what all clients share', [perProxy], shopTarget(), 6],
  ['half of little', [{ ...perProxy, requests: 2, atOnce: 20 }], shopTarget(), 3],
  ['the least of several', [limit, perMinute], shopTarget(), 3],
  [
    'requests under way at once',
    [{ ...limit, setting: 'limit-connections', inMs: null, atOnce: 1 }],
    shopTarget(),
    null,
  ],
])('%s', ([, limits, asked, attempts]) => {
  expect(admittedAttempts(shopCluster({ routes: [route({ limits })] }), asked, VANTAGES)).toBe(attempts);
});

test('a plan asks entries that often, however long it is to last', () => {
  const cluster = shopCluster({ routes: [route({ limits: [perMinute] })] });
  const timing = { run: 'run-1', deadlineMs: 90_000, lastingMs: 60_000, hostVantages: true };
  const { paths, assignments } = makePlan(cluster, shopTarget(), timing);
  const entries = new Set(paths.flatMap(({ id, to }) => (to.kind === 'entry' ? [id] : [])));
  const counts = Object.values(assignments).flatMap(({ schedules }) =>
    schedules.filter(({ path }) => entries.has(path)).map(({ count }) => count),
  );
  expect(new Set(counts)).toEqual(new Set([3]));
});

test('where few are admitted, nothing but what users do goes through entries', () => {
  const asked = shopTarget({ scheme: 'https' });
  const sizes = (...limits: RequestLimit[]) => {
    const cluster = shopCluster({ routes: [route({ limits })] });
    const { paths } = makePlan(cluster, asked, { run: 'run-1', deadlineMs: 90_000, hostVantages: true });
    return paths.filter(({ probe }) => probe.kind === 'http' && probe.hello !== undefined).length;
  };
  expect(sizes()).toBeGreaterThan(0);
  expect(sizes({ ...limit, requests: 100, atOnce: 501 })).toBe(sizes());
  expect(sizes(limit)).toBe(0);
});
