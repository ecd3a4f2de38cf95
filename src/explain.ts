/** Offline judging, first half: a saved recording is read and checked; judge/judge.ts does the rest, as it does live. */
import type { Readable } from 'node:stream';
import type { Recording } from './model/recording.ts';
import { UserError } from './model/user-error.ts';
import { loadJson } from './recording/load.ts';
import { parseRecording } from './recording/parse.ts';

/** `name`: a path, or `-` for `stdin`. Throws UserError with the file and the place in it. */
export async function readRecording(name: string, stdin: Readable): Promise<Recording> {
  const { value, source } = await loadJson(name, stdin);
  const parsed = parseRecording(value);
  if (parsed.ok) return parsed.value;
  throw new UserError(`${source}: ${parsed.problem}`, {
    hint: 'kprobe diagnose TARGET --save run.json writes a recording',
  });
}
