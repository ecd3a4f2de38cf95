import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseRecording } from '../../src/recording/parse.ts';
import { run as world, shopCluster, shopTarget } from '../judge/world.ts';
import { run } from './session.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-redact-'));
const text = JSON.stringify(world({ cluster: shopCluster(), target: shopTarget() }));

test.for([
  ['plain', text],
  ['gzipped', gzipSync(text)],
] as const)('what comes out is a recording without its names: %s', async ([, stdin]) => {
  const { exitCode, stdout, stderr } = await run(['redact', '-'], { stdin });
  expect({ exitCode, stderr, parsed: parseRecording(JSON.parse(stdout)).ok }).toEqual({
    exitCode: 0,
    stderr: '',
    parsed: true,
  });
  expect(stdout).not.toMatch(/\bshop\b|\bweb\b/);
});

test('into a file, and nothing on standard output', async () => {
  const [from, to] = [join(folder, 'run.json'), join(folder, 'shared.json')];
  writeFileSync(from, text);
  expect(await run(['redact', from, '-o', to])).toMatchObject({ exitCode: 0, stdout: '' });
  expect(readFileSync(to, 'utf8')).not.toContain('shop');
});

test.for([
  ['0.1\n0.2\n5.1\n', 'timings, not a recording'],
  ['{"schema":"kprobe/verdict/v1"}', 'a verdict, not a recording'],
  ['{}', 'without "schema"'],
  ['', 'is empty'],
] as const)('what is no recording is refused: %j', async ([stdin, says]) => {
  const { error, stdout } = await run(['redact', '-'], { stdin });
  expect(error?.message).toContain(says);
  expect(stdout).toBe('');
});

test('a file that cannot be written is said', async () => {
  const { error } = await run(['redact', '-', '-o', join(folder, 'none', 'x.json')], { stdin: text });
  expect(error?.message).toMatch(/cannot be written \(ENOENT\)$/);
});
