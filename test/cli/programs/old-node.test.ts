/** The installed package on a real Node that is too old for it, and on the oldest that is not. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeProgram } from '../../../scripts/node-program.ts';
import { OLDEST_NODE } from '../../../src/oldest-node.ts';
import { type Installed, installPacked } from './packed.ts';

/** The last of its line. */
const OLD = '20.20.2';
const INSTALL_LIMIT_MS = 300_000;

let installed: Installed;
beforeAll(() => {
  installed = installPacked();
  for (const version of [OLD, `${OLDEST_NODE}.0`]) nodeProgram({ version, cpu: process.arch });
}, INSTALL_LIMIT_MS);
afterAll(() => installed[Symbol.dispose]());

function start(version: string, command: string, ...argv: readonly string[]) {
  const program = nodeProgram({ version, cpu: process.arch });
  const { status, stdout, stderr } = spawnSync(program, [join(installed.bin, command), ...argv], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test.for([
  [],
  ['--help'],
  ['--version'],
  ['diagnose', 'shop.example.com'],
  ['sweep', '-f', 'sweep.yaml'],
  ['history'],
  ['agent', 'tcp://127.0.0.1:9'],
  ['lint', '--debug'],
  ['completion', 'bash'],
])('on Node 20, kprobe %j says in one line that it is too old', (argv) => {
  expect(start(OLD, 'kprobe', ...argv)).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^kprobe: Node\.js 22\.19 or newer is needed \(this is 20\.20\.2\)[^\n]*\n$/u),
  });
});

test('and so does what kubectl asks for words', () => {
  const { status, stdout, stderr } = start(OLD, 'kubectl_complete-kprobe', 'diag');
  expect({ status, stdout, lines: stderr.split('\n').length }).toEqual({ status: 2, stdout: '', lines: 2 });
});

test('on the oldest that will do it works, and warns of nothing', () => {
  const oldest = `${OLDEST_NODE}.0`;
  expect(start(oldest, 'kprobe', 'catalog', 'lost-syn')).toMatchObject({ status: 0, stderr: '' });
  // A file that SQLite has to look at, for its warning.
  const opened = start(oldest, 'kprobe', 'history', '--history', join(installed.folder, 'LICENSE'));
  expect(opened).toMatchObject({ status: 2, stderr: expect.stringMatching(/^kprobe: [^\n]*LICENSE/u) });
  expect(opened.stderr).not.toMatch(/warning|bug in kprobe/iu);
});
