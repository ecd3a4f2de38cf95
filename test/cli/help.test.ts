import { expect, test } from 'vitest';
import { run } from './session.ts';

test.for([
  ['kprobe', ['--help']],
  ['diagnose', ['diagnose', '--help']],
  ['sweep', ['sweep', '--help']],
  ['matrix', ['matrix', '--help']],
  ['trace', ['trace', '--help']],
  ['check', ['check', '--help']],
  ['explain', ['explain', '-h']],
  ['redact', ['redact', '--help']],
  ['history', ['history', '--help']],
  ['catalog', ['catalog', '--help']],
  ['lab', ['lab', '--help']],
  ['agent', ['agent', '--help']],
  ['mcp', ['mcp', '--help']],
  ['install', ['install', '--help']],
  ['doctor', ['doctor', '--help']],
  ['cleanup', ['cleanup', '--help']],
  ['uninstall', ['uninstall', '--help']],
  ['completion', ['completion', '--help']],
] as const)('%s --help teaches as it always did', async ([name, argv]) => {
  const { exitCode, stdout, stderr } = await run(argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await expect(stdout).toMatchFileSnapshot(`golden/help-${name}.txt`);
});

test('no command: the help, on stderr, and exit code 2', async () => {
  const [bare, help] = [await run([]), await run(['--help'])];
  expect(bare).toMatchObject({ exitCode: 2, stdout: '', stderr: help.stdout });
});

test('--version prints the version alone', async () => {
  const { exitCode, stdout } = await run(['--version']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/u);
});
