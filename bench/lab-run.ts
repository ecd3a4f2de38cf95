/** One scenario, once, through a real command line: the lab goes up, a command is timed in it, the lab goes away. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** kprobe as `npm run build` makes it; starts faster, so many trials take less time. */
export const BUILT_CLI = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));

/** Runs "$@" in the lab and notes when; the clock is the machine's, the same inside and outside. */
const TIMED =
  'date +%s%3N > "$0/began"; "$@" > "$0/verdict.json"; code=$?; date +%s%3N > "$0/ended"; echo $code > "$0/code"';
/** Twice what a diagnosis and its lab may take together on a slow machine. */
const LIMIT_MS = 180_000;

export interface LabRun {
  /** The command line that makes the lab and that is timed in it. */
  readonly cli: string;
  readonly scenario: string;
  /** Address families instead of the scenario's own, as `IPv4,IPv6`. */
  readonly families?: string;
  /** What is asked of it, without the program. */
  readonly args: readonly string[];
  /** Where `verdict.json` goes, and whatever else the run keeps. */
  readonly folder: string;
  /** A further line of shell to run in the lab; `$0` is the folder, `"$@"` the command. */
  readonly afterwards?: string;
}

export interface LabTimes {
  /** Everything that the lab printed. */
  readonly printed: string;
  /** Start of `kprobe lab` to the first instruction of the command in it; null when it never came that far. */
  readonly labMs: number | null;
  /** When the command began, Unix milliseconds; null when it never came that far. */
  readonly beganMs: number | null;
  /** null when the command did not end. */
  readonly tookMs: number | null;
  /** The command's exit code; null when it did not end. */
  readonly code: number | null;
}

/** Never raises for what kprobe or the lab does. */
export async function runInLab({ cli, scenario, families, args, folder, afterwards }: LabRun): Promise<LabTimes> {
  const kprobe = [process.execPath, cli];
  const startedAt = Date.now();
  const script = [TIMED, ...(afterwards === undefined ? [] : [afterwards]), 'exit $code'].join('; ');
  const twin = families === undefined ? [] : ['--families', families];
  const printed = await run([
    ...kprobe,
    'lab',
    'run',
    scenario,
    ...twin,
    '--',
    'sh',
    '-c',
    script,
    folder,
    ...kprobe,
    ...args,
  ]);
  const [began, ended, code] = await Promise.all([
    numberIn(folder, 'began'),
    numberIn(folder, 'ended'),
    numberIn(folder, 'code'),
  ]);
  return {
    printed,
    labMs: began === null ? null : began - startedAt,
    beganMs: began,
    tookMs: began === null || ended === null ? null : ended - began,
    code,
  };
}

/** Everything that was printed. */
function run([program = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
    let printed = '';
    const keep = (chunk: Buffer): void => void (printed += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve(`${printed}${error.message}\n`));
    child.on('close', (code, signal) => resolve(`${printed}exit ${code ?? signal}\n`));
  });
}

async function numberIn(folder: string, file: string): Promise<number | null> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => null);
  return text === null || text.trim() === '' ? null : Number(text);
}
