/**
 * Asks the oracle about random flows and compares: `node test/judge/policy/oracle-run.ts [FLOWS] [SEED]`. KPROBE_ORACLE is the
 * program that answers. With `--record FILE` it writes the questions with the oracle's answers, for oracle.test.ts to replay.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import { clusterOf, disagreement, questionOf } from './compare.ts';
import type { Answer } from './compare.ts';
import { randomWorld, seeded } from './random-world.ts';
import type { World } from './random-world.ts';

const FLOWS_PER_WORLD = 200;
const MOST_SHOWN = 10;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { record: { type: 'string' } } });
const wanted = Number(positionals[0] ?? 5000);
const seed = Number(positionals[1] ?? 1);
const perWorld = values.record === undefined ? FLOWS_PER_WORLD : 20;
const oracle = process.env['KPROBE_ORACLE'];
if (oracle === undefined || oracle === '') {
  process.stderr.write('KPROBE_ORACLE is not set: it must name the program that answers for NetworkPolicy\n');
  process.exit(2);
}

const random = seeded(seed);
const recorded: (World & { answers: readonly Answer[] })[] = [];
const counts = { flows: 0, allow: 0, deny: 0, unknown: 0, disagreements: 0 };
while (counts.flows < wanted) {
  const world = randomWorld(random, perWorld);
  const answers = ask(oracle, world);
  recorded.push({ ...world, answers });
  compare(world, answers);
}
if (values.record !== undefined)
  writeFileSync(values.record, `${recorded.map((each) => JSON.stringify(each)).join('\n')}\n`);
process.stdout.write(`seed ${seed}: ${JSON.stringify(counts)}\n`);
process.exit(counts.disagreements === 0 ? 0 : 1);

function ask(program: string, world: World): readonly Answer[] {
  const run = spawnSync(program, { input: JSON.stringify(world), encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) {
    process.stderr.write(`the oracle failed (${run.status ?? run.error?.message}): ${run.stderr}\n`);
    process.exit(2);
  }
  return JSON.parse(run.stdout) as readonly Answer[];
}

function compare(world: World, answers: readonly Answer[]): void {
  const cluster = clusterOf(world);
  for (const [index, flow] of world.flows.entries()) {
    const ours = evaluateFlow(questionOf(cluster, flow));
    counts.flows += 1;
    counts[ours.verdict] += 1;
    const different = disagreement(ours, answers[index]!);
    if (different === null) continue;
    counts.disagreements += 1;
    if (counts.disagreements > MOST_SHOWN) continue;
    process.stdout.write(
      `${different}\n  flow ${JSON.stringify(flow)}\n  policies ${JSON.stringify(world.policies)}\n`,
    );
  }
}
