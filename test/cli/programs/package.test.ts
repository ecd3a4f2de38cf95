/** The package as npm makes and installs it: what is in it, that it runs, and what it says to a real Node that is too old for it. */
import { execFile } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeProgram } from '../../../scripts/node-program.ts';
import { OLDEST_NODE } from '../../../src/oldest-node.ts';
import { apiServer, json, kubeconfig, status } from '../../api/api-server.ts';
import { type Installed, installPacked } from './packed.ts';
import { standBack } from './stand-back.ts';

/** The last of its line. */
const OLD = '20.20.2';
/** Two Nodes of 45 MB each are fetched once. */
const INSTALL_LIMIT_MS = 600_000;
/** Unpacked, without its libraries. Whoever makes it larger should know. */
const LARGEST_BYTES = 5_000_000;

let installed: Installed;
beforeAll(() => {
  standBack();
  installed = installPacked();
  for (const version of [OLD, `${OLDEST_NODE}.0`]) nodeProgram({ version, cpu: process.arch });
}, INSTALL_LIMIT_MS);
afterAll(() => installed[Symbol.dispose]());

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, ...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(program, argv, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );
}
/** As a shell does: by the first line of the file, with the Node on the PATH. */
const start = (command: string, ...argv: readonly string[]) => run(join(installed.bin, command), ...argv);
const startOn = (version: string, command: string, ...argv: readonly string[]) =>
  run(nodeProgram({ version, cpu: process.arch }), join(installed.bin, command), ...argv);

describe('what is in it', () => {
  const files = () =>
    globSync('**', { cwd: installed.folder, exclude: ['node_modules'] }).filter((file) =>
      statSync(join(installed.folder, file)).isFile(),
    );

  test('what was built, what it is and its licence, and nothing else', () => {
    const others = files().filter((file) => !file.startsWith('dist/'));
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files().filter((file) => /\.tsx?$|test|bench|demo/u.test(file))).toEqual([]);
    const sizes = files().map((file) => statSync(join(installed.folder, file)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(LARGEST_BYTES);
  });

  test('the agent that probe pods run, in one file that needs nothing', async () => {
    const file = join(installed.folder, 'dist', 'agent.mjs');
    expect(readFileSync(file, 'utf8').match(/\b(?:import|export)\b[\w\s$*{},]*\(?["'`](?!node:).*?["'`]/gu)).toBeNull();
    // Beside nothing that could be loaded.
    const alone = join(installed.empty, 'agent.mjs');
    copyFileSync(file, alone);
    const agent = await run(process.execPath, alone, '--assignment', '/nowhere');
    expect(agent).toMatchObject({ status: 2, stderr: expect.stringContaining('/nowhere') });
  });
});

describe('its commands', () => {
  test('kprobe measures from where it is', async () => {
    const { status: exitCode, stdout, stderr } = await start('kprobe', 'agent', 'tcp://127.0.0.1:9', '-c', '1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/"type":"hello"[\s\S]*"type":"sample"[\s\S]*"type":"bye"/u);
  });

  test('kubectl-kprobe speaks with a cluster', async () => {
    await using server = await apiServer((_, response) => json(response, 404, status(404, 'NotFound')));
    const { stdout } = await start('kubectl-kprobe', 'doctor', '--kubeconfig', kubeconfig(server.url), '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ state: 'ok', says: 'Kubernetes v1.34.0' })]),
    });
  });

  test('kubectl_complete-kprobe completes', async () => {
    expect(await start('kubectl_complete-kprobe', 'diag')).toEqual({ status: 0, stdout: 'diagnose\n:4\n', stderr: '' });
  });

  test('the lab is in it', async () => {
    expect(await start('kprobe', 'lab', 'list')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('policy-misses-hostnetwork'),
    });
  });
});

describe('an old Node', () => {
  test.for([
    '',
    '--help',
    '--version',
    'diagnose shop.example.com',
    'sweep -f sweep.yaml',
    'history',
    'agent tcp://127.0.0.1:9',
    'lint --debug',
    'completion bash',
  ])('on Node 20, kprobe %s says in one line that it is too old', async (line) => {
    expect(await startOn(OLD, 'kprobe', ...line.split(' ').filter(Boolean))).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^kprobe: Node\.js 22\.19 or newer is needed \(this is 20\.20\.2\)[^\n]*\n$/u),
    });
  });

  test('and so does what kubectl asks for words', async () => {
    const { status: exitCode, stdout, stderr } = await startOn(OLD, 'kubectl_complete-kprobe', 'diag');
    expect({ exitCode, stdout, lines: stderr.split('\n').length }).toEqual({ exitCode: 2, stdout: '', lines: 2 });
  });

  test('on the oldest that will do it works, and warns of nothing', async () => {
    const oldest = `${OLDEST_NODE}.0`;
    expect(await startOn(oldest, 'kprobe', 'catalog', 'lost-syn')).toMatchObject({ status: 0, stderr: '' });
    // A file that SQLite has to look at, for its warning.
    const opened = await startOn(oldest, 'kprobe', 'history', '--history', join(installed.folder, 'LICENSE'));
    expect(opened).toMatchObject({ status: 2, stderr: expect.stringMatching(/^kprobe: [^\n]*LICENSE/u) });
    expect(opened.stderr).not.toMatch(/warning|bug in kprobe/iu);
  });
});
