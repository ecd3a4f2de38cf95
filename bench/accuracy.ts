/**
 * Runs every scenario many times and compares what kprobe says with what is true:
 * `npm run bench:accuracy [-- --runs 20] [--only 'lost-*'] [--parallel 3]`. Exits 1 when any verdict was wrong.
 * docs/accuracy.md is written when all scenarios ran, not with --only.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { basename, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { parse } from 'yaml';
import { Scenario } from '../src/lab/scenario/scenario.ts';
import { confusionMatrix, scenarioTable } from './table.ts';
import { BUILT_CLI, runTrial, type Trial } from './trial.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    only: { type: 'string', default: '*' },
    parallel: { type: 'string', default: '1' },
  },
});
const runs = Number(values.runs);
const parallel = Number(values.parallel);
const scenarios = globSync('src/lab/scenarios/*/scenario.yaml', { cwd: root })
  .map((file) => ({
    name: basename(file.slice(0, -'/scenario.yaml'.length)),
    scenario: Scenario.parse(parse(readFileSync(`${root}/${file}`, 'utf8'))),
  }))
  .filter(({ name }) => matchesGlob(name, values.only))
  .toSorted((a, b) => a.name.localeCompare(b.name));

if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(parallel) || parallel < 1 || scenarios.length === 0) {
  console.error(`kprobe: nothing to run: --runs ${values.runs} --only ${values.only} --parallel ${values.parallel}`);
  process.exit(2);
}
const trials = await runAll();
console.log(report(trials));
process.exitCode = trials.every((trial) => trial.wrong.length === 0) ? 0 : 1;

/**
 * Round by round, so that a bad minute of the machine meets all scenarios. Labs in parallel disturb each other's times, which
 * makes the right verdict harder to find, never easier.
 */
async function runAll(): Promise<Trial[]> {
  const done: Trial[] = [];
  const limit = pLimit(parallel);
  const rounds = Array.from({ length: runs }, (_, index) => index + 1);
  return Promise.all(
    rounds.flatMap((round) =>
      scenarios.map(({ name, scenario }) =>
        limit(async () => {
          const trial = await runTrial(name, scenario, { heals: false, cli: BUILT_CLI });
          const verdict = trial.folder === null ? 'right' : `WRONG: ${trial.wrong.join('; ')} (${trial.folder})`;
          console.error(`${round}/${runs} ${name}: ${verdict}, ${trial.diagnoseMs ?? '-'} ms`);
          done.push(trial);
          // As it grows: what was measured must not be lost with a run that is cut short.
          if (values.only === '*') writeFileSync(`${root}/docs/accuracy.md`, report(done));
          return trial;
        }),
      ),
    ),
  );
}

function report(all: readonly Trial[]): string {
  const right = all.filter((trial) => trial.wrong.length === 0).length;
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };
  return [
    '# Accuracy',
    '',
    `${right} of ${all.length} verdicts right. kprobe ${version}, ${new Date().toISOString().slice(0, 10)}, \`npm run bench:accuracy -- --runs ${runs} --parallel ${parallel}\`,`,
    `Linux ${release().split('-')[0]}, Node ${process.versions.node}, ${availableParallelism()} CPUs. Every scenario of \`src/lab/scenarios\` runs in a lab of its own,`,
    'diagnosed by the real command line. Right means: the status, the first finding, and its certainty, object and timer where the scenario names them.',
    '',
    '## What is true and what kprobe says',
    '',
    confusionMatrix(all),
    '',
    '## Scenarios',
    '',
    'Times are minimum / median / maximum.',
    '',
    scenarioTable(all),
    '',
  ].join('\n');
}
