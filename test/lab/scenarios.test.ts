/**
 * Every scenario end to end, through the command line: a lab, a diagnosis, and where it heals, its fix. The machine is shared, so there is a second
 * try; .ci/summary.mjs counts and names what needed it, and the bench has none.
 */
import { test, type TestContext } from 'vitest';
import { BUILT_CLI } from '../../bench/lab-run.ts';
import { runTrial } from '../../bench/trial.ts';
import type { Fault } from '../../src/lab/scenario/fault.ts';
import { listScenarios, loadScenario } from '../../src/lab/scenario/load-scenario.ts';

/** Faults that take the CPUs of the machine would be faults of whatever scenario ran beside them. */
const GREEDY: ReadonlySet<Fault['kind']> = new Set(['busy-node', 'cpu-noise', 'starve-node']);
/** What is slow is proven to be the application only where a CPU is to spare: on a slow machine a second lab leaves none. */
const WITH_CPU_TO_SPARE: ReadonlySet<string> = new Set([
  'slow-application',
  'slow-dns',
  'slow-dns-replica',
  'throttled-cpu',
  'healthy-cpu-limit',
]);

/** The most telling ones once more, with another program at the ingress; all of them by `bench:accuracy -- --ingress`. */
const THROUGH_OTHERS = ['policy-misses-hostnetwork@envoy', 'dead-endpoint@haproxy', 'stale-ingress-endpoints@envoy'];

const all = await Promise.all(
  [...(await listScenarios()), ...THROUGH_OTHERS].map(async (name) => ({ name, ...(await loadScenario(name)) })),
);
const isAlone = ({ name, scenario: { faults } }: (typeof all)[number]) =>
  WITH_CPU_TO_SPARE.has(name) || faults.some(({ kind }) => GREEDY.has(kind));

/** Two at a time (vitest.config.ts): most of a run is waiting for timers. */
test.concurrent.for(all.filter((each) => !isAlone(each)))('$name gives the verdict that it expects', isRight);
test.for(all.filter(isAlone))('$name gives the verdict that it expects', isRight);

async function isRight(
  { name, scenario }: (typeof all)[number],
  { expect }: Pick<TestContext, 'expect'>,
): Promise<void> {
  const trial = await runTrial(name, scenario, { heals: true, cli: BUILT_CLI });
  expect(trial.wrong, `see ${trial.folder}`).toEqual([]);
}
