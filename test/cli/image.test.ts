import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { apiServer, json, kubeconfig, status } from '../api/api-server.ts';
import { recording } from '../judge/make.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/image.ts');
const folder = mkdtempSync(join(tmpdir(), 'kprobe-image-'));
/** Bundling takes a second or two, on a machine that does nothing else. */
const LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: LIMIT_MS });
/** Whoever makes it larger should know. */
const LARGEST_BYTES = 16_000_000;

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] };
    execFile(process.execPath, argv, { env, cwd: folder }, (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}
const kprobe = (...argv: readonly string[]) => start(join(folder, 'dist/src/bin/cli.mjs'), ...argv);

/** Each file that was built, with a digest of what is in it. */
function contentsOf(built: string): (readonly [name: string, digest: string])[] {
  return globSync('{dist,licenses}/**', { cwd: built })
    .filter((file) => statSync(join(built, file)).isFile())
    .toSorted()
    .map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(built, file)))
        .digest('hex'),
    ]);
}

beforeAll(async () => {
  const built = await start(SCRIPT, folder);
  if (built.exitCode !== 0) throw new Error(built.stderr);
}, LIMIT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

test('what the image holds is small, and says whose work it is', () => {
  const files = globSync(join(folder, '**')).filter((file) => statSync(file).isFile());
  expect(files.reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(LARGEST_BYTES);
  expect(readFileSync(join(folder, 'licenses/undici.txt'), 'utf8')).toMatch(/MIT License/);
});

test('what is built twice is the same, wherever it is built', async () => {
  const again = mkdtempSync(join(tmpdir(), 'kprobe-image-again-'));
  const { exitCode } = await start(SCRIPT, again);
  const [first, second] = [folder, again].map(contentsOf);
  rmSync(again, { recursive: true });
  expect(exitCode).toBe(0);
  expect(second).toEqual(first);
});

test.for([
  ['json', '"schema": "kprobe/verdict/v1"'],
  ['html', '</html>'],
  ['junit', '</testsuites>'],
] as const)('it reads recordings, and tells them as %s', async ([output, expected]) => {
  writeFileSync(join(folder, 'run.json'), JSON.stringify(recording()));
  const { stdout, stderr } = await kprobe('explain', 'run.json', '-o', output);
  expect(stdout).toContain(expected);
  expect(stderr).toBe('');
});

test('it speaks with clusters, and has the agent to send there', async () => {
  await using server = await apiServer((_, response) => json(response, 404, status(404, 'NotFound')));
  const line = ['doctor', '--kubeconfig', kubeconfig(server.url), '--image-check', '-o', 'json'];
  const { stdout, stderr } = await kprobe(...line);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    checks: expect.arrayContaining([expect.objectContaining({ state: 'ok', says: 'Kubernetes v1.34.0' })]),
  });
  const agent = await start(join(folder, 'dist/agent.mjs'), '--assignment', '/nowhere');
  expect(agent).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('/nowhere') });
});

test('it measures from where it is', async () => {
  const { stdout } = await kprobe('agent', 'tcp://127.0.0.1:9', '-c', '1');
  expect(stdout).toMatch(/"type":"hello"[\s\S]*"type":"sample"[\s\S]*"type":"bye"/);
});

test('it says that it has no lab', async () => {
  expect(await kprobe('lab', 'list')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^kprobe: The lab is not part of this build of kprobe\n/),
  });
});
