/**
 * Does `kprobe trace` name the right rule? Ten faults and a healthy cluster, many times each, every run a whole `kprobe trace` of its own:
 * `npm run bench:trace-faults [-- --runs 20] [--at-once 3] [--per-lab 20] [--only '*policy*'] [--write]` in the lab (`--per-lab`: so many runs share one lab);
 * `-- --exec 'rig exec' --node 'rig node {}' --policy 'rig policy {}' --image IMAGE` on a real cluster (bench/trace/rig-faults.ts says which). Results are kept in
 * bench/results/trace-faults.jsonl: it runs what lacks. Exit code 1: some run was wrong. `--write` puts the table into docs/performance.md.
 */
import { execFile, spawn } from 'node:child_process';
import { matchesGlob } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { median } from '../src/judge/evidence/median.ts';
import { here } from './here.ts';
import { keepTable } from './kept-table.ts';
import { BUILT_CLI } from './lab-run.ts';
import { append, resume } from './results.ts';
import { table } from './table.ts';
import { LAB_FAULTS } from './trace/faults.ts';
import { MANIFESTS, RIG_FAULTS, RIG_NAMESPACE } from './trace/rig-faults.ts';
import type { RigFault, Step } from './trace/rig-faults.ts';

const FOLLOW = fileURLToPath(new URL('trace/follow.ts', import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    'at-once': { type: 'string', default: '3' },
    'per-lab': { type: 'string', default: '20' },
    only: { type: 'string', default: '*' },
    /** Nothing is begun after so many seconds. */
    seconds: { type: 'string', default: '100000' },
    results: { type: 'string', default: fileURLToPath(new URL('results/trace-faults.jsonl', import.meta.url)) },
    cli: { type: 'string', default: BUILT_CLI },
    write: { type: 'boolean', default: false },
    exec: { type: 'string' },
    node: { type: 'string' },
    policy: { type: 'string', default: '' },
    image: { type: 'string', default: '' },
  },
});

const Followed = z.strictObject({ wrong: z.array(z.string()), tookMs: z.number() });
const Result = z.strictObject({
  fault: z.string(),
  ...Followed.shape,
  at: z.string(),
  kprobe: z.string(),
  revision: z.string().nullable(),
  kernel: z.string(),
});
type Result = z.infer<typeof Result>;

/** Who stops it finds the cluster as it was: what was broken is mended before it ends. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
const until = Date.now() + Number(values.seconds) * 1000;
const results = resume(values.results, Result);
if (values.exec === undefined) await inLabs();
else await onRig(values.exec);
const known = [...LAB_FAULTS, ...RIG_FAULTS].map(({ name }) => name);
const page = pageOf(results.filter(({ fault }) => known.includes(fault)));
console.log(page);
if (values.write) keepTable('trace-faults', page);
process.exitCode = results.every(({ wrong }) => wrong.length === 0) ? 0 : 1;

function missing(name: string): number {
  if (!matchesGlob(name, values.only) || Date.now() > until || stopping.signal.aborted) return 0;
  return Math.max(0, Number(values.runs) - results.filter(({ fault }) => fault === name).length);
}

async function inLabs(): Promise<void> {
  for (const { name, scenario } of LAB_FAULTS) {
    while (missing(name) > 0) {
      const had = results.length;
      const lab = [process.execPath, values.cli, 'lab', 'run', scenario, '--'];
      await follow(name, Math.min(missing(name), Number(values['per-lab'])), lab, []);
      if (results.length === had && !stopping.signal.aborted)
        throw new Error(`nothing could be followed in ${scenario}`);
    }
  }
}

async function onRig(exec: string): Promise<void> {
  await kubectl(exec, 'apply -f -', MANIFESTS);
  await kubectl(exec, `wait --for=condition=Available deployment --all -n ${RIG_NAMESPACE} --timeout=90s`);
  for (const fault of RIG_FAULTS) {
    const runs = missing(fault.name);
    if (runs === 0) continue;
    await breakIt(exec, fault);
    try {
      await follow(fault.name, runs, words(exec), [
        '--image',
        values.image,
        '--pull-policy',
        'Never',
        '--timeout',
        '60s',
      ]);
    } finally {
      await takeSteps(exec, fault.mend ?? []);
    }
  }
}

async function breakIt(exec: string, { policyMode, apply, steps = [] }: RigFault): Promise<void> {
  if (policyMode !== undefined) await run(words(values.policy.replaceAll('{}', policyMode)));
  if (apply !== undefined) await kubectl(exec, 'apply -f -', apply);
  await takeSteps(exec, steps);
}

async function takeSteps(exec: string, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if ('waitMs' in step) await sleep(step.waitMs);
    else if ('kubectl' in step) await kubectl(exec, step.kubectl, step.input);
    else await run([...words((values.node ?? '').replaceAll('{}', `${step.node}`)), 'sh', '-c', step.script]);
  }
}

function kubectl(exec: string, args: string, input?: string): Promise<void> {
  return run([...words(exec), 'kubectl', ...words(args)], input);
}

/** @throws where it fails: a fault that was not made must not be measured. */
function run([program = '', ...args]: readonly string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error, _stdout, stderr) =>
      error === null ? resolve() : reject(new Error(`${args.join(' ')}: ${stderr}`)),
    );
    child.stdin?.end(input);
  });
}

/** `around`: the command that has the cluster's network and KUBECONFIG. */
async function follow(fault: string, runs: number, around: readonly string[], more: readonly string[]): Promise<void> {
  if (stopping.signal.aborted) return;
  const inner = [process.execPath, FOLLOW, values.cli, fault, `${runs}`, values['at-once'], ...more];
  const [program = '', ...args] = [...around, ...inner];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  stopping.signal.addEventListener('abort', () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const result: Result = { fault, ...Followed.parse(JSON.parse(line)), ...here() };
    append(values.results, result);
    results.push(result);
    console.error(
      `${fault}: ${result.wrong.length === 0 ? 'right' : result.wrong.join('; ')}, ${(result.tookMs / 1000).toFixed(1)} s`,
    );
  }
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

function pageOf(all: readonly Result[]): string {
  const rows = known.flatMap((name): string[][] => {
    const own = all.filter(({ fault }) => fault === name);
    if (own.length === 0) return [];
    const right = own.filter(({ wrong }) => wrong.length === 0).length;
    const seconds = (median(own.map(({ tookMs }) => tookMs)) ?? Number.NaN) / 1000;
    return [[name, `${right} of ${own.length}`, seconds.toFixed(1)]];
  });
  return table([['fault', 'rule, chain, hook, node and object right', 'median s'], ...rows]);
}
