/** Real programs as a system has them; one that is missing fails the test, by name. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Program → the Debian package that brings it. */
const PACKAGES = {
  promtool: 'prometheus',
  prometheus: 'prometheus',
  'prometheus-pushgateway': 'prometheus-pushgateway',
} as const;
type Program = keyof typeof PACKAGES;

/** How long a program may take to answer its first request. */
const START_LIMIT_MS = 20_000;
const POLL_MS = 50;

function pathOf(program: Program): string {
  for (const folder of [...(process.env['PATH'] ?? '').split(':'), '/usr/bin']) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not there: the next folder.
    }
  }
  throw new Error(`${program} is missing: apt-get install --no-install-recommends ${PACKAGES[program]}`);
}

/** Runs it to its end. */
export function runProgram(
  program: Program,
  args: readonly string[],
  input = '',
): { status: number | null; said: string } {
  const { status, stdout, stderr, error } = spawnSync(pathOf(program), args, { input, encoding: 'utf8' });
  if (error) throw error;
  return { status, said: `${stdout}${stderr}` };
}

/** Starts it on a free port of `host` and waits until it is ready; ended with its owner. */
export async function startProgram(
  program: Program,
  argsFor: (address: string) => readonly string[],
  host = '127.0.0.1',
): Promise<{ url: string } & AsyncDisposable> {
  const address = `${host}:${await freePort(host)}`;
  const child = spawn(pathOf(program), argsFor(address), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const url = `http://${address}`;
  await until(`${program} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${said}`);
    const answer = await fetch(`${url}/-/ready`).catch(() => null);
    return answer?.ok ?? false;
  });
  return { url, [Symbol.asyncDispose]: () => end(child) };
}

/** Asks again and again, until the answer is yes. */
export async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
