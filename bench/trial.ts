/** One scenario, once, and whether kprobe was right. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scenario } from '../src/lab/scenario/scenario.ts';
import { inFamilies, readFamilies } from '../src/lab/scenario/twin.ts';
import { Verdict } from '../src/model/verdict.ts';
import { answerOf, differences, expectedAnswer } from './expectation.ts';
import { runInLab } from './lab-run.ts';

export interface Trial {
  readonly scenario: string;
  /** The diagnoses, or the status where there are none. */
  readonly expected: string;
  /** The same of the verdict; `no verdict` where kprobe gave none. */
  readonly found: string;
  /** Empty when the verdict is right in every point. */
  readonly wrong: readonly string[];
  /** Start of `kprobe lab` to the first instruction of the command in it; null when it never came that far. */
  readonly labMs: number | null;
  readonly diagnoseMs: number | null;
  /** Kept after a failure: verdict, recording, what was printed. */
  readonly folder: string | null;
}

const FIXER = fileURLToPath(new URL('apply-fix.ts', import.meta.url));
/** Applies the fix that was printed and asks again. The fixer is a program of its own: it needs the lab's network. */
const HEALED = `mv "$0/recording.json" "$0/recording-before.json"; ${quoted(process.execPath)} ${quoted(FIXER)} "$0/verdict.json" && "$@" > "$0/healed.json"`;

export interface TrialOptions {
  /** Apply the fix, where the scenario says that it heals, and ask again. */
  readonly heals: boolean;
  /** The command line to run. */
  readonly cli: string;
  /** Address families instead of the scenario's own, as `IPv4,IPv6`. */
  readonly families?: string | undefined;
}

/**
 * Runs the scenario once, and with `heals` again after its fix was applied, where the scenario says that this heals.
 * Never raises for what kprobe or the lab does; the trial says it.
 */
export async function runTrial(name: string, asIs: Scenario, { heals, cli, families }: TrialOptions): Promise<Trial> {
  const scenario = families === undefined ? asIs : twinOf(asIs, families);
  const folder = await mkdtemp(join(tmpdir(), `kprobe-${name}-`));
  const args = [scenario.command, ...scenario.diagnose, '-o', 'json', '--save', join(folder, 'recording.json')];
  const isHealed = heals && scenario.expect.fixHeals;
  const run = await runInLab({
    cli,
    scenario: name,
    ...(families === undefined ? {} : { families }),
    args,
    folder,
    ...(isHealed ? { afterwards: HEALED } : {}),
  });
  const verdict = await verdictIn(folder, 'verdict.json');
  const healed = isHealed ? await verdictIn(folder, 'healed.json') : null;
  const wrong = [
    ...(verdict === null ? ['no verdict'] : differences(scenario.expect, verdict)),
    ...(isHealed && healed?.status !== 'healthy' ? [`after the fix ${healed?.status ?? 'no verdict'}`] : []),
  ];
  await (wrong.length === 0
    ? rm(folder, { recursive: true, force: true })
    : writeFile(join(folder, 'printed.txt'), run.printed).catch(() => undefined));
  return {
    scenario: name,
    expected: expectedAnswer(scenario.expect),
    found: verdict === null ? 'no verdict' : answerOf(verdict),
    wrong,
    labMs: run.labMs,
    diagnoseMs: run.tookMs,
    folder: wrong.length === 0 ? null : folder,
  };
}

/** Its arguments may hold addresses, which are others in another family. */
function twinOf(scenario: Scenario, families: string): Scenario {
  return inFamilies({ id: '', scenario, manifests: [] }, readFamilies(families)).scenario;
}

/** The verdict that a command left; null where it left none that can be read. */
export async function verdictIn(folder: string, file: string): Promise<Verdict | null> {
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
