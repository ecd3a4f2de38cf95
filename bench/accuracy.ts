/**
 * Runs every scenario many times and compares what kprobe says with what is true:
 * `npm run bench:accuracy [-- --runs 10] [--hog] [--only 'lost-*'] [--ingress envoy] [--parallel 2] [--results FILE]`. Exits 1 when any verdict was wrong.
 * Results are kept, in the repository too: it runs what lacks of the runs 1 to N, so a long bench may be spread out over days and commits, each of which the
 * page names. Remove the file to measure anew.
 * `--hog` runs them beside a CPU hog on every core, and counts those apart. docs/accuracy.md is written when all scenarios have results.
 * `--ingress haproxy|envoy` puts that program at the ingress of all that are run, `--families IPv6` asks the twins of the scenarios in other address families,
 * `--cli FILE` another build: such results belong into a file of their own.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { hasAnyProgram, listScenarios, loadScenario, named } from '../src/lab/scenario/load-scenario.ts';
import { INGRESS_PROGRAMS } from '../src/lab/system/ingress-program.ts';
import { accuracyPage } from './accuracy-page.ts';
import { blindBlockOf, withBlindBlock } from './blind/block.ts';
import { here } from './here.ts';
import { startHogs } from './hog.ts';
import { BUILT_CLI } from './lab-run.ts';
import { append, lacking, Result, resume, type Machine } from './results.ts';
import { isRight } from './table.ts';
import { runTrial } from './trial.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    only: { type: 'string', default: '*' },
    ingress: { type: 'string' },
    parallel: { type: 'string', default: '1' },
    hog: { type: 'boolean', default: false },
    results: { type: 'string', default: `${root}bench/results/accuracy.jsonl` },
    cli: { type: 'string', default: BUILT_CLI },
    families: { type: 'string' },
  },
});
const [runs, parallel] = [Number(values.runs), Number(values.parallel)];
const machine: Machine = values.hog ? 'hog' : 'quiet';
const program = INGRESS_PROGRAMS.find((each) => each === values.ingress) ?? null;
const ids = await listScenarios();
const plain = await Promise.all(ids.map(loadNamed));
const known =
  program === null
    ? plain
    : await Promise.all(
        plain.flatMap(({ name, scenario }) => (hasAnyProgram(scenario) ? [loadNamed(named(name, program))] : [])),
      );
const asked = known.filter(({ name }) => matchesGlob(name.replace(/@.*$/, ''), values.only));

if (
  !Number.isInteger(runs) ||
  runs < 1 ||
  !Number.isInteger(parallel) ||
  parallel < 1 ||
  asked.length === 0 ||
  (values.ingress !== undefined && program === null)
) {
  console.error(`kprobe: nothing to run: --runs ${values.runs} --only ${values.only} --parallel ${values.parallel}`);
  process.exit(2);
}
const before = resume(values.results, Result);
const results = [...before, ...(await runLacking(before))].filter(({ scenario }) =>
  known.some(({ name }) => name === scenario),
);
const page = accuracyPage(results, availableParallelism());
console.log(page);
const covered = new Set(results.filter((result) => result.machine === 'quiet').map(({ scenario }) => scenario));
const file = `${root}docs/accuracy.md`;
const block = existsSync(file) ? blindBlockOf(readFileSync(file, 'utf8')) : null;
if (covered.size === known.length && program === null)
  writeFileSync(file, block === null ? page : withBlindBlock(page, block));
else console.error(`docs/accuracy.md is left as it is: ${known.length - covered.size} scenarios have no result yet`);
process.exitCode = results.every(isRight) ? 0 : 1;

async function loadNamed(name: string) {
  return { name, scenario: (await loadScenario(name)).scenario };
}

/** Labs in parallel disturb each other's times, which makes the right verdict harder to find, never easier. */
async function runLacking(done: readonly Result[]): Promise<Result[]> {
  const missing = lacking(asked, done, { runs, machine });
  await using _hogs = values.hog && missing.length > 0 ? startHogs() : null;
  const limit = pLimit(parallel);
  return await Promise.all(
    missing.map(({ name, scenario, run }, index) =>
      limit(async () => {
        const { folder, ...trial } = await runTrial(name, scenario, {
          heals: false,
          cli: values.cli,
          families: values.families,
        });
        const result: Result = { ...trial, wrong: [...trial.wrong], run, machine, ...here() };
        append(values.results, result);
        const verdict = isRight(result) ? 'right' : `WRONG: ${trial.wrong.join('; ')} (${folder})`;
        console.error(`${index + 1}/${missing.length} ${name} ${run}: ${verdict}, ${trial.diagnoseMs ?? '-'} ms`);
        return result;
      }),
    ),
  );
}
