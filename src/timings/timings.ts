/** What a list of timings says, whatever wrote it: single attempts, percentiles or buckets. Milliseconds throughout. */
import type { Phase } from '../../probes/wire.ts';
import type { Client } from '../judge/evidence/timer.ts';

/** The formats that are recognised. */
export type FormatId =
  | 'column'
  | 'time'
  | 'curl'
  | 'curl-json'
  | 'curl-columns'
  | 'ab'
  | 'hey'
  | 'hey-csv'
  | 'k6'
  | 'k6-json'
  | 'k6-csv'
  | 'vegeta'
  | 'vegeta-json'
  | 'vegeta-csv'
  | 'vegeta-hist'
  | 'wrk'
  | 'oha'
  | 'oha-json'
  | 'ping'
  | 'fping'
  | 'prometheus';

export type Ended = 'answered' | 'failed';

/** One attempt as somebody's client saw it. */
export interface TimedAttempt {
  readonly totalMs: number;
  /** Each phase by itself, not cumulated; only what was told. */
  readonly phases: Readonly<Partial<Record<Phase, number>>>;
  readonly ended: Ended | null;
  readonly status: number | null;
}

/** A share of attempts, 0 to 1, that took at most so long. */
export interface Percentile {
  readonly rank: number;
  readonly ms: number;
}

/** Attempts that took longer than `aboveMs` and at most `toMs`, which may be infinite. */
export interface Bucket {
  readonly aboveMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** What was timed; `distribution` where only percentiles or buckets of one phase (null: of the whole) are known. */
export type Shape =
  | { readonly kind: 'attempts'; readonly attempts: readonly TimedAttempt[] }
  | {
      readonly kind: 'percentiles';
      readonly phase: Phase | null;
      readonly points: readonly Percentile[];
      /** The same attempts counted in buckets: coarser in time, exact in number. */
      readonly buckets?: readonly Bucket[];
    }
  | { readonly kind: 'buckets'; readonly phase: Phase | null; readonly buckets: readonly Bucket[] };

export interface Timings {
  readonly format: FormatId;
  /** The tool's name for people. */
  readonly tool: string;
  /** Alternatives of equal standing (the phases of k6) or one. */
  readonly shapes: readonly Shape[];
  /** Of the whole, failures included; null: not told. */
  readonly attempts: number | null;
  /** How many of them got no answer or a 5xx; null: not told. */
  readonly failed: number | null;
  /** Failures that have no time in the figures. */
  readonly untimed: number;
  /** As the tool tells: a host or URL. */
  readonly target: string | null;
  /** Statuses seen, with counts, where they are told apart from the times. */
  readonly statuses: ReadonlyMap<number, number>;
  /** The client's own limit where the format tells or the tool has one, milliseconds; null: none known. */
  readonly limitMs: number | null;
  /** The library that asked; null: not known. */
  readonly client: Client | null;
  /** ICMP echoes know no TCP, no names. */
  readonly isEcho: boolean;
  /** What is odd about this tool's figures, a line each. */
  readonly remarks: readonly string[];
}

/** A text is not this format (null), is (value), or is but cannot be used (problem, one line). */
export type Read = { readonly ok: true; readonly value: Timings } | { readonly ok: false; readonly problem: string };

/** One file per format: null where the text is another's. */
export interface Format {
  readonly id: FormatId;
  read(text: string): Read | null;
}

/** Fills in what most formats do not tell. */
export function timings(said: Pick<Timings, 'format' | 'tool' | 'shapes'> & Partial<Timings>): Timings {
  return {
    attempts: null,
    failed: null,
    untimed: 0,
    target: null,
    statuses: new Map(),
    limitMs: null,
    client: null,
    isEcho: false,
    remarks: [],
    ...said,
  };
}

/** The timings of single attempts. */
export function ofAttempts(
  attempts: readonly TimedAttempt[],
  said: Pick<Timings, 'format' | 'tool'> & Partial<Timings>,
): Read {
  if (attempts.length === 0) return { ok: false, problem: `${said.tool}: it holds no attempt with a time` };
  const untimed = said.untimed ?? 0;
  return {
    ok: true,
    value: timings({
      shapes: [{ kind: 'attempts', attempts }],
      attempts: attempts.length + untimed,
      failed: attempts.some(({ ended }) => ended !== null)
        ? attempts.filter(({ ended }) => ended === 'failed').length + untimed
        : null,
      ...said,
    }),
  };
}

export function attempt(totalMs: number, more: Partial<TimedAttempt> = {}): TimedAttempt {
  return { totalMs, phases: {}, ended: null, status: null, ...more };
}

/** HTTP statuses: 000 is curl's and 0 vegeta's word for "no answer", 5xx a proxy's for its upstream. */
export function endedBy(status: number | null): Ended | null {
  if (status === null) return null;
  return status >= 100 && status < 500 ? 'answered' : 'failed';
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  msec: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** `1.5s`, `250.00us`, `1m3.1s`, `0,004` (with the unit given) in milliseconds; null where it is no duration. */
export function durationMs(text: string, unit: string | null = null): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:[.,]\d+)?(?:e[-+]?\d+)?)\s*([a-zµμ]*)/giu)];
  if (
    parts.length === 0 ||
    parts
      .map(([whole]) => whole)
      .join('')
      .replaceAll(/\s/gu, '') !== text.replaceAll(/\s/gu, '')
  )
    return null;
  let ms = 0;
  for (const [, number = '', given = ''] of parts) {
    const factor = UNIT_MS[(given === '' ? (unit ?? '') : given).toLowerCase()];
    if (factor === undefined) return null;
    ms += Number(number.replace(',', '.')) * factor;
  }
  return Number.isFinite(ms) ? ms : null;
}
