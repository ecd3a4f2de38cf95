/** Every scenario end to end, through the command line: a lab, a diagnosis, and where it heals, its fix. */
import { expect, test } from 'vitest';
import { SOURCE_CLI, runTrial } from '../../bench/trial.ts';
import { listScenarios, loadScenario } from '../../src/lab/load-scenario.ts';

test.for(await listScenarios())('%s gives the verdict that it expects', async (name) => {
  const { scenario } = await loadScenario(name);
  const trial = await runTrial(name, scenario, { heals: true, cli: SOURCE_CLI });
  expect(trial.wrong, `see ${trial.folder}`).toEqual([]);
});
