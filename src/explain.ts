/** Offline judging, first half: what was saved or pasted is read and checked; judge/judge.ts and timings/explain.ts do the rest. */
import type { Readable } from 'node:stream';
import type { Recording } from './model/recording.ts';
import { UserError } from './model/user-error.ts';
import { loadText, parseJson } from './recording/load.ts';
import { parseRecording } from './recording/parse.ts';
import { KNOWN, readTimings } from './timings/read.ts';
import type { Timings } from './timings/timings.ts';

export type Explainable =
  | { readonly kind: 'recording'; readonly recording: Recording }
  | { readonly kind: 'timings'; readonly timings: Timings };

const HINT = `kprobe diagnose TARGET --save run.json writes a recording; of timings it reads ${KNOWN}`;
/** What kprobe wrote says so, and is no list of timings, even where it is damaged. */
const OURS = /"schema"\s*:\s*"kprobe\//u;

/** `name`: a path, or `-` for `stdin`. Throws UserError with the file and the place in it. */
export async function readExplainable(name: string, stdin: Readable): Promise<Explainable> {
  const { text, source } = await loadText(name, stdin);
  const read = OURS.test(text) ? null : readTimings(text);
  if (read?.ok === true) return { kind: 'timings', timings: read.value };
  if (read?.ok === false) throw new UserError(`${source}: ${read.problem}`);
  const parsed = parseRecording(parseJson(text, source, HINT));
  if (parsed.ok) return { kind: 'recording', recording: parsed.value };
  throw new UserError(`${source}: ${parsed.problem}`, { hint: HINT });
}
