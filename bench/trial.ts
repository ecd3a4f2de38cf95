/** One scenario, once, through the real command line: the lab goes up, kprobe diagnoses, the lab goes away. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario } from '../src/lab/scenario/scenario.ts';
import { Verdict } from '../src/model/verdict.ts';
import { answerOf, differences, expectedAnswer } from './expectation.ts';

export interface Trial {
  readonly scenario: string;
  readonly expected: string;
  /** The first finding or status; `no verdict` where kprobe gave none. */
  readonly found: string;
  /** Empty when the verdict is right in every point that the scenario names. */
  readonly wrong: readonly string[];
  /** Start of `kprobe lab` to the first instruction of the command in it; null when it never came that far. */
  readonly labMs: number | null;
  readonly diagnoseMs: number | null;
  /** Kept after a failure: verdict, recording, what was printed. */
  readonly folder: string | null;
}

const FIXER = fileURLToPath(new URL('apply-fix.ts', import.meta.url));
/** kprobe as it runs from source. */
export const SOURCE_CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
/** kprobe as `npm run build` makes it; starts faster, so many trials take less time. */
export const BUILT_CLI = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
/** Runs "$@" in the lab and notes when; the clock is the machine's, the same inside and outside. */
const TIMED = 'date +%s%3N > "$0/began"; "$@" > "$0/verdict.json"; code=$?; date +%s%3N > "$0/ended"';
/** Applies the fix that was printed and asks again. The fixer is a program of its own: it needs the lab's network. */
const HEALED = `mv "$0/recording.json" "$0/recording-before.json"; ${quoted(process.execPath)} ${quoted(FIXER)} "$0/verdict.json" && "$@" > "$0/healed.json"`;
/** Twice what a diagnosis and its lab may take together on a slow machine. */
const LIMIT_MS = 180_000;

export interface TrialOptions {
  /** Apply the fix, where the scenario says that it heals, and ask again. */
  readonly heals: boolean;
  /** The command line to run. */
  readonly cli: string;
}

/**
 * Runs `scenario` once, and with `heals` again after its fix was applied, where the scenario says that this heals.
 * Never raises for what kprobe or the lab does; the trial says it.
 */
export async function runTrial(name: string, scenario: Scenario, { heals, cli }: TrialOptions): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), `kprobe-${name}-`));
  const kprobe = [process.execPath, cli];
  const diagnose = [scenario.command, ...scenario.diagnose, '-o', 'json', '--save', join(folder, 'recording.json')];
  const startedAt = Date.now();
  const isHealed = heals && scenario.expect.fixHeals;
  const script = [TIMED, ...(isHealed ? [HEALED] : []), 'exit $code'].join('; ');
  const printed = await run([...kprobe, 'lab', 'run', name, '--', 'sh', '-c', script, folder, ...kprobe, ...diagnose]);
  const [began, ended] = await Promise.all([timeIn(folder, 'began'), timeIn(folder, 'ended')]);
  const verdict = await verdictIn(folder, 'verdict.json');
  const healed = isHealed ? await verdictIn(folder, 'healed.json') : null;
  const wrong = [
    ...(verdict === null ? ['no verdict'] : differences(scenario.expect, verdict)),
    ...(isHealed && healed?.status !== 'healthy' ? [`after the fix ${healed?.status ?? 'no verdict'}`] : []),
  ];
  await (wrong.length === 0
    ? rm(folder, { recursive: true, force: true })
    : writeFile(join(folder, 'printed.txt'), printed).catch(() => undefined));
  return {
    scenario: name,
    expected: expectedAnswer(scenario.expect),
    found: verdict === null ? 'no verdict' : answerOf(verdict),
    wrong,
    labMs: began === null ? null : began - startedAt,
    diagnoseMs: began === null || ended === null ? null : ended - began,
    folder: wrong.length === 0 ? null : folder,
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

async function timeIn(folder: string, file: string): Promise<number | null> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => null);
  return text === null || text.trim() === '' ? null : Number(text);
}

async function verdictIn(folder: string, file: string): Promise<Verdict | null> {
  try {
    const printed: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
    // A matrix carries its verdict beside its cells.
    const isReport = typeof printed === 'object' && printed !== null && 'verdict' in printed;
    return Verdict.parse(isReport ? printed.verdict : printed);
  } catch {
    return null;
  }
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
