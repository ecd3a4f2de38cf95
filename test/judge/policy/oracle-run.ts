/**
 * Asks the oracle about random flows and compares: `node test/judge/policy/oracle-run.ts [FLOWS] [SEED]`. KPROBE_ORACLE is the
 * program that answers. A disagreement is shrunk to the fewest policies and rules that still show it. With `--golden FILE` the oracle's
 * answers are written down for golden.test.ts to replay; with `--record FILE` a few questions are, whole, for oracle.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import { clusterOf, disagreement, questionOf } from './compare.ts';
import type { Answer } from './compare.ts';
import { FLOWS_PER_WORLD, worldsOf, writeGolden } from './golden.ts';
import { mulberry32 } from '../../../src/plan/mesh/random.ts';
import { randomWorld } from './random-world.ts';
import type { Flow, World } from './random-world.ts';
import { shrink } from './shrink.ts';

/** Small ones, so that a file of them can be read. */
const FLOWS_PER_RECORDED_WORLD = 20;
const MOST_SHOWN = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { record: { type: 'string' }, golden: { type: 'string' } },
});
const wanted = Number(positionals[0] ?? 5000);
const seed = Number(positionals[1] ?? 1);
const oracle = process.env['KPROBE_ORACLE'];
if (oracle === undefined || oracle === '') {
  process.stderr.write('KPROBE_ORACLE is not set: it must name the program that answers for NetworkPolicy\n');
  process.exit(2);
}

const worlds = values.record === undefined ? worldsOf(seed, wanted) : recordedWorlds();
const answers = worlds.map((world) => ask(oracle, world));
if (values.record !== undefined) {
  const lines = worlds.map((world, index) => JSON.stringify({ ...world, answers: answers[index] }));
  writeFileSync(values.record, `${lines.join('\n')}\n`);
}
if (values.golden !== undefined) writeFileSync(values.golden, writeGolden(seed, worlds, answers));

const counts = { flows: 0, allow: 0, deny: 0, unknown: 0, disagreements: 0 };
for (const [index, world] of worlds.entries()) compare(world, answers[index]!);
process.stdout.write(`seed ${seed}: ${JSON.stringify(counts)}\n`);
process.exit(counts.disagreements === 0 ? 0 : 1);

function recordedWorlds(): World[] {
  const random = mulberry32(seed);
  const count = Math.ceil(wanted / FLOWS_PER_RECORDED_WORLD);
  return Array.from({ length: count }, () => randomWorld(random, FLOWS_PER_RECORDED_WORLD));
}

function ask(program: string, world: World): readonly Answer[] {
  const run = spawnSync(program, { input: JSON.stringify(world), encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (run.status !== 0) {
    process.stderr.write(`the oracle failed (${run.status ?? run.error?.message}): ${run.stderr}\n`);
    process.exit(2);
  }
  return JSON.parse(run.stdout) as readonly Answer[];
}

function compare(world: World, given: readonly Answer[]): void {
  const cluster = clusterOf(world);
  for (const [index, flow] of world.flows.entries()) {
    const ours = evaluateFlow(questionOf(cluster, flow));
    counts.flows += 1;
    counts[ours.verdict] += 1;
    if (disagreement(ours, given[index]!) === null) continue;
    counts.disagreements += 1;
    if (counts.disagreements <= MOST_SHOWN) show(world, flow);
  }
}

function show(world: World, flow: Flow): void {
  const differ = (policies: World['policies']) => differenceIn({ ...world, policies, flows: [flow] }) !== null;
  const policies = shrink(world.policies, differ);
  const says = differenceIn({ ...world, policies, flows: [flow] });
  process.stdout.write(
    `${says}\n  flow ${JSON.stringify(flow)}\n  policies ${JSON.stringify(policies)}\n  of ${FLOWS_PER_WORLD} flows of that world\n`,
  );
}

/** Of a world with one flow; null: they agree. */
function differenceIn(world: World): string | null {
  const [flow] = world.flows;
  const [answer] = ask(oracle ?? '', world);
  if (flow === undefined || answer === undefined) return null;
  return disagreement(evaluateFlow(questionOf(clusterOf(world), flow)), answer);
}
