/** Which timer of the network path makes a delay: matching a measured time against the catalogue, and saying why not. */
import { duration, list } from '../../model/format.ts';
import { timers } from './timer-catalogue.ts';
import { isBetween, isWithin } from './window.ts';
import type { Delay, Timer } from './timer.ts';

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
