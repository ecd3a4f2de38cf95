/** What can be said of somebody else's timings: candidates, never a verdict. `kprobe/timings/v1` is a contract with scripts. */
import { z } from 'zod';

export const TIMINGS_SCHEMA = 'kprobe/timings/v1';

/** As probes name them (probes/wire.ts). */
const PhaseName = z.enum(['dns', 'connect', 'tls', 'send', 'first-byte', 'body']);

/** How a timer came into the catalogue: a test runs the real program, or its documentation or source was read. */
export const Backing = z.enum(['measured', 'by documentation']);
export type Backing = z.infer<typeof Backing>;

const Share = z.number().min(0).max(1);

export const TimingMode = z.strictObject({
  /** The middle, milliseconds. */
  ms: z.number(),
  lowestMs: z.number(),
  highestMs: z.number(),
  /** Bounds of its share of all attempts: what the figures leave open, and chance at 95 % where attempts were counted. */
  share: z.tuple([Share, Share]),
  /** null where only percentiles are known. */
  count: z.number().nullable(),
  /** The phase that took the time; null: not told. */
  phase: PhaseName.nullable(),
  /** null: not told. */
  outcome: z.enum(['answered', 'failed', 'mixed']).nullable(),
  statuses: z.array(z.number()),
});
export type TimingMode = z.infer<typeof TimingMode>;

export const TimerCandidate = z.strictObject({
  timer: z.string(),
  name: z.string(),
  /** Nominal milliseconds that were matched, ascending. */
  nominalMs: z.array(z.number()),
  phases: z.array(PhaseName),
  /** Indices into `modes`. */
  modes: z.array(z.number()),
  /** Values alone prove nothing. */
  certainty: z.literal('possible'),
  /** What speaks for it beyond the value. */
  because: z.array(z.string()),
  /** How it would be told apart from the others. */
  distinguishedBy: z.string(),
  backing: Backing,
  source: z.string(),
});
export type TimerCandidate = z.infer<typeof TimerCandidate>;

export const TimingsReport = z.strictObject({
  schema: z.literal(TIMINGS_SCHEMA),
  /** Somebody else's times never make a path healthy or faulty. */
  status: z.literal('inconclusive'),
  /** `says` names it in words: `ab, 100 requests`. */
  format: z.strictObject({ id: z.string(), says: z.string() }),
  /** What was asked, where the timings tell. */
  target: z.string().nullable(),
  /** null where it is not told. */
  attempts: z.number().nullable(),
  summary: z.string(),
  /** Fastest first. */
  modes: z.array(TimingMode),
  /** Likeliest first. */
  candidates: z.array(TimerCandidate),
  /** What could be suspected and is not it. */
  doesNotFit: z.array(z.strictObject({ suspect: z.string(), because: z.string() })),
  remarks: z.array(z.string()),
  /** The one test that would settle it; null where there is nothing to settle. */
  settle: z.strictObject({ command: z.string(), says: z.string() }).nullable(),
  kprobe: z.string(),
});
export type TimingsReport = z.infer<typeof TimingsReport>;
