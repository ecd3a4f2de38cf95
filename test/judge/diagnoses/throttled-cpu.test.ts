import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { sample } from '../make.ts';
import { diagnose, findingOf, isPod, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'throttled-cpu';
const limited = web.map((each) => ({ ...each, cpuLimit: 0.1 }));

type Late = (askedMs: number) => Partial<Sample> & { readonly firstByteMs: number };
/** Late answers of both pods; `late` makes one of the moment of the 100 ms at which it was asked for, which moves as the plan's pace has it. */
function slow(late: Late): Break[] {
  let count = 0;
  return web.map((of): Break => (path) => {
    if (!isPod(of, path)) return null;
    const begunMs = 37 * count++;
    return Array.from({ length: 4 }, (_, attempt) => {
      const askedMs = (begunMs + 19 * attempt) % 100;
      return sample({ at: 1_760_000_000_000 + askedMs, connectMs: 0.4, status: 200, ...late(askedMs) });
    });
  });
}
/** Ready some milliseconds after the third period began. */
const onGrid: Late = (askedMs) => ({ firstByteMs: 305 - askedMs + (askedMs % 7) });
const constant: Late = () => ({ firstByteMs: 260 });
const scattered: Late = (askedMs) => ({ firstByteMs: 210 + ((askedMs * 37) % 97) });

const limit = (breaks: Break[]): World => ({ cluster: shopCluster({ pods: [...limited, ...others] }), breaks });
const others = shopCluster().pods.filter(({ namespace }) => namespace !== 'shop');

/** Of one pod, and as one node alone meets it. */
const fromOneNode =
  ([first]: Break[]): Break =>
  (path, from, to) =>
    from.id === 'control@worker-1' ? (first?.(path, from, to) ?? null) : null;

const hasGrid = (world: World): boolean =>
  findingOf(id, world)?.evidence.some(({ label }) => label === 'Grid') === true;

test.for<[string, World]>([
  ['everything answers', limit([])],
  ['its pods have no limit', { breaks: slow(onGrid) }],
  ['they take as long whenever they are asked', limit(slow(constant))],
  ['their times follow no grid', limit(slow(scattered))],
  ['segments were lost', limit(slow((askedMs) => ({ ...onGrid(askedMs), dataRetransmissions: 1 })))],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for<[string, World]>([
  ['all was asked at one moment', limit(slow(() => ({ at: 1_760_000_000_000, firstByteMs: 305 })))],
  ['four late answers, which fall together by chance once in fifty', limit([fromOneNode(slow(onGrid))])],
  ['the prober waited for a CPU itself', limit(slow((askedMs) => ({ ...onGrid(askedMs), cpuWaitMs: 40 })))],
])('a mere possibility, without a grid: %s', ([, world]) => {
  expect(findingOf(id, world)?.certainty).toBe('possible');
  expect(hasGrid(world)).toBe(false);
});

test('speaking: late answers are ready at one moment of the 100 ms; that it is slow inside is proven, that it is the limit is not', () => {
  const world = { target: serviceOnly(), ...limit(slow(onGrid)) };
  const verdict = diagnose(world);
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([
    ['slow-application', 'proven'],
    [id, 'possible'],
  ]);
  expect(verdict.findings[1]).toMatchObject({
    object: { kind: 'ReplicaSet', name: 'web' },
    wouldSettle: expect.stringContaining('nr_throttled'),
  });
  expect(hasGrid(world)).toBe(true);
});

test('the same times without a limit are those of a slow application', () => {
  expect(findingOf('slow-application', { breaks: slow(onGrid) })).toMatchObject({ certainty: 'proven' });
});

/** Moment of the 100 ms when asked, and how long it took, milliseconds: 26 ms of work with 10 ms in each period, seen on a machine as busy as nine (src/lab/programs/cpu-quota.ts). */
const SEEN = [
  [59, 223],
  [27, 146],
  [60, 207],
  [44, 229],
  [22, 149],
  [44, 126],
  [38, 200],
  [5, 192],
  [59, 212],
  [75, 202],
  [12, 166],
  [49, 154],
  [31, 236],
  [7, 168],
] as const;

test('speaking: as a program was measured that used up its share', () => {
  const [first] = web;
  let next = 0;
  const seen: Break = (path) => {
    if (first === undefined || !isPod(first, path)) return null;
    return Array.from({ length: 4 }, () => {
      const [askedMs = 0, ms = 0] = SEEN[next++ % SEEN.length] ?? [];
      return sample({ at: 1_760_000_000_000 + askedMs, connectMs: 0, firstByteMs: ms, status: 200 });
    });
  };
  const world = limit([seen]);
  const over = { slowAfterMs: 110 };
  expect(findingOf(id, { ...world, over })).toMatchObject({ object: { kind: 'Pod', name: 'web-1' } });
  next = 0;
  expect(hasGrid({ ...world, over })).toBe(true);
});
