/** Somebody else's timings, whatever their shape → modes: how long, how many, and in which phase. Pure. */
import type { Phase } from '../../probes/wire.ts';
import { wilson } from '../judge/evidence/intervals.ts';
import { median } from '../judge/evidence/median.ts';
import { modeStarts } from '../judge/evidence/modes.ts';
import type { Bucket, Percentile, Shape, TimedAttempt, Timings } from './timings.ts';

/** A time that is known between two bounds; the same where it was told exactly. Milliseconds. */
interface Bounds {
  readonly low: number;
  readonly high: number;
}

export interface SeenMode {
  readonly ms: number;
  readonly lowestMs: number;
  readonly highestMs: number;
  readonly share: readonly [number, number];
  readonly count: number | null;
  readonly phase: Phase | null;
  readonly outcome: 'answered' | 'failed' | 'mixed' | null;
  readonly statuses: readonly number[];
  /** What a timer has to make: the time of the phase where it is known, else of the whole. */
  readonly delays: readonly Bounds[];
  /** Whether it takes so long that a timer may be behind it. */
  readonly isSlow: boolean;
}

/** Nearer to the fastest mode nothing is called slow: the smallest timer is the 40 ms delayed ACK. */
const SLOWER_BY_MS = 30;
/** Where all attempts are alike there is nothing to hold them against; the smallest timer that makes all slow is the 200 ms retransmission. */
const SLOW_ALONE_MS = 190;
/** A phase is that of the mode when it holds the excess of so many of its attempts. */
const MOST = 0.6;
/** A bucket this many times fuller than the emptiest before it begins another mode, if that was as much emptier than the fullest. */
const VALLEY = 4;

/** Fastest first. */
export function seenModes(timings: Timings): SeenMode[] {
  const shapes = timings.shapes.map((shape) => ({ shape, modes: marked(modesOfShape(shape, timings)) }));
  const ofPhases = shapes.filter(({ shape, modes }) => phaseOf(shape) !== null && modes.some(({ isSlow }) => isSlow));
  const whole = shapes.find(({ shape }) => phaseOf(shape) === null) ?? shapes[0];
  if (ofPhases.length === 0) return [...(whole?.modes ?? [])];
  // The phases tell where the time goes: the whole only adds its fast mode.
  const fast = (whole?.modes ?? []).filter(({ isSlow }) => !isSlow);
  return [...fast, ...ofPhases.flatMap(({ modes }) => modes.filter(({ isSlow }) => isSlow))].toSorted(
    (a, b) => a.ms - b.ms,
  );
}

function phaseOf(shape: Shape): Phase | null {
  return shape.kind === 'attempts' ? null : shape.phase;
}

type Unmarked = Omit<SeenMode, 'isSlow'>;

function modesOfShape(shape: Shape, timings: Timings): Unmarked[] {
  const { attempts, limitMs } = timings;
  const outcome = commonEnd(timings);
  switch (shape.kind) {
    case 'attempts':
      return modesOfAttempts(shape.attempts, attempts ?? shape.attempts.length);
    case 'percentiles':
      return modesOfPercentiles(shape, { of: attempts, outcome });
    case 'buckets':
      return modesOfBuckets(shape.buckets, { phase: shape.phase, limitMs, outcome });
    default:
      return shape satisfies never;
  }
}

function marked(modes: readonly Unmarked[]): SeenMode[] {
  const fastest = modes[0]?.ms ?? 0;
  return modes.map((mode, index) => {
    const isSlow = index === 0 ? mode.lowestMs >= SLOW_ALONE_MS : mode.ms >= fastest + SLOWER_BY_MS;
    return { ...mode, isSlow, phase: isSlow ? mode.phase : null };
  });
}

function modesOfAttempts(attempts: readonly TimedAttempt[], of: number): Unmarked[] {
  const sorted = attempts.toSorted((a, b) => a.totalMs - b.totalMs);
  const groups = groupsAt(sorted, modeStarts(sorted.map(({ totalMs }) => totalMs)));
  const [fastest = []] = groups;
  const usual = groups.length > 1 ? usualPhases(fastest) : new Map<Phase, number>();
  return groups.map((group) => {
    const phase = commonPhase(group, usual);
    const delays = group.map(({ totalMs, phases }) => {
      const ms = phase === null ? totalMs : (phases[phase] ?? totalMs);
      return { low: ms, high: ms };
    });
    return {
      ms: median(group.map(({ totalMs }) => totalMs)) ?? 0,
      lowestMs: group[0]?.totalMs ?? 0,
      highestMs: group.at(-1)?.totalMs ?? 0,
      share: wilson(group.length, Math.max(of, group.length)),
      count: group.length,
      phase,
      outcome: commonOutcome(group),
      statuses: statusesOf(group),
      delays,
    };
  });
}

function groupsAt<T>(sorted: readonly T[], starts: readonly number[]): T[][] {
  return [0, ...starts]
    .map((start, index) => sorted.slice(start, starts[index] ?? sorted.length))
    .filter((group) => group.length > 0);
}

function usualPhases(attempts: readonly TimedAttempt[]): Map<Phase, number> {
  const all = attempts.flatMap(({ phases }) => Object.entries(phases) as [Phase, number][]);
  return new Map(
    [...Map.groupBy(all, ([phase]) => phase)].map(([phase, each]) => [phase, median(each.map(([, ms]) => ms)) ?? 0]),
  );
}

