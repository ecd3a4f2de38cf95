/**
 * Every scenario end to end, through the command line: a lab, a diagnosis, and where it heals, its fix. A second try keeps a stall of a
 * shared machine from reading as a defect (the reporter shows it); how often the first one is right is what bench:accuracy measures.
 */
import { expect, test } from 'vitest';
import { SOURCE_CLI, runTrial } from '../../bench/trial.ts';
import { listScenarios, loadScenario } from '../../src/lab/scenario/load-scenario.ts';

test.for(await listScenarios())('%s gives the verdict that it expects', { retry: 1 }, async (name) => {
  const { scenario } = await loadScenario(name);
  const trial = await runTrial(name, scenario, { heals: true, cli: SOURCE_CLI });
  expect(trial.wrong, `see ${trial.folder}`).toEqual([]);
});
