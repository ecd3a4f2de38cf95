/** The trials that were ever run, one JSON line each, appended as they end: what was measured is not lost with a run that is cut short. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** A trial with where and when it was run. `run` counts from 1 for each scenario and machine, whatever was committed between. */
export const Result = z.strictObject({
  scenario: z.string(),
  run: z.number().int().min(1),
  /** What else ran on the machine. */
  machine: z.enum(['quiet', 'hog']),
  expected: z.string(),
  found: z.string(),
  wrong: z.array(z.string()),
  labMs: z.number().nullable(),
  diagnoseMs: z.number().nullable(),
  /** ISO 8601. */
  at: z.string(),
  kprobe: z.string(),
  /** The commit that was checked out; null where there is no git. */
  revision: z.string().nullable(),
  kernel: z.string(),
});
export type Result = z.infer<typeof Result>;
export type Machine = Result['machine'];

/** What is there. Half a last line, left by a run that was killed, is cut off: its trial is run anew. @throws where another line is no result */
export function resume<R>(file: string, schema: z.ZodType<R>): R[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) writeFileSync(file, whole);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => schema.parse(JSON.parse(line)));
}

export function append(file: string, result: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** Which of the runs 1 to `runs` are missing, round by round, so that a bad minute of the machine meets all scenarios. */
export function lacking<S extends { readonly name: string }>(
  scenarios: readonly S[],
  done: readonly Result[],
  { runs, machine }: { readonly runs: number; readonly machine: Machine },
): (S & { readonly run: number })[] {
  const key = (scenario: string, run: number): string => `${scenario} ${run}`;
  const there = new Set(done.filter((each) => each.machine === machine).map(({ scenario, run }) => key(scenario, run)));
  const rounds = Array.from({ length: runs }, (_, index) => index + 1);
  return rounds
    .flatMap((run) => scenarios.map((scenario) => ({ ...scenario, run })))
    .filter(({ name, run }) => !there.has(key(name, run)));
}
