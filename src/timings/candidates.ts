/** Which timers of the catalogue may have made modes of somebody else's timings, and which may not, and why. Pure. */
import { duration, list } from '../model/format.ts';
import type { TimerCandidate } from '../model/timings.ts';
import type { Client, Delay, Matches, Timer, TimerMatch } from '../judge/evidence/timers.ts';
import { matchTimers } from '../judge/evidence/timers.ts';
import type { SeenMode } from './seen-modes.ts';

export interface Doubt {
  readonly suspect: string;
  readonly because: string;
}

export interface Found {
  readonly candidates: readonly TimerCandidate[];
  readonly doesNotFit: readonly Doubt[];
}

/** One timer and one mode that it fits. */
interface Fit {
  readonly match: TimerMatch;
  readonly index: number;
  readonly mode: SeenMode;
}

interface Asked {
  readonly client: Client | null;
  /** Half of what the figures are rounded to, milliseconds. */
  readonly slackMs: number;
}

/** A timer fits a mode when it fits so many of its values. */
const MOST = 0.7;
/** Of values that are known between bounds, so many points are tried. */
const POINTS = 8;
/** Settings that pasted timings do not tell: both SYN schedules, one to three nameservers. */
const UNTOLD: readonly Pick<Delay, 'sysctls' | 'resolver'>[] = [
  { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '4' }, resolver: servers(1) },
  { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '0' }, resolver: servers(2) },
  { sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '4' }, resolver: servers(3) },
];
/** What people meet most, by the reports that timers.md 9 sums up; only parts candidates that fit alike. */
const MET_MOST: readonly string[] = [
  'glibc-resend',
  'nginx-connect-timeout',
  'syn-retransmission',
  'nginx-connect-give-up',
];
/** From the second SYN on, earlier ones have to be seen too, unless all but the last are always lost. */
const ALWAYS_LOST_FROM = 6;
/** A program's timer is late by less than this share, the kernel's by more (timers.md 0.2: 5.000 to 5.03 s against 5.05 to 5.2 s). */
const SHARP = 0.008;

export function candidatesFor(modes: readonly SeenMode[], asked: Asked): Found {
  const slow = modes.flatMap((mode, index) => (mode.isSlow ? [{ mode, index }] : []));
  const base = modes.find(({ isSlow }) => !isSlow)?.ms ?? 0;
  const judged = slow.map(({ mode, index }) => ({ mode, index, ...matchesOf(mode, base, asked) }));
  const fits = judged.flatMap(({ matches, mode, index }) => matches.map((match): Fit => ({ match, index, mode })));
  const byTimer = [...Map.groupBy(fits, ({ match }) => match.timer.id).values()];
  const { kept, lone } = partLone(byTimer);
  const ranked = kept
    .map((own) => ({
      own,
      score: scoreOf(
        own,
        slow.map(({ mode }) => mode),
      ),
    }))
    .toSorted((a, b) => b.score - a.score);
  const candidates = ranked.map(({ own }) => candidate(own, asked));
  const named = new Set(candidates.map(({ timer }) => timer));
  const misses = new Map(
    judged.flatMap(({ nearMisses }) => nearMisses.map(({ timer, because }) => [timer, because] as const)),
  );
  return {
    candidates,
    doesNotFit: [
      ...lone,
      ...[...misses]
        .filter(([timer]) => !named.has(timer.id))
        .map(([timer, because]) => ({ suspect: timer.name, because })),
    ],
  };
}

function servers(count: number): NonNullable<Delay['resolver']> {
  return { servers: Array.from({ length: count }, (_, index) => `${index}`), options: [] };
}

/** The timers that fit most of a mode, each once at its nearest value. */
function matchesOf(mode: SeenMode, base: number, { client, slackMs }: Asked): Matches {
  const tries = pointsOf(mode, base, slackMs);
  const bests = new Map<string, { match: TimerMatch; hits: number }>();
  const misses = new Map<string, Matches['nearMisses'][number]>();
  for (const points of tries) {
    const hit = new Set<string>();
    for (const ms of points) {
      for (const untold of UNTOLD) {
        const { matches, nearMisses } = matchTimers({ ...delayOf(mode, ms, client), ...untold });
        for (const match of matches) {
          const key = `${match.timer.id} ${match.nominalMs}`;
          const best = bests.get(key) ?? { match, hits: 0 };
          if (!hit.has(key)) bests.set(key, { match: best.match, hits: best.hits + 1 });
          hit.add(key);
        }
        for (const miss of nearMisses) misses.set(miss.timer.id, miss);
      }
    }
  }
  const enough = [...bests.values()].filter(({ hits }) => hits >= MOST * tries.length);
  const nearest = [...Map.groupBy(enough, ({ match }) => match.timer.id).values()].flatMap((same) =>
    same.toSorted((a, b) => b.hits - a.hits || distance(a.match, mode) - distance(b.match, mode)).slice(0, 1),
  );
  return { matches: nearest.map(({ match }) => match), nearMisses: [...misses.values()] };
}

function distance({ nominalMs }: TimerMatch, { ms }: SeenMode): number {
  return Math.abs(ms - nominalMs);
}

/** For each delay the milliseconds at which a timer may stand: the value, as it is rounded, and without what a fast attempt takes. */
function pointsOf({ delays, phase }: SeenMode, base: number, slackMs: number): number[][] {
  return delays.map(({ low, high }) => {
    const top = Number.isFinite(high) ? high : low * 2;
    const points =
      top > low
        ? Array.from({ length: POINTS + 1 }, (_, index) => low + 1 + ((top - low - 1) * index) / POINTS)
        : [low, low + slackMs];
    return phase === null && base > 0 && top === low ? [...points, low - base] : points;
  });
}

