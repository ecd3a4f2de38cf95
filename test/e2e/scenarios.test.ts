/** The lab's scenarios on a real cluster, through the command line: lab and cluster must agree on each. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { differences } from '../../bench/expectation.ts';
import { listScenarios, loadScenario } from '../../src/lab/load-scenario.ts';
import { realCluster, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { obstacle, stage } from './stage.ts';

/** Fewer would say little about a real cluster. */
const AT_LEAST = 12;

let cluster: RealCluster;
const agreed: string[] = [];
const notRun: string[] = [];

beforeAll(async () => {
  cluster = await realCluster();
});

afterAll(() => {
  const lines = [`e2e: ${agreed.length} scenarios agree with the lab`, ...notRun.map((each) => `e2e: NOT RUN ${each}`)];
  process.stderr.write(`${lines.join('\n')}\n`);
});

test.for(await listScenarios())('%s gives the verdict that the lab gives', async (name, { skip }) => {
  const loaded = await loadScenario(name);
  const reason = obstacle(loaded, cluster);
  if (reason !== null) {
    notRun.push(`${name}: ${reason}`);
    skip(reason);
  }
  await using staged = await stage(loaded, cluster);
  const { scenario } = staged;
  const asked = await diagnose(scenario.diagnose);
  expect(asked.verdict, asked.stderr).not.toBeNull();
  process.stderr.write(`e2e: ${name}: ${(asked.tookMs / 1000).toFixed(1)} s\n`);
  expect(differences(scenario.expect, asked.verdict!), asked.stdout).toEqual([]);
  expect(await cluster.leftovers(asked.verdict!.run.id)).toEqual([]);
  if (scenario.expect.fixHeals) {
    const manifest = asked.verdict!.findings[0]?.fix?.manifest ?? '';
    await cluster.apply(parseAllDocuments(manifest).map((each) => each.toJS() as KubernetesObject));
    await staged.settle();
    const again = await diagnose(scenario.diagnose);
    expect(again.verdict?.status, again.stdout + again.stderr).toBe('healthy');
  }
  agreed.push(name);
});

test(`at least ${AT_LEAST} scenarios have run`, () => {
  expect(agreed.length, `not run: ${notRun.join('; ')}`).toBeGreaterThanOrEqual(AT_LEAST);
});
