/**
 * How long a verdict takes, against another checkout, in turn on this machine:
 * `npm run bench:verdict -- --against DIR [--runs 20] [--only 'healthy-*']`. DIR is a checkout with `dist` built (`npm run build`),
 * such as a worktree of an earlier release. Each run has a cluster of its own in the lab of the same checkout, as the demo has. Exits 1
 * when a median grew or a verdict was not the expected one; without --against it only measures. Beside it: where the time went, and the
 * shortest that the timers allow (bench/verdict/timeline.ts).
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, matchesGlob, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadScenario } from '../src/lab/scenario/load-scenario.ts';
import { BUILT_CLI, runInLab } from './lab-run.ts';
import { Verdict } from '../src/model/verdict.ts';
import { parseRecording } from '../src/recording/parse.ts';
import { STEPS, timelineOf, type Timeline } from './verdict/timeline.ts';
import { median } from '../src/judge/evidence/median.ts';
import { table } from './table.ts';

/** The incident that kprobe was made for, and the same shop when nothing is wrong; three nodes each. */
const SCENARIOS = ['policy-misses-hostnetwork', 'healthy-shop'];
const WORDS: Readonly<Record<(typeof STEPS)[number], string>> = {
  loaded: 'program loaded',
  firstAsked: "user's request first tried",
  allHere: 'last pod runs',
  acquainted: 'agents know each other',
  judged: 'judged',
  ended: 'command over',
  floor: 'judged at best (floor)',
};
const EXIT_CODES = { healthy: 0, faulty: 1, inconclusive: 3 } as const;

const { values } = parseArgs({
  options: {
    against: { type: 'string' },
    runs: { type: 'string', default: '20' },
    only: { type: 'string', default: '*' },
  },
});
const runs = Number(values.runs);
const asked = SCENARIOS.filter((name) => matchesGlob(name, values.only));
const checkouts = [
  { name: 'this', cli: BUILT_CLI },
  ...(values.against === undefined ? [] : [{ name: 'that', cli: resolve(values.against, 'dist/src/cli.js') }]),
];
const unbuilt = checkouts.find(({ cli }) => !existsSync(cli));
if (!Number.isInteger(runs) || runs < 1 || asked.length === 0 || unbuilt !== undefined) {
  console.error(`kprobe: nothing to run: --runs ${values.runs} --only ${values.only}, ${unbuilt?.cli ?? 'all'} built`);
  process.exit(2);
}

interface Timed {
  readonly scenario: string;
  readonly checkout: string;
  /** From the first instruction of the command to its end; null when it gave another verdict than the expected, or none. */
  readonly tookMs: number | null;
  readonly timeline: Timeline | null;
}

const timed: Timed[] = [];
for (let round = 1; round <= runs; round += 1) {
  // Who goes first changes, so that neither always meets the warmer machine.
  const inTurn = round % 2 === 0 ? checkouts.toReversed() : checkouts;
  for (const scenario of asked) {
    for (const { name, cli } of inTurn) {
      const { tookMs, timeline } = await timeRun(scenario, cli);
      timed.push({ scenario, checkout: name, tookMs, timeline });
      console.error(`${round}/${runs} ${scenario} ${name}: ${tookMs === null ? 'WRONG' : `${tookMs} ms`}`);
    }
  }
}
const rows = asked.map((scenario) => ({ scenario, these: of(scenario, 'this'), those: of(scenario, 'that') }));
console.log(
  table([
    ['scenario', 'runs', 'this, s', 'that, s', 'this / that'],
    ...rows.map(({ scenario, these, those }) => [
      scenario,
      `${these.length}${those.length === 0 ? '' : ` and ${those.length}`}`,
      seconds(median(these)),
      seconds(median(those)),
      ratio(median(these), median(those))?.toFixed(3) ?? '-',
    ]),
  ]),
);
console.log('\nWhen each step was reached, s since the start of the command, medians:\n');
console.log(
  table([
    ['scenario', 'checkout', ...STEPS.map((step) => WORDS[step])],
    ...asked.flatMap((scenario) =>
      checkouts.map(({ name }) => {
        const own = timed.filter((each) => each.scenario === scenario && each.checkout === name);
        const timelines = own.flatMap(({ timeline }) => timeline ?? []);
        return [scenario, name, ...STEPS.map((step) => seconds(median(timelines.map((each) => each[step]))))];
      }),
    ),
  ]),
);
const wrong = timed.filter(({ tookMs }) => tookMs === null).length;
if (wrong > 0) console.log(`\n${wrong} verdicts were wrong or missing, and have no time`);
const isGrown = rows.some(({ these, those }) => (ratio(median(these), median(those)) ?? 0) > 1);
process.exitCode = isGrown || wrong > 0 ? 1 : 0;

async function timeRun(name: string, cli: string): Promise<Pick<Timed, 'tookMs' | 'timeline'>> {
  const { scenario } = await loadScenario(name);
  const folder = await mkdtemp(join(tmpdir(), `kprobe-${name}-`));
  const saved = join(folder, 'recording.json');
  try {
    const args = [scenario.command, ...scenario.diagnose, '-o', 'json', '--save', saved];
    const { code, tookMs, beganMs } = await runInLab({ cli, scenario: name, args, folder });
    if (tookMs === null || beganMs === null || code !== EXIT_CODES[scenario.expect.status])
      return { tookMs: null, timeline: null };
    const verdict = Verdict.parse(JSON.parse(await readFile(join(folder, 'verdict.json'), 'utf8')));
    const recording = parseRecording(JSON.parse(await readFile(saved, 'utf8')));
    const times = { beganMs, endedMs: beganMs + tookMs };
    // An earlier release's may be of another schema.
    return { tookMs, timeline: recording.ok ? timelineOf(recording.value, verdict, times) : null };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function of(scenario: string, checkout: string): number[] {
  return timed
    .filter((each) => each.scenario === scenario && each.checkout === checkout)
    .flatMap(({ tookMs }) => tookMs ?? []);
}

function seconds(ms: number | null): string {
  return ms === null ? '-' : (ms / 1000).toFixed(2);
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a / b;
}
