/** Runs as they were, redacted: each is judged as on the day that it was made, or the change that judges it otherwise says so in expected.json. */
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { judge } from '../../src/judge/judge.ts';
import { VERDICT_SCHEMA } from '../../src/model/verdict.ts';
import { parseRecording } from '../../src/recording/parse.ts';
import { shareCase } from '../../src/redact.ts';
import expected from './expected.json' with { type: 'json' };

const files = globSync('test/recordings/*.json.gz').toSorted();
/** Recordings that other tests keep, names and all. */
const elsewhere = globSync('test/browser/recordings/*.json.gz').filter((file) => !file.includes('report'));

function read(file: string) {
  const parsed = parseRecording(JSON.parse(gunzipSync(readFileSync(file)).toString()));
  if (!parsed.ok) throw new Error(`${file}: ${parsed.problem}`);
  return parsed.value;
}

test('each recording has its expectation', () => {
  expect(Object.keys(expected).toSorted()).toEqual(files.map((file) => basename(file, '.json.gz')));
});

test.for(files)('%s is judged as expected', (file) => {
  const { schema, status, findings } = judge(read(file));
  expect(schema).toBe(VERDICT_SCHEMA);
  expect({ [basename(file, '.json.gz')]: { status, findings: findings.map(({ diagnosis }) => diagnosis) } }).toEqual(
    Object.fromEntries(Object.entries(expected).filter(([name]) => name === basename(file, '.json.gz'))),
  );
});

/** The lab's own: of a recording that nobody redacted. */
const LAB_NAMES = /\b(?:shop|checkout|storefront)\b/;

test.for(files)('%s was redacted before it came here', (file) => {
  expect(JSON.stringify(read(file))).not.toMatch(LAB_NAMES);
});

test.for([...files, ...elsewhere])('%s redacted has the same verdict', { timeout: 60_000 }, (file) => {
  expect(shareCase(read(file)).differs).toEqual([]);
});
