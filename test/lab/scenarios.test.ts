/**
 * Every scenario end to end, through the command line: a lab, a diagnosis, and where it heals, its fix. The machine is shared, so there is a second
 * try; .ci/summary.mjs counts and names what needed it, and the bench has none.
 */
import { test } from 'vitest';
import { SOURCE_CLI } from '../../bench/lab-run.ts';
import { runTrial } from '../../bench/trial.ts';
import { listScenarios, loadScenario } from '../../src/lab/scenario/load-scenario.ts';

/** Two at a time (vitest.config.ts): most of a run is waiting for timers. */
test.concurrent.for(await listScenarios())('%s gives the verdict that it expects', async (name, { expect }) => {
  const { scenario } = await loadScenario(name);
  const trial = await runTrial(name, scenario, { heals: true, cli: SOURCE_CLI });
  expect(trial.wrong, `see ${trial.folder}`).toEqual([]);
});
