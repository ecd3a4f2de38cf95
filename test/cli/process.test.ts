import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
/** Goes on for a quarter of an hour unless it is stopped. */
const LONG = ['agent', 'tcp://127.0.0.1:9', '-c', '1000', '--every', '1s'];

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(argv: readonly string[]): { child: ChildProcessWithoutNullStreams; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [cli, ...argv], {
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: string[] = [];
    stream.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
    return () => chunks.join('');
  }) as [() => string, () => string];
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, stdout: stdout(), stderr: stderr() }) as Ended);
  return { child, ended };
}

test('a mistake is one line and a hint on stderr, exit code 2, and no stack', async () => {
  expect(await start(['explain', '/nowhere']).ended).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'kprobe: There is no file /nowhere\n  kprobe diagnose TARGET --save run.json writes a recording\n',
  });
});

test('--debug adds the stack and the cause', async () => {
  const { stderr } = await start(['explain', '/nowhere', '--debug']).ended;
  expect(stderr).toMatch(/^kprobe: There is no file \/nowhere\n/u);
  expect(stderr).toMatch(/caused by Error: ENOENT/u);
  expect(stderr).toMatch(/\n {4}at /u);
});

test.for(['SIGINT', 'SIGTERM'] as const)('%s ends a measurement in good order', async (signal) => {
  const { child, ended } = start(LONG);
  await once(child.stdout, 'data');
  child.kill(signal);
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(0);
  expect(stdout.trimEnd().split('\n').at(-1)).toContain('"type":"bye"');
});

test('a reader that leaves (| head) is no error', async () => {
  const { child, ended } = start(LONG);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a full disk does not pass for success', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [cli, '--version'], { stdio: ['ignore', full, 'pipe'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [exitCode] = await once(child, 'close');
  closeSync(full);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'kprobe: The output cannot be written (ENOSPC)\n' });
});

test('--help needs no API client', async () => {
  const traced = spawn(process.execPath, [cli, '--help'], { env: { ...process.env, NODE_DEBUG: 'esm' } });
  let modules = '';
  traced.stderr.setEncoding('utf8').on('data', (text: string) => (modules += text));
  await once(traced, 'close');
  // Node may print whole sources too, which name what they do not load.
  const loaded = [...modules.matchAll(/^ESM \d+: .*?(file:\/\/\S+)/gmu)].map(([, url = '']) => url);
  expect(loaded.filter((url) => url.includes('/yargs/'))).not.toEqual([]);
  expect(loaded.filter((url) => /client-node|undici|src\/judge\/judge/u.test(url))).toEqual([]);
});
