/** Which timers of the catalogue fit one mode of somebody else's timings. Pure. */
import type { NearMiss, TimerMatch } from '../judge/evidence/timers.ts';
import { matchTimers } from '../judge/evidence/timers.ts';
import type { SeenMode } from './seen-modes.ts';
import type { Client, Delay } from '../judge/evidence/timer.ts';

export interface Asked {
  readonly client: Client | null;
  /** Half of what the figures are rounded to, milliseconds. */
  readonly slackMs: number;
}

/** One timer and one mode that it fits. */
export interface Fit {
  readonly match: TimerMatch;
  /** Of the mode in the report. */
  readonly index: number;
  readonly mode: SeenMode;
  /** Only when other work is in the time too. */
  readonly isLoose: boolean;
}

export interface Fits {
  readonly fits: readonly Fit[];
  readonly nearMisses: readonly NearMiss[];
}

/** A timer fits a mode when it fits so many of its values. */
const MOST = 0.7;
/** So many values, evenly taken, stand for all of a mode. */
const MOST_VALUES = 60;
/** Of values that are known between bounds, so many points are tried. */
const POINTS = 8;
/** As parts of the value: what else may have been done in the same time, where no timer fits the value itself. */
const OTHER_WORK = [0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14];
/** In less than this many milliseconds, some other work is anything. */
const LOOSE_FROM_MS = 2000;
/** Settings that pasted timings do not tell: both SYN schedules, one to three nameservers. */
const UNTOLD: readonly Pick<Delay, 'sysctls' | 'resolver'>[] = [
  { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '4' }, resolver: servers(1) },
  { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '0' }, resolver: servers(2) },
  { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '4' }, resolver: servers(3) },
];

function servers(count: number): NonNullable<Delay['resolver']> {
  return { servers: Array.from({ length: count }, (_, index) => `${index}`), options: [] };
}

/** `base`: what a fast attempt takes, milliseconds. Timers that fit the mode; where no known one does, also those that fit it less other work. */
export function timersOf(whole: SeenMode, index: number, base: number, asked: Asked): Fits {
  const mode = { ...whole, delays: thinned(whole.delays) };
  const strict = matchesAt(pointsOf(mode, base, asked.slackMs), mode, asked);
  const plausible = strict.matches.filter((match) => !isVague(match, mode));
  const fits = plausible.map((match): Fit => ({ match, index, mode, isLoose: false }));
  const isFitted = fits.some(({ match }) => !match.isAnywhere && match.timer.backing === 'measured');
  if (isFitted || !isExact(mode) || mode.ms < LOOSE_FROM_MS) return { fits, nearMisses: strict.nearMisses };
  const named = new Set(strict.matches.filter(({ isAnywhere }) => !isAnywhere).map(({ timer }) => timer.id));
  const shortened = mode.delays.map(({ low }) => OTHER_WORK.map((part) => low * (1 - part)));
  const loose = matchesAt(shortened, mode, asked)
    .matches.filter(({ isAnywhere, timer }) => !isAnywhere && !named.has(timer.id))
    .map((match): Fit => ({ match, index, mode, isLoose: true }));
  const known = new Set(loose.map(({ match }) => match.timer.id));
  return { fits: [...fits.filter(({ match }) => !known.has(match.timer.id)), ...loose], nearMisses: strict.nearMisses };
}

function thinned<T>(values: readonly T[]): readonly T[] {
  const every = Math.ceil(values.length / MOST_VALUES);
  return every <= 1 ? values : values.filter((_, index) => index % every === 0);
}

/** Nearly any time fits a timer that shows anywhere up to its value: of attempts that did not fail for sure, it says nothing. */
function isVague({ isAnywhere, timer }: TimerMatch, { outcome }: SeenMode): boolean {
  return isAnywhere && timer.ends === 'failed' && outcome !== 'failed';
}

/** Whether the figures tell the very times, and not only bounds. */
export function isExact({ delays }: SeenMode): boolean {
  return delays.every(({ low, high }) => low === high);
}

interface Found {
  readonly matches: readonly TimerMatch[];
  readonly nearMisses: readonly NearMiss[];
}

/** The timers that fit most of the values of a mode, each once at its nearest. */
function matchesAt(tries: readonly (readonly number[])[], mode: SeenMode, { client }: Asked): Found {
  const bests = new Map<string, { match: TimerMatch; hits: number }>();
  const misses = new Map<string, NearMiss>();
  for (const points of tries) {
    const found = points.flatMap((ms) =>
      UNTOLD.map((untold) => matchTimers({ ...delayOf(mode, ms, client), ...untold })),
    );
    for (const miss of found.flatMap(({ nearMisses }) => nearMisses)) misses.set(miss.timer.id, miss);
    const matches = new Map(
      found.flatMap((each) => each.matches).map((match) => [`${match.timer.id} ${match.nominalMs}`, match]),
    );
    for (const [key, match] of matches) bests.set(key, { match, hits: (bests.get(key)?.hits ?? 0) + 1 });
  }
  const enough = [...bests.values()].filter(({ hits }) => hits >= MOST * tries.length);
  const distance = ({ nominalMs }: TimerMatch) => Math.abs(mode.ms - nominalMs);
  const nearest = [...Map.groupBy(enough, ({ match }) => match.timer.id).values()].flatMap((same) =>
    same.toSorted((a, b) => b.hits - a.hits || distance(a.match) - distance(b.match)).slice(0, 1),
  );
  return { matches: nearest.map(({ match }) => match), nearMisses: [...misses.values()] };
}

/** For each delay the milliseconds at which a timer may stand: the value, as it is rounded, and without what a fast attempt takes. */
function pointsOf({ delays, phase }: SeenMode, base: number, slackMs: number): number[][] {
  return delays.map(({ low, high }) => {
    if (low < high) return within(low, Number.isFinite(high) ? high : low * 2);
    const points = slackMs > 0 ? [low, low + slackMs] : [low];
    return phase === null && base > 0 ? [...points, low - base] : points;
  });
}

/** A bucket does not hold its lower bound. */
function within(low: number, high: number): number[] {
  return Array.from({ length: POINTS + 1 }, (_, index) => low + 1 + ((high - low - 1) * index) / POINTS);
}

function delayOf(mode: SeenMode, ms: number, client: Client | null): Omit<Delay, 'sysctls' | 'resolver'> {
  const [status = null, ...others] = mode.statuses;
  return {
    ms,
    phase: mode.phase,
    outcome: mode.outcome === 'mixed' ? null : mode.outcome,
    status: others.length > 0 ? null : status,
    probe: null,
    synRetransmissions: null,
    counters: null,
    controller: null,
    client,
  };
}
