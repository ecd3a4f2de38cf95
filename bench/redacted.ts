/**
 * Redacts recordings of real runs, each judged beside its original: `npm run bench:redacted -- FOLDER…` (files that end in .json, .rec or .json.gz, at any
 * depth; files that are no recording are passed over). One line for each that differs, and how many did not. Exits 1 where any did.
 */
import { globSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Recording } from '../src/model/recording.ts';
import { parseRecording } from '../src/recording/parse.ts';
import { shareCase } from '../src/redact.ts';

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error('kprobe: which folders? npm run bench:redacted -- FOLDER…');
  process.exit(2);
}
const files = folders.flatMap((folder) =>
  statSync(folder).isDirectory() ? globSync(`${folder}/**/*.{json,rec,json.gz}`).toSorted() : [folder],
);
/** A run is counted once, however many copies of its recording there are. */
const seen = new Set<string>();
let alike = 0;
let wrong = 0;
for (const file of files) {
  const recording = readAt(file);
  if (recording === null || seen.has(recording.run)) continue;
  seen.add(recording.run);
  const problem = problemOf(recording);
  if (problem === null) alike += 1;
  else {
    wrong += 1;
    console.log(`${file}: ${problem}`);
  }
}
console.log(`${alike} of ${alike + wrong} redacted recordings have the verdict of the original but for names`);
process.exitCode = wrong === 0 && alike > 0 ? 0 : 1;

/** null: no recording of this version. */
function readAt(file: string): Recording | null {
  try {
    const bytes = readFileSync(file);
    const parsed = parseRecording(JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()));
    return parsed.ok ? parsed.value : null;
  } catch {
    return null;
  }
}

function problemOf(recording: Recording): string | null {
  try {
    const { differs } = shareCase(recording);
    return differs.length === 0 ? null : `other ${differs.join(', ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