function commonPhase(group: readonly TimedAttempt[], usual: ReadonlyMap<Phase, number>): Phase | null {
  const longest = group.flatMap(({ phases }) => {
    const excess = (Object.entries(phases) as [Phase, number][]).map(([phase, ms]) => ({
      phase,
      ms: ms - (usual.get(phase) ?? 0),
    }));
    return excess
      .toSorted((a, b) => b.ms - a.ms)
      .slice(0, 1)
      .map(({ phase }) => phase);
  });
  const [most] = [...Map.groupBy(longest, (phase) => phase)].toSorted(([, a], [, b]) => b.length - a.length);
  return most !== undefined && most[1].length >= MOST * group.length ? most[0] : null;
}

function commonOutcome(group: readonly TimedAttempt[]): SeenMode['outcome'] {
  const ends = new Set(group.flatMap(({ ended }) => ended ?? []));
  const [only = null] = ends;
  return ends.size > 1 ? 'mixed' : only;
}

function statusesOf(group: readonly TimedAttempt[]): number[] {
  return [...new Set(group.flatMap(({ status }) => status ?? []))].toSorted((a, b) => a - b);
}

/** How all attempts that have a time ended, where that is told. */
function commonEnd({ failed, untimed, attempts }: Timings): Unmarked['outcome'] {
  if (failed === null) return null;
  if (failed === untimed) return 'answered';
  return failed === attempts ? 'failed' : null;
}

function modesOfPercentiles(
  shape: Extract<Shape, { kind: 'percentiles' }>,
  { of, outcome }: { of: number | null; outcome: Unmarked['outcome'] },
): Unmarked[] {
  const points = shape.points.toSorted((a, b) => a.rank - b.rank || a.ms - b.ms);
  const groups = groupsAt(points, modeStarts(points.map(({ ms }) => ms)));
  return groups.map((group, index) => {
    const [lowestMs, highestMs] = [group[0]?.ms ?? 0, group.at(-1)?.ms ?? 0];
    const before = groups[index - 1]?.at(-1);
    const after = groups[index + 1]?.[0];
    const ranks = [
      (group.at(-1)?.rank ?? 0) - (group[0]?.rank ?? 0),
      (after?.rank ?? 1) - (before?.rank ?? 0),
    ] as const;
    const counted = countIn(shape.buckets ?? [], { from: before?.ms ?? -1, to: highestMs });
    // Percentiles of few attempts are attempts: the slowest is at least one.
    const least = of === null || of === 0 ? ranks[0] : Math.max(ranks[0], 1 / of);
    return {
      ms: median(group.map(({ ms }) => ms)) ?? 0,
      lowestMs,
      highestMs,
      share: counted === null ? [least, Math.min(1, Math.max(least, ranks[1]))] : counted.share,
      count: counted?.count ?? null,
      phase: shape.phase,
      outcome,
      statuses: [],
      delays: group.map(({ ms }: Percentile) => ({ low: ms, high: ms })),
    };
  });
}

/** Attempts longer than `from` and at most `to`, where no bucket stands across a bound; null where none tell. */
function countIn(buckets: readonly Bucket[], { from, to }: { from: number; to: number }) {
  const all = buckets.reduce((sum, { count }) => sum + count, 0);
  if (all === 0) return null;
  const inside = buckets.filter(({ toMs, aboveMs }) => toMs > from && aboveMs < to);
  const across = inside.filter(({ aboveMs, count }) => count > 0 && aboveMs < from);
  if (across.length > 0) return null;
  const count = inside.reduce((sum, each) => sum + each.count, 0);
  return { count, share: wilson(count, all) };
}

function modesOfBuckets(
  buckets: readonly Bucket[],
  { phase, limitMs, outcome }: { phase: Phase | null; limitMs: number | null; outcome: Unmarked['outcome'] },
): Unmarked[] {
  const all = buckets.reduce((sum, { count }) => sum + count, 0);
  return groupsOfBuckets(buckets).map((group) => {
    const count = group.reduce((sum, each) => sum + each.count, 0);
    const fullest = group.reduce((a, b) => (b.count > a.count ? b : a));
    const top = Math.max(...group.map(({ toMs }) => toMs));
    const [lowestMs, highestMs] = [
      group[0]?.aboveMs ?? 0,
      Number.isFinite(top) ? top : (limitMs ?? group.at(-1)?.aboveMs ?? 0),
    ];
    return {
      ms: Number.isFinite(fullest.toMs) ? (fullest.aboveMs + fullest.toMs) / 2 : fullest.aboveMs,
      lowestMs,
      highestMs: Math.max(lowestMs, highestMs),
      share: wilson(count, all),
      count,
      phase,
      outcome,
      statuses: [],
      delays: [{ low: fullest.aboveMs, high: fullest.toMs }],
    };
  });
}

/** Neighbouring buckets that are not empty; a valley between two peaks parts them. */
function groupsOfBuckets(buckets: readonly Bucket[]): Bucket[][] {
  const groups: Bucket[][] = [];
  let group: Bucket[] = [];
  let [peak, valley] = [0, Number.POSITIVE_INFINITY];
  for (const bucket of buckets) {
    const isNext = group.length > 0 && bucket.count > VALLEY * valley && peak > VALLEY * valley;
    if (bucket.count === 0 || isNext) {
      if (group.length > 0) groups.push(group);
      [group, peak, valley] = [[], 0, Number.POSITIVE_INFINITY];
    }
    if (bucket.count === 0) continue;
    group.push(bucket);
    peak = Math.max(peak, bucket.count);
    valley = bucket.count === peak ? Number.POSITIVE_INFINITY : Math.min(valley, bucket.count);
  }
  return group.length > 0 ? [...groups, group] : groups;
}
