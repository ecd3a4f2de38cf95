/** Which timer of the network path makes a delay: matching a measured time against the catalogue, and saying why not. */
import type { Outcome, Phase, ProbeKind } from '../../../probes/wire.ts';
import type { IngressController } from '../../model/cluster.ts';
import { duration, list } from '../../model/format.ts';
import type { Backing } from '../../model/timings.ts';
import { timers } from './timer-catalogue.ts';
import { isBetween, isWithin } from './window.ts';

/** A delay with all that was seen around it. What is left out or null is not known, and speaks neither for nor against. */
export interface Delay {
  readonly ms: number;
  /** The phase that took the time; null: only the whole is known. */
  readonly phase: Phase | null;
  /** `failed`: somehow; null: not told. */
  readonly outcome: Outcome['kind'] | 'failed' | null;
  readonly status?: number | null;
  readonly probe?: ProbeKind | null;
  /** null: not counted. */
  readonly synRetransmissions: number | null;
  readonly dataRetransmissions?: number;
  /** Counters that moved in the prober's namespace; null: not read. */
  readonly counters: Readonly<Record<string, number>> | null;
  /** Live sysctls of the prober's namespace. */
  readonly sysctls: Readonly<Record<string, string | null>>;
  /** The proxy on the way; `none` where it is certain that there is none. */
  readonly controller: IngressController | 'none' | null;
  readonly resolver?: { readonly servers: readonly string[]; readonly options: readonly string[] };
  /** The library that asked, where somebody else's program did. */
  readonly client?: Client | null;
}

/** Client libraries that are told apart: `libc` stands for programs in C that leave names to it. */
export type Client = 'curl' | 'go' | 'libc' | 'rust';

/** A condition that must hold besides value, phase and outcome. */
export interface Need {
  /** What is wrong when it does not hold, as the end of "it is not this timer because …". */
  readonly otherwise: string;
  /** null: cannot be told from what was seen. `step` counts the values of the series from 1. */
  holds(delay: Delay, step: number): boolean | null;
}

export interface Timer {
  readonly id: string;
  /** As in a verdict: `nginx proxy-connect-timeout`. */
  readonly name: string;
  /** Whose it is: the kernel's are late by percents, those of programs sharp. */
  readonly of: 'kernel' | 'resolver' | 'proxy' | 'client' | 'application';
  /** Nominal milliseconds at which it shows, first step first, under these live settings. */
  series(delay: Delay): readonly number[];
  /** Lowest and highest milliseconds, where it shows anywhere between: it was running before the attempt began, or is drawn by lot. */
  between?(delay: Delay): readonly [number, number];
  readonly phases: readonly Phase[];
  /** Whether the attempt got its answer after the timer, or failed at it (a gateway error is a failure). */
  readonly ends: 'answered' | 'failed' | 'either';
  readonly needs: readonly Need[];
  /** The further test that tells it from others of this value. */
  readonly distinguishedBy: string;
  /** Where the values come from. */
  readonly source: string;
  /** `measured`: a test of this project sees it on the real thing. */
  readonly backing: Backing;
}

export interface TimerMatch {
  readonly timer: Timer;
  readonly nominalMs: number;
  /** Which value of the series, from 1. */
  readonly step: number;
  /** Conditions that were seen to hold, and those that could not be checked. */
  readonly confirmed: number;
  readonly open: number;
  /** Not at a value of the series but between the bounds of `between`: it says less. */
  readonly isAnywhere: boolean;
}

export interface NearMiss {
  readonly timer: Timer;
  /** "it ends in an error, not in an answer" */
  readonly because: string;
}

export interface Matches {
  /** Best first: at a value rather than in a range, most conditions confirmed, fewest left open, then the closest value. */
  readonly matches: readonly TimerMatch[];
  /** Timers with this very value that are excluded, and why; and tcp_retries2, which is suspected so often. */
  readonly nearMisses: readonly NearMiss[];
}

/** Suspected by hearsay wherever something takes seconds, so its acquittal is always told. */
const OFTEN_SUSPECTED = 'tcp-retries2';
/** From here on a delay is long enough that someone suspects a retransmission limit. */
const SUSPICIOUS_MS = 1000;

/** Ranks the timers that can have made this delay. */
export function matchTimers(delay: Delay): Matches {
  const matches: TimerMatch[] = [];
  const nearMisses: NearMiss[] = [];
  for (const timer of timers) {
    const match = valueMatch(timer, delay);
    const isSuspected = timer.id === OFTEN_SUSPECTED && delay.ms >= SUSPICIOUS_MS;
    if (match === null && !isSuspected) continue;
    const reasons = objections(timer, delay, match);
    if (match !== null && reasons.length === 0) matches.push(match);
    else nearMisses.push({ timer, because: list(reasons, reasons.length) });
  }
  return { matches: matches.toSorted((a, b) => compare(a, b, delay)), nearMisses };
}

/** Why a delay is not the doing of one timer of the catalogue; null where it may be. */
export function whyNot(id: string, delay: Delay): string | null {
  const timer = timers.find((each) => each.id === id);
  if (timer === undefined) return null;
  const reasons = objections(timer, delay, valueMatch(timer, delay));
  return reasons.length === 0 ? null : list(reasons, reasons.length);
}

function valueMatch(timer: Timer, delay: Delay): TimerMatch | null {
  const series = timer.series(delay);
  const fitting = series.flatMap((nominalMs, index) =>
    isWithin(delay.ms, nominalMs) ? [{ nominalMs, step: index + 1 }] : [],
  );
  const [best] = fitting.toSorted((a, b) => Math.abs(delay.ms - a.nominalMs) - Math.abs(delay.ms - b.nominalMs));
  const range = timer.between?.(delay);
  const anywhere = range !== undefined && isBetween(delay.ms, range) ? { nominalMs: range[1], step: 1 } : undefined;
  const value = best ?? anywhere;
  if (value === undefined) return null;
  const held = timer.needs.map((need) => need.holds(delay, value.step));
  return {
    timer,
    ...value,
    confirmed: held.filter((each) => each === true).length,
    open: held.filter((each) => each === null).length,
    isAnywhere: best === undefined,
  };
}

function objections(timer: Timer, delay: Delay, match: TimerMatch | null): string[] {
  const reasons: string[] = [];
  if (match === null) {
    const values = timer.series(delay).map((ms) => duration(ms));
    reasons.push(values.length === 0 ? 'it does not apply here' : `it shows at ${list(values, 4)}`);
  }
  const { phase } = delay;
  if (phase !== null && !timer.phases.includes(phase))
    reasons.push(`it shows in ${list(timer.phases, 6)}, not in ${phase}`);
  const isAnswered = delay.outcome === null ? null : delay.outcome === 'answered' && (delay.status ?? 0) < 500;
  if (timer.ends === 'failed' && isAnswered === true) reasons.push('it ends in an error, not in an answer');
  if (timer.ends === 'answered' && isAnswered === false) reasons.push('an answer follows it, not an error');
  const unmet = timer.needs.filter((need) => match !== null && need.holds(delay, match.step) === false);
  return [...reasons, ...unmet.map((need) => need.otherwise)];
}

function compare(a: TimerMatch, b: TimerMatch, { ms }: Delay): number {
  const late = (match: TimerMatch) => Math.abs(ms - match.nominalMs) / match.nominalMs;
  return (
    Number(a.isAnywhere) - Number(b.isAnywhere) || b.confirmed - a.confirmed || a.open - b.open || late(a) - late(b)
  );
}