function delayOf(mode: SeenMode, ms: number, client: Client | null): Omit<Delay, 'sysctls' | 'resolver'> {
  const outcome = mode.outcome === 'mixed' ? null : mode.outcome;
  const [status = null, ...others] = mode.statuses;
  return {
    ms,
    phase: mode.phase,
    outcome,
    status: others.length > 0 ? null : status,
    probe: null,
    synRetransmissions: null,
    counters: null,
    controller: null,
    client,
  };
}

/** A k-th retransmission without any first one is no chance loss. Where the phase is not known either, that rules it out. */
function partLone(byTimer: readonly (readonly Fit[])[]): { kept: (readonly Fit[])[]; lone: Doubt[] } {
  const isLone = (own: readonly Fit[]) => {
    const [first] = own;
    const steps = own.map(({ match }) => match.step);
    const least = Math.min(...steps);
    return (
      first !== undefined &&
      LADDERS.includes(first.match.timer.id) &&
      least > 1 &&
      least < ALWAYS_LOST_FROM &&
      own.every(({ mode }) => mode.phase === null)
    );
  };
  const lone = byTimer.filter(isLone).flatMap(([first]): Doubt[] => {
    if (first === undefined) return [];
    const { timer, nominalMs } = first.match;
    const because = `${duration(nominalMs)} is a later step of it: by chance the earlier ones would be more frequent, and none is here`;
    return [{ suspect: timer.name, because }];
  });
  return { kept: byTimer.filter((own) => !isLone(own)), lone };
}

/** Timers whose later steps are rarer than the earlier ones. */
const LADDERS: readonly string[] = [
  'syn-retransmission',
  'synack-retransmission',
  'rate-limited-reject',
  'lost-request-segment',
  'lost-answer-segment',
  'jndi-dns-timeout',
];

/** Covers most of what is slow, then what is known of phase and outcome, several steps, the way it is late. */
function scoreOf(own: readonly Fit[], slow: readonly SeenMode[]): number {
  const weight = (mode: SeenMode) => mode.count ?? (mode.share[0] + mode.share[1]) / 2;
  const all = slow.reduce((sum, mode) => sum + weight(mode), 0);
  const covered = own.reduce((sum, { mode }) => sum + weight(mode), 0);
  const [first] = own;
  if (first === undefined || all === 0) return 0;
  const { timer, isAnywhere } = first.match;
  const parts = [
    (3 * covered) / all,
    Math.min(2, own.length - 1),
    -Math.min(1, first.match.open * 0.15),
    isAnywhere ? -1.5 : 0,
    timer.ends === 'failed' && own.every(({ mode }) => mode.outcome === null) ? -1 : 0,
    lateness(own) * 0.3,
    MET_MOST.includes(timer.id) ? 0.5 : 0,
    timer.backing === 'measured' ? 0.1 : 0,
    own.some(({ mode, match }) => mode.phase === 'connect' && match.step > 1 && LADDERS.includes(timer.id)) &&
    own.length === 1
      ? -0.5
      : 0,
  ];
  return parts.reduce((sum, part) => sum + part, 0);
}

/** 1: as late as timers of this kind are, -1: not, 0: cannot be told. */
function lateness(own: readonly Fit[]): -1 | 0 | 1 {
  const seen = own.flatMap(({ mode, match }) =>
    match.isAnywhere
      ? []
      : mode.delays.filter(({ low, high }) => low === high).map(({ low }) => low / match.nominalMs - 1),
  );
  if (seen.length === 0) return 0;
  const late = seen.toSorted((a, b) => a - b)[Math.floor(seen.length / 2)] ?? 0;
  return late >= SHARP === isKernel(own[0]?.match.timer) ? 1 : -1;
}

function isKernel(timer: Timer | undefined): boolean {
  return timer !== undefined && /^(?:Linux|measured on Linux)/u.test(timer.source);
}

function candidate(own: readonly Fit[], { slackMs }: Asked): TimerCandidate {
  const timer = own[0]?.match.timer as Timer;
  const nominalMs = [...new Set(own.map(({ match }) => match.nominalMs))].toSorted((a, b) => a - b);
  return {
    timer: timer.id,
    name: timer.name,
    nominalMs,
    phases: [...timer.phases],
    modes: own.map(({ index }) => index),
    certainty: 'possible',
    because: reasons(own, slackMs),
    distinguishedBy: timer.distinguishedBy,
    backing: timer.backing,
    source: timer.source,
  };
}

/** From this many milliseconds of rounding on, nothing can be said of how late a timer was. */
const COARSE_MS = 10;

function reasons(own: readonly Fit[], slackMs: number): string[] {
  const [first] = own;
  if (first === undefined) return [];
  const { timer, nominalMs, isAnywhere } = first.match;
  const phases = [...new Set(own.flatMap(({ mode }) => mode.phase ?? []))];
  const isUntold = own.every(({ mode }) => mode.outcome === null);
  const when =
    timer.ends === 'failed' ? 'if these attempts failed' : timer.ends === 'answered' ? 'if they were answered' : null;
  const isSharp = own.every(({ mode }) => mode.delays.every(({ low, high }) => low === high)) && slackMs < COARSE_MS;
  const late = isSharp && !isAnywhere ? lateness(own) : 0;
  return [
    phases.length > 0 ? `the time is spent in ${list(phases)}` : `if the time is spent in ${list(timer.phases, 6)}`,
    ...(isUntold && when !== null ? [when] : []),
    ...(isAnywhere ? [`anywhere up to ${duration(nominalMs)}`] : []),
    ...(own.length > 1 ? [`${own.length} modes are steps of it`] : []),
    ...(late === 1 ? [isKernel(timer) ? 'late as the kernel’s timers are' : 'sharp as a program’s timer is'] : []),
  ];
}
