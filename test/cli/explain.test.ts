import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Recording } from '../../src/model/recording.ts';
import { arrival, halfOpen, on, path, recording, sample, to } from '../judge/make.ts';
import { verdict } from '../render/samples.ts';
import { run } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-explain-'));
const web = path('host@worker-1', to.backend());
const full = recording({
  paths: [web],
  samples: on(web, [sample({ connectMs: 3 }), sample({ connectMs: 5003 })]),
  arrivals: [arrival('twin:web@worker-2', '10.244.1.0:40000')],
  halfOpen: [halfOpen('twin:web@worker-2', '10.244.1.0:40000')],
});
const text = JSON.stringify(full);

async function judged(stdin: string | Uint8Array): Promise<Recording | string | undefined> {
  let seen: Recording | undefined;
  const judge = async (given: Recording) => {
    seen = given;
    return verdict();
  };
  const { error } = await run(['explain', '-'], { stdin, stages: { judge } });
  return seen ?? error?.message;
}

test.for([
  ['plain', text],
  ['indented', JSON.stringify(full, null, 2)],
  ['gzipped', gzipSync(text)],
  ['with a byte order mark', `\ufeff${text}`],
] as const)('what was saved is what is judged: %s', async ([, stdin]) => {
  expect(await judged(stdin)).toEqual(full);
});

test('a file is read like standard input, and the exit code is the live one', async () => {
  const file = join(folder, 'run.json');
  writeFileSync(file, text);
  expect(await run(['explain', file])).toMatchObject({ exitCode: 1, stderr: '' });
});

/** The recording with one place changed: `samples.0.outcome`. */
function broken(place: string, value: unknown): string {
  const copy = JSON.parse(text) as Record<string, unknown>;
  const keys = place.split('.');
  const last = keys.pop() ?? '';
  let at: Record<string, unknown> = copy;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return JSON.stringify(copy);
}

test.for([
  ['samples', undefined, 'samples: expected a list'],
  ['samples.1.totalMs', 'x', 'samples[1].totalMs: expected'],
  ['samples.1', null, 'samples[1].type: expected'],
  ['samples.0.type', 'bye', 'samples[0]'],
  ['samples.0.outcome.kind', 'fine', 'samples[0].outcome'],
  ['arrivals.0.agent', 7, 'arrivals[0].agent: expected string'],
  ['hellos.0.version', 9, 'hellos[0]: wire version 9'],
  ['cluster.nodes.0.name', 7, 'cluster.nodes[0].name: expected string, received number'],
  ['cluster.pods', undefined, 'cluster.pods: expected array, but it is missing'],
  ['plan.paths.0.probe', { kind: 'smoke' }, 'plan.paths[0].probe'],
  ['ended', 'never', 'ended: '],
  ['tookMs', null, 'tookMs: expected number, received null'],
  [
    'schema',
    'kprobe/recording/v9',
    'made by a newer kprobe (kprobe/recording/v9; this one reads kprobe/recording/v2): upgrade',
  ],
  ['schema', 'kprobe/recording/v0', 'made by an older kprobe'],
  ['schema', 'kprobe/verdict/v1', 'a verdict, not a recording'],
  ['schema', 'other', 'schema: expected "kprobe/recording/v2", not "other"'],
  ['schema', undefined, 'not a recording but an object without "schema"'],
] as const)('%s = %j: one line with the place', async ([place, value, says]) => {
  const message = await judged(broken(place, value));
  expect(message).toContain(`standard input: ${says}`);
  expect(message).not.toContain('\n');
});

test.for([
  ['nothing', '', 'standard input is empty'],
  ['blanks', ' \n', 'standard input is empty'],
  ['an empty gzip', gzipSync(''), 'standard input is empty'],
  ['half a gzip', gzipSync(text).subarray(0, 100), 'gzip, but damaged or cut off'],
  ['a binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]), 'binary file'],
  ['zeros', new Uint8Array(100), 'binary file'],
  ['YAML', 'apiVersion: v1\nkind: Pod\n', 'is not JSON'],
  ['half a recording', text.slice(0, 500), 'broken JSON: it ends in the middle'],
  ['a comma too many', '{\n "schema": 1,,\n}', 'broken JSON at line 2, column 14'],
  ['the output of an agent', '{"type":"hello"}\n{"type":"bye"}\n', 'one JSON object a line'],
  ['a list', '[]', 'not a recording but a list'],
  ['a number', '[1]', 'not a recording but a list'],
  ['a Kubernetes object', '{"apiVersion":"v1","kind":"Pod"}', 'not a recording but a Kubernetes object'],
  ['deep nesting', `${'['.repeat(200_000)}`, 'broken JSON'],
] as const)('%s is refused in one line', async ([, stdin, says]) => {
  const message = await judged(stdin);
  expect(message).toContain(says);
  expect(message).not.toContain('\n');
});

test.for([
  ['/nowhere/run.json', 'There is no file /nowhere/run.json'],
  [folder, 'is a folder, not a recording'],
  ['', 'The name of the file is empty'],
] as const)('explain %s: %s', async ([file, says]) => {
  expect((await run(['explain', file])).error?.message).toContain(says);
});

test('Ctrl-C while it waits for standard input leaves at once', async () => {
  expect((await run(['explain', '-'], { signal: AbortSignal.abort() })).exitCode).toBe(130);
});

const SLOW_HALF = '0.003\n5.004\n0.004\n5.003\n0.003\n5.002\n0.002\n5.003\n0.003\n5.005\n';

test('timings are explained without a verdict: candidates, and exit code 3', async () => {
  const { exitCode, stdout } = await run(['explain', '-'], { stdin: SLOW_HALF });
  expect(exitCode).toBe(3);
  for (const part of ['5 of 10 take 5.0 s', 'nginx proxy-connect-timeout', 'glibc resolver timeout', 'tcp_retries2'])
    expect(stdout).toContain(part);
  expect(stdout).toContain('kprobe diagnose TARGET');
  expect(stdout).not.toMatch(/proven|healthy|faulty/u);
});

test('timings in JSON and Markdown, gzipped too', async () => {
  const json = await run(['explain', '-', '-o', 'json'], { stdin: gzipSync(SLOW_HALF) });
  expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'kprobe/timings/v1', status: 'inconclusive', attempts: 10 });
  const markdown = await run(['explain', '-', '-o', 'markdown'], { stdin: SLOW_HALF });
  expect(markdown.stdout).toMatch(/^### \? 5 of 10 take 5\.0 s/u);
});

test.for([
  ['html', 'is for recordings'],
  ['junit', 'is for recordings'],
] as const)('timings have no %s', async ([output, says]) => {
  expect((await run(['explain', '-', '-o', output], { stdin: SLOW_HALF })).error?.message).toContain(says);
});

test('timings that hold nothing are refused in one line', async () => {
  const stdin = 'This is ApacheBench, Version 2.3\napr_pollset_poll: The timeout specified has expired (70007)\n';
  const { error } = await run(['explain', '-'], { stdin });
  expect(error?.message).toMatch(/^standard input: ab gave up[^\n]*$/u);
});

test('what is neither a recording nor timings is told what would be read', async () => {
  const { error } = await run(['explain', '-'], { stdin: 'hello world\n' });
  expect(error).toMatchObject({
    message: expect.stringContaining('is not JSON'),
    hint: expect.stringContaining('curl -w'),
  });
});
