import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { judge } from '../../../src/judge/judge.ts';
import { silent } from '../make.ts';
import { run, serviceOnly, shopCluster, web } from '../world.ts';
import type { World } from '../world.ts';

const id = 'queued-requests';
const START_MS = 1_760_000_000_000;
const LIMIT_MS = 7500;

/** When a request that comes at this moment is answered, milliseconds; requests come in the order of time. */
type Server = (atMs: number) => number;

/** So many workers, each with one request at a time. */
function workers(count: number, requestMs: number): Server {
  const free = Array.from({ length: count }, () => 0);
  return (atMs) => {
    const worker = free.indexOf(Math.min(...free));
    const endMs = Math.max(atMs, free[worker] ?? 0) + requestMs;
    free[worker] = endMs;
    return endMs;
  };
}

/** What is said of the shop where its pods are served by this, and requests come so far apart. */
function asked(server: Server, everyMs: number, cluster: World['cluster'] = shopCluster()) {
  const recording = run({ target: serviceOnly(), cluster });
  const toShop = new Set(
    recording.plan.paths.flatMap((path) =>
      path.probe.kind === 'http' && (path.to.kind === 'backend' || path.to.kind === 'service') ? [path.id] : [],
    ),
  );
  const [ours, others] = [true, false].map((isOurs) =>
    recording.samples.filter(({ path }) => toShop.has(path) === isOurs),
  );
  const served = (ours ?? [])
    .toSorted((a, b) => a.attempt - b.attempt)
    .map((sample, index): Sample => {
      const atMs = index * everyMs;
      const totalMs = Math.min(LIMIT_MS, server(atMs) - atMs);
      const phases = { connect: 0.4, 'first-byte': totalMs - 0.4 };
      const over = { path: sample.path, attempt: sample.attempt, at: START_MS + atMs, totalMs, phases };
      return totalMs < LIMIT_MS
        ? { ...sample, ...over }
        : { ...silent({ phase: 'first-byte', phases, waitedMs: LIMIT_MS }), ...over };
    });
  return judge({ ...recording, samples: [...(others ?? []), ...served] });
}

const findingIn = ({ findings }: ReturnType<typeof judge>) =>
  findings.find(({ diagnosis }) => diagnosis === id) ?? null;

test.for<[string, Server, number]>([
  ['as many are served at once as come', (atMs) => atMs + 400, 50],
  ['all are slow alike', (atMs) => atMs + 1300, 50],
  ['there is time between requests for the only worker', workers(1, 40), 50],
  ['a pool of many workers', workers(24, 900), 50],
  ['quick, or after the connect timeout of a proxy', (atMs) => atMs + ((atMs / 50) % 2 === 0 ? 3 : 5003), 50],
  [
    'it stands still for seconds, and then answers all at once',
    (atMs) => (atMs % 4000 < 2500 ? atMs + 4 : Math.ceil(atMs / 4000) * 4000 + 4),
    50,
  ],
])('silent: %s', ([, server, everyMs]) => {
  expect(findingIn(asked(server, everyMs))).toBeNull();
});

/** A linear congruential generator (Numerical Recipes, 2nd edition, 7.1). */
function varying(fromMs: number, toMs: number): Server {
  let state = 7;
  return (atMs) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return atMs + fromMs + ((state >>> 8) / 2 ** 24) * (toMs - fromMs);
  };
}

test.for([
  [400, 4000, 300],
  [1000, 6000, 300],
  [1000, 6000, 100],
  [200, 2000, 50],
])('silent: as many at once as come, of %i to %i ms', ([fromMs = 0, toMs = 0, everyMs = 0]) => {
  expect(findingIn(asked(varying(fromMs, toMs), everyMs))).toBeNull();
});

test('speaking: one at a time, where the machine makes some late', () => {
  const [one, late] = [workers(1, 400), varying(0, 90)];
  const verdict = asked((atMs) => one(atMs) + late(0), 150);
  expect(findingIn(verdict)?.title).toMatch(/serves 1 request at a time/u);
});

test.for<[string, Server, number, RegExp]>([
  ['one', workers(1, 400), 150, /serves 1 request at a time in each pod/u],
  ['two in all', workers(2, 500), 50, /serves 1 request at a time in each pod/u],
])('speaking: %s at a time, though some were never answered', ([, server, everyMs, title]) => {
  const verdict = asked(server, everyMs);
  expect(findingIn(verdict)).toMatchObject({ certainty: 'proven', object: { kind: 'ReplicaSet', name: 'web' } });
  expect(findingIn(verdict)?.title).toMatch(title);
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).not.toContain('dead-endpoint');
});

/** The shop, its pods with a tenth of a CPU at most. */
function limited(): World['cluster'] {
  const others = shopCluster().pods.filter(({ namespace }) => namespace !== 'shop');
  return shopCluster({ pods: [...web.map((each) => ({ ...each, cpuLimit: 0.1 })), ...others] });
}

test('likely at most where a CPU limit may make them take turns; proven where their answers follow no grid of 100 ms', () => {
  const [onGrid, offGrid] = [700, 737].map((ms) => findingIn(asked(workers(1, ms), 150, limited())));
  expect(onGrid).toMatchObject({ certainty: 'likely', wouldSettle: expect.stringContaining('nr_throttled') });
  expect(offGrid?.certainty).toBe('proven');
});
