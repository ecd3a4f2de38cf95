/**
 * Draws clusters and faults that no scenario lists, and scores what kprobe says of them against what was drawn:
 * `npm run bench:blind [-- --draws 300] [--seed 1] [--parallel 1] [--only 'lost *'] [--results FILE] [--write]`.
 * Results are kept: it runs what lacks of the draws of that seed. Remove the file to measure anew. `--only` compares with the names
 * of what is broken (`nothing` where nothing is). `--write` puts the figures into docs/accuracy.md. Exits 1 when a verdict was not right.
 * A draw that was not right keeps its folder, and `kprobe lab run FOLDER/cluster` makes it again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { blindPage, outcomeTable } from './blind/blind-page.ts';
import { BlindResult } from './blind/blind-result.ts';
import { runDraw } from './blind/blind-trial.ts';
import { withBlindBlock } from './blind/block.ts';
import { drawOne, type Draw } from './blind/draw.ts';
import { BUILT_CLI } from './lab-run.ts';
import { append, resume } from './results.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    draws: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '1' },
    only: { type: 'string', default: '*' },
    seconds: { type: 'string' },
    list: { type: 'boolean', default: false },
    results: { type: 'string', default: `${root}bench/results/blind.jsonl` },
    cli: { type: 'string', default: BUILT_CLI },
    write: { type: 'boolean', default: false },
  },
});
const [draws, seed, parallel] = [Number(values.draws), Number(values.seed), Number(values.parallel)];
/** No draw is begun after so many seconds; what lacks is run at the next start. */
const endAt = values.seconds === undefined ? Infinity : Date.now() + Number(values.seconds) * 1000;
if (![draws, parallel].every((value) => Number.isInteger(value) && value >= 0) || !Number.isInteger(seed)) {
  console.error(`kprobe: nothing to run: --draws ${values.draws} --seed ${values.seed} --parallel ${values.parallel}`);
  process.exit(2);
}
const asked = Array.from({ length: draws }, (_, index) => drawOne(seed, index + 1)).filter(isAsked);
if (values.list) {
  for (const { number, scenario } of asked) {
    console.log(`${number} ${scenario.title}: ${scenario.diagnose.join(' ')} ${JSON.stringify(scenario.faults)}`);
  }
  process.exit(0);
}

const before = resume(values.results, BlindResult);
const results = [...before, ...(await runLacking(before))];
const broken = results.filter((each) => each.broken.length > 0);
for (const { outcome, draw, broken: what, faults, asked: args, found, folder } of results) {
  if (outcome === 'right') continue;
  console.log(
    `${outcome}: draw ${draw}, ${what.join(' and ') || 'nothing'}, ${args} ${faults}\n  found ${found} (${folder})`,
  );
}
console.log(
  outcomeTable(
    broken,
    results.filter((each) => each.broken.length === 0),
  ),
);
if (values.write) {
  const page = `${root}docs/accuracy.md`;
  writeFileSync(page, withBlindBlock(readFileSync(page, 'utf8'), blindPage(results)));
}
process.exitCode = results.every(({ outcome }) => outcome === 'right') ? 0 : 1;

function isAsked({ broken: what }: Draw): boolean {
  return (what.length === 0 ? ['nothing'] : what).some((name) => matchesGlob(name, values.only));
}

async function runLacking(done: readonly BlindResult[]): Promise<BlindResult[]> {
  const missing = asked.filter(({ number }) => !done.some((each) => each.seed === seed && each.draw === number));
  const limit = pLimit(parallel);
  const ran = await Promise.all(missing.map((draw) => limit(() => (Date.now() < endAt ? run(draw) : null))));
  return ran.filter((result) => result !== null);
}

async function run(draw: Draw): Promise<BlindResult> {
  const result = await runDraw(draw, values.cli);
  append(values.results, result);
  const { outcome, found, diagnoseMs, folder } = result;
  const told = outcome === 'right' ? 'right' : `${outcome.toUpperCase()}: ${found} (${folder})`;
  console.error(`${draw.number} ${draw.scenario.title}: ${told}, ${diagnoseMs ?? '-'} ms`);
  return result;
}
