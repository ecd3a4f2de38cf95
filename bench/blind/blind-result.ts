/** A draw with what kprobe said of it, as it is kept. */
import { z } from 'zod';
import { OUTCOMES } from './score.ts';

export const BlindResult = z.strictObject({
  seed: z.number().int(),
  draw: z.number().int(),
  /** The command's arguments. */
  asked: z.string(),
  /** What was broken, by name; empty in a healthy draw. */
  broken: z.array(z.string()),
  /** Parameters of the faults, as JSON. */
  faults: z.string(),
  accepts: z.array(z.array(z.string())),
  outcome: z.enum(OUTCOMES),
  /** How many of what was broken were found. */
  told: z.number().int(),
  /** The findings in order, each with its certainty; the status where there are none. */
  found: z.string(),
  diagnoseMs: z.number().nullable(),
  /** Kept where the outcome is not right: cluster, verdict, recording, what was printed. */
  folder: z.string().nullable(),
  /** ISO 8601. */
  at: z.string(),
  kprobe: z.string(),
  revision: z.string().nullable(),
  kernel: z.string(),
});
export type BlindResult = z.infer<typeof BlindResult>;
