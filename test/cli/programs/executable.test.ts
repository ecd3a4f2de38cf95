/** kprobe as one file, where there is no Node and nothing else of it. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message } from '../../../probes/wire.ts';
import { bundleAgent } from '../../../src/place/bundle.ts';
import { apiServer, json, kubeconfig, status } from '../../api/api-server.ts';
import { recording } from '../../judge/make.ts';
import { assignment, schedule } from '../../place/agents.ts';
import { standBack } from './stand-back.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/executable.ts', import.meta.url));
/** Two Nodes of 45 MB each are fetched once. */
const BUILD_LIMIT_MS = 600_000;
/** Node alone is 127 MB; whoever adds more to it should know. */
const LARGEST_BYTES = 145_000_000;
/** ELF: where the machine is told, and what it is (elf.h: EM_X86_64, EM_AARCH64). */
const ELF_MACHINE = 18;
const MACHINES = { x64: 62, arm64: 183 } as const;
const CPU = process.arch === 'arm64' ? 'arm64' : 'x64';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-executable-'));
const programOf = (cpu: string) => join(folder, `kprobe-linux-${cpu}`, 'kprobe');
beforeAll(() => {
  standBack();
  execFileSync(process.execPath, [SCRIPT, folder, 'x64', 'arm64'], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of ['kubectl-kprobe', 'kubectl_complete-kprobe']) symlinkSync(programOf(CPU), join(folder, name));
}, BUILD_LIMIT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

/** No Node on the PATH, and no folder of the project around. */
const WHERE = { cwd: folder, env: { PATH: folder } };

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function start(program: string, ...argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(program, argv, WHERE, (error, stdout, stderr) =>
      resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  );
}
const kprobe = (...argv: readonly string[]) => start(programOf(CPU), ...argv);

describe.for(['x64', 'arm64'] as const)('for %s', (cpu) => {
  test('it is a program of that processor, not too large, with the licences of what is in it', () => {
    const header = Buffer.alloc(ELF_MACHINE + 2);
    const file = openSync(programOf(cpu), 'r');
    readSync(file, header, 0, header.length, 0);
    closeSync(file);
    expect(header.readUInt16LE(ELF_MACHINE)).toBe(MACHINES[cpu]);
    expect(statSync(programOf(cpu)).size).toBeLessThan(LARGEST_BYTES);
    const licenses = readdirSync(join(folder, `kprobe-linux-${cpu}`, 'licenses'));
    expect(licenses).toEqual(expect.arrayContaining(['node.txt', 'undici.txt', '@kubernetes__client-node.txt']));
    expect(existsSync(join(folder, `kprobe-linux-${cpu}`, 'LICENSE'))).toBe(true);
  });
});

describe('where there is no Node', () => {
  test('it says its version, and warns of nothing', async () => {
    expect(await kprobe('--version')).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u),
      stderr: '',
    });
  });

  test.for([
    ['json', '"schema": "kprobe/verdict/v1"'],
    ['html', '</html>'],
    ['junit', '</testsuites>'],
  ] as const)('it judges a recording, and tells it as %s', async ([output, expected]) => {
    writeFileSync(join(folder, 'run.json'), JSON.stringify(recording()));
    const { stdout, stderr } = await kprobe('explain', 'run.json', '-o', output);
    expect(stderr).toBe('');
    expect(stdout).toContain(expected);
  });

  test('it measures, also by the system resolver', async () => {
    const { stdout, stderr } = await kprobe('agent', 'tcp://127.0.0.1:9', 'resolver://localhost', '-c', '1');
    expect(stderr).toBe('');
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Message);
    expect(messages.flatMap((message) => (message.type === 'sample' ? [message.outcome.kind] : [])).toSorted()).toEqual(
      ['answered', 'refused'],
    );
  });

  test('it is the agent on this machine, told on its standard input, and leaves when that ends', async () => {
    const child = spawn(programOf(CPU), ['agent', '--assignment', '-'], {
      ...WHERE,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write(`${JSON.stringify(assignment('local', [schedule('p1', 'nobody')]))}\n`);
    const heard: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      heard.push((JSON.parse(line) as Message).type);
      if (heard.length === 1) child.stdin.end();
    }
    expect([heard[0], heard.at(-1)]).toEqual(['hello', 'bye']);
  });

  test('it speaks with a cluster, and sends it the agent of its pods', async () => {
    const sent: string[] = [];
    await using server = await apiServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        if (request.method === 'POST' && request.path.endsWith('/configmaps')) sent.push(body);
        json(response, 404, status(404, 'NotFound'));
      });
    });
    const line = ['doctor', '--kubeconfig', kubeconfig(server.url), '--image-check', '-o', 'json'];
    const { stdout, stderr } = await kprobe(...line);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ state: 'ok', says: 'Kubernetes v1.34.0' })]),
    });
    const [map] = sent.map((body) => JSON.parse(body) as { readonly data: Readonly<Record<string, string>> });
    expect(map?.data['agent.mjs']).toBe(await bundleAgent());
  });

  test('it says that it has no lab', async () => {
    expect(await kprobe('lab', 'list')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^kprobe: The lab is not part of this build of kprobe\n/u),
    });
  });
});

test('by the names that kubectl starts it as, it is a plugin that completes', async () => {
  expect(await start('kubectl-kprobe', '--version')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await start('kubectl_complete-kprobe', 'diag')).toEqual({ exitCode: 0, stdout: 'diagnose\n:4\n', stderr: '' });
});
