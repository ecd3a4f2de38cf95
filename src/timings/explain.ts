/** Somebody else's timings → what can be said of them: modes, candidates, what does not fit, and the test that would settle it. Pure. */
import { count, duration, interval, list, percent } from '../model/format.ts';
import { TIMINGS_SCHEMA, type TimerCandidate, type TimingsReport } from '../model/timings.ts';
import { candidatesFor, type Doubt } from './candidates.ts';
import { isOwnLimit, ownLimitRemarks } from './own-limit.ts';
import { roundedTo } from './rounding.ts';
import { type SeenMode, seenModes } from './seen-modes.ts';
import { settle } from './settle.ts';
import type { Timings } from './timings.ts';

/** With fewer attempts a share is hardly known: 5 of 10 is 24 to 76 %. */
const FEW = 10;
/** Rounding that hides how late a timer was. */
const COARSE_MS = 10;
/** The rule of three: nothing seen in n attempts is less than 3/n, at 95 %. */
const RULE_OF_THREE = 3;

/** `version`: of kprobe. */
export function explainTimings(timings: Timings, version: string): TimingsReport {
  const modes = seenModes(timings);
  const stepMs = roundedTo(
    timings.shapes.flatMap((shape) => (shape.kind === 'attempts' ? shape.attempts.map(({ totalMs }) => totalMs) : [])),
  );
  const open = modes.map((mode) => (isOwnLimit(mode, timings) ? { ...mode, isSlow: false } : mode));
  const { candidates, doesNotFit } = timings.isEcho
    ? { candidates: [], doesNotFit: [] }
    : candidatesFor(open, { client: timings.client, slackMs: stepMs / 2 });
  const slow = open.filter(({ isSlow }) => isSlow);
  return {
    schema: TIMINGS_SCHEMA,
    status: 'inconclusive',
    format: { id: timings.format, says: says(timings) },
    target: timings.target,
    attempts: timings.attempts,
    summary: list([summary(modes, timings), ...withoutTime(timings)], 2),
    modes: modes.map(({ delays: _delays, isSlow: _isSlow, share, statuses, ...mode }) => ({
      ...mode,
      share: [share[0], share[1]],
      statuses: [...statuses],
    })),
    candidates: [...candidates],
    doesNotFit: [...unmatched(open, candidates, timings), ...doesNotFit],
    remarks: [
      ...samples(timings),
      ...rounding(stepMs),
      ...wideBuckets(timings, slow),
      ...ownLimitRemarks(modes, timings),
      ...untimed(timings),
      ...timings.remarks,
    ],
    settle: settle({ slow, candidates, timings }),
    kprobe: version,
  };
}

function says({ tool, attempts }: Timings): string {
  return attempts === null ? tool : `${tool}, ${count(attempts, 'attempt')}`;
}

function summary(modes: readonly SeenMode[], { attempts, untimed: lost }: Timings): string {
  const slow = modes.filter(({ isSlow }) => isSlow);
  const [fast] = modes.filter(({ isSlow }) => !isSlow);
  const range = (mode: SeenMode) => span(mode);
  if (slow.length === 0 && fast !== undefined)
    return `${lost === 0 ? 'all take' : 'those with a time take'} ${range(fast)}: no timer shows in them`;
  const parts = slow.map((mode) => `${howMany(mode, attempts)} ${mode.count === 1 ? 'takes' : 'take'} ${range(mode)}`);
  return list([...parts, ...(fast === undefined ? [] : [`the others ${range(fast)}`])], 6);
}

/** Whoever reads only the first line must not think that all was fast. */
function withoutTime({ untimed: lost, attempts, limitMs, isEcho }: Timings): string[] {
  if (lost === 0) return [];
  const why = isEcho ? 'lost' : limitMs === null ? 'failed' : `slower than ${duration(limitMs)} or failed`;
  return [`${lost}${attempts === null ? '' : ` of ${attempts}`} ${lost === 1 ? 'has' : 'have'} no time (${why})`];
}

function howMany({ count: number, share }: SeenMode, attempts: number | null): string {
  if (number !== null && attempts !== null) return `${number} of ${attempts}`;
  return share[0] === share[1] ? percent(share[0]) : interval(share);
}

/** 5.0 s, or 2.1 to 9 ms. */
export function span({ lowestMs, highestMs }: Pick<SeenMode, 'lowestMs' | 'highestMs'>): string {
  const [low, high] = [duration(lowestMs), duration(highestMs)];
  return low === high ? low : `${low} to ${high}`;
}

/** Slow modes that no timer of the catalogue makes. */
function unmatched(modes: readonly SeenMode[], candidates: readonly TimerCandidate[], { isEcho }: Timings): Doubt[] {
  const explained = new Set(candidates.flatMap((each) => each.modes));
  return modes.flatMap((mode, index) => {
    if (!mode.isSlow || explained.has(index)) return [];
    const because = isEcho
      ? 'echoes know no such timer: a queue, a busy or sleeping host, or the first packet waiting for a neighbour'
      : 'no timer of the catalogue has this value: the application’s own time, a queue, or a limit that somebody set';
    return [{ suspect: `any timer, for ${span(mode)}`, because }];
  });
}

function samples({ attempts }: Timings): string[] {
  if (attempts === null) return [];
  if (attempts < FEW)
    return [
      `${count(attempts, 'attempt')} ${attempts === 1 ? 'is' : 'are'} too few for shares: measure ${FEW} or more, each on a new connection`,
    ];
  return [`what is rarer than ${percent(Math.min(1, RULE_OF_THREE / attempts))} may not show in ${attempts} attempts`];
}

function rounding(stepMs: number): string[] {
  if (stepMs < COARSE_MS) return [];
  return [
    `rounded to ${duration(stepMs)}: how late a timer was, and so whether it is a program’s or the kernel’s, cannot be told`,
  ];
}

function wideBuckets({ shapes }: Timings, slow: readonly SeenMode[]): string[] {
  if (!shapes.some(({ kind }) => kind === 'buckets') || slow.length === 0) return [];
  return [`buckets hide the value: each timer between ${list(slow.map((mode) => span(mode)))} fits`];
}

function untimed({ untimed: lost, attempts, isEcho }: Timings): string[] {
  if (lost === 0) return [];
  const of = attempts === null ? '' : ` of ${attempts}`;
  return [
    isEcho
      ? `${lost}${of} echoes were lost: loss, which a connection would feel as a retransmission`
      : `${lost}${of} attempts failed and have no time here`,
  ];
}
