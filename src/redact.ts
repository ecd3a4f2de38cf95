/** `kprobe redact` on one page: a recording is read, given other names, and judged beside the original, for the verdict has to stay. */
import { isDeepStrictEqual } from 'node:util';
import { judge } from './judge/judge.ts';
import type { Recording } from './model/recording.ts';
import type { Verdict } from './model/verdict.ts';
import { parseRecording } from './recording/parse.ts';
import { redact, type Redacted, remains } from './redact/redact.ts';

/** Of equals a verdict names the first by name or address, and which word comes first among others is partly chance. */
const MOST_VARIANTS = 24;

export interface SharedCase {
  readonly recording: Recording;
  /** Parts of the verdict that are not the original's but for names; empty: none. */
  readonly differs: readonly (keyof Verdict)[];
}

/** The first variant whose verdict is the original's, else the one that comes nearest. Throws where one would tell of the original: a bug. */
export function shareCase(original: Recording): SharedCase {
  const verdict = judge(original);
  let nearest: SharedCase | null = null;
  for (let variant = 0; variant < MOST_VARIANTS; variant += 1) {
    const redacted = redact(original, variant);
    refuseRemains(original, redacted.recording);
    const differs = differences(verdict, redacted);
    if (nearest === null || differs.length < nearest.differs.length)
      nearest = { recording: redacted.recording, differs };
    if (differs.length === 0) break;
  }
  return nearest ?? fail('no variant was tried');
}

function differences(verdict: Verdict, { recording, restore }: Redacted): (keyof Verdict)[] {
  const other = restored(judge(recording), restore);
  return (Object.keys(verdict) as (keyof Verdict)[]).filter((part) => !isDeepStrictEqual(other[part], verdict[part]));
}

/** The verdict with the original's names. */
function restored(verdict: Verdict, restore: Redacted['restore']): Verdict {
  return JSON.parse(JSON.stringify(verdict), (_key, value: unknown) =>
    typeof value === 'string' ? restore(value) : value,
  ) as Verdict;
}

function refuseRemains(original: Recording, redacted: Recording): void {
  const parsed = parseRecording(JSON.parse(JSON.stringify(redacted)));
  if (!parsed.ok) fail(`the redacted recording cannot be read: ${parsed.problem}`);
  const left = remains(original, redacted);
  if (left.length > 0) fail(`${left.length} names or addresses of the original would be left`);
}

function fail(because: string): never {
  throw new Error(because);
}
