/** Behind `kprobe lab run` and `kprobe lab up`: both return the exit code, and begin again inside the lab's namespaces. */
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { UserError } from '../model/user-error.ts';
import { leadTo, openDoor } from './door/door.ts';
import { enter, isInside, onEnd } from './door/enter.ts';
import type { Lab } from './lab.ts';
import type { LoadedScenario } from './scenario/load-scenario.ts';
import type { Scenario } from './scenario/scenario.ts';
import { labPath } from './door/tools.ts';

export interface RunOptions {
  /** An id from src/lab/scenarios, or the path of a folder. */
  readonly scenario: string;
  /** Address families of the cluster instead of those that the scenario asks for, as `IPv4,IPv6`; null or absent: as it asks. */
  readonly families?: string | null;
  /** Told line by line what happens. */
  readonly say: (line: string) => void;
}

/** What a shell reports for a process that Ctrl-C ended. */
const INTERRUPTED = 128 + constants.signals.SIGINT;

/**
 * Builds a scenario, runs a command against it, and tears it down.
 * @param options.command by default the diagnosis that the scenario asks for.
 * @returns the command's exit code. @throws UserError
 */
export async function runScenario(options: RunOptions & { readonly command: readonly string[] }): Promise<number> {
  if (!isInside()) return enter();
  const ending = awaitEnd();
  const loaded = await load(options);
  const lab = await Promise.race([build(loaded, options.say), ending.ended]);
  if (lab === null) return INTERRUPTED;
  await using _ = lab;
  report(lab, options.say);
  const command = options.command.length > 0 ? options.command : question(loaded.scenario);
  // Awaited here: the lab must outlive the command.
  return await runCommand(command, lab, ending);
}

/** Builds a scenario and keeps it until Ctrl-C, within reach of other terminals of this machine. @throws UserError */
export async function keepUp({ say, ...asked }: RunOptions): Promise<number> {
  if (!isInside()) return enter({ door: await openDoor() });
  const ending = awaitEnd();
  const lab = await Promise.race([build(await load(asked), say), ending.ended]);
  if (lab === null) return INTERRUPTED;
  await using _ = lab;
  report(lab, say);
  const port = await leadTo(lab.api.host, lab.api.port);
  const file = join(tmpdir(), `kprobe-lab-${port}.kubeconfig`);
  const { kubeconfig } = await import('./api/kubeconfig.ts');
  await writeFile(file, kubeconfig(`http://127.0.0.1:${port}`), { mode: 0o600 });
  say(`export KUBECONFIG=${file}`);
  say('in another terminal: kubectl get pods -A; Ctrl-C here ends it');
  await ending.ended;
  await rm(file, { force: true });
  return 0;
}

/** Imported here, because the outer process does without most of the lab, and loading it takes a good part of a start. */
async function load({ scenario, families = null }: Omit<RunOptions, 'say'>): Promise<LoadedScenario> {
  const { loadScenario } = await import('./scenario/load-scenario.ts');
  const loaded = await loadScenario(scenario);
  if (families === null) return loaded;
  const { inFamilies, readFamilies } = await import('./scenario/twin.ts');
  return inFamilies(loaded, readFamilies(families));
}

async function build(loaded: LoadedScenario, onProblem: (problem: string) => void): Promise<Lab> {
  const { up } = await import('./lab.ts');
  return up(loaded, { onProblem });
}

function report({ id, tookMs, notReady }: Lab, say: (line: string) => void): void {
  say(`lab ${id} is up after ${(tookMs / 1000).toFixed(1)} s`);
  for (const pod of notReady) say(`not ready: ${pod}`);
}

interface Ending {
  /** Resolves when the lab shall end. */
  readonly ended: Promise<null>;
  /** Called as well, with whether the terminal has told everybody in the foreground already. */
  tell(listener: (fromTerminal: boolean) => void): void;
}

function awaitEnd(): Ending {
  const listeners: ((fromTerminal: boolean) => void)[] = [];
  const ended = new Promise<null>((resolve) => {
    onEnd((fromTerminal) => {
      for (const listener of listeners) listener(fromTerminal);
      resolve(null);
    });
  });
  return { ended, tell: (listener) => void listeners.push(listener) };
}

/** kprobe itself, as it is running now. */
function question({ command, diagnose }: Pick<Scenario, 'command' | 'diagnose'>): string[] {
  const cli = join(import.meta.dirname, '..', `cli${extname(import.meta.filename)}`);
  return [process.execPath, ...process.execArgv, cli, command, ...diagnose];
}

async function runCommand([program = '', ...args]: readonly string[], lab: Lab, ending: Ending): Promise<number> {
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: labPath(), KUBECONFIG: lab.kubeconfig },
  });
  ending.tell((fromTerminal) => {
    if (!fromTerminal) child.kill('SIGTERM');
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new UserError(`cannot run ${program}: ${cause.message}`, { cause })));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
