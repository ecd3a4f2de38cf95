/** The lab's scenarios on a real cluster, through the command line: lab and cluster must agree on each. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { differences } from '../../bench/expectation.ts';
import { listScenarios, loadScenario } from '../../src/lab/scenario/load-scenario.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { realCluster, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { obstacle, stage, type Staged } from './stage.ts';

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
  expect(await wrongIn(staged, name), `${name}`).toEqual([]);
  agreed.push(name);
});

/** In what the verdict differs from the lab's, or what the run left; empty when all is well. */
async function wrongIn({ scenario, untilTakenUp }: Staged, name: string): Promise<string[]> {
  const { verdict, stderr, tookMs } = await diagnose(scenario.diagnose);
  process.stderr.write(`e2e: ${name}: ${(tookMs / 1000).toFixed(1)} s\n`);
  if (verdict === null) return [`no verdict: ${stderr}`];
  const wrong = [...differences(scenario.expect, verdict), ...(await cluster.leftovers(verdict.run.id))];
  if (wrong.length > 0) return [...wrong, ...saidBy(verdict)];
  if (!scenario.expect.fixHeals) return [];
  const fix = parseAllDocuments(verdict.findings[0]?.fix?.manifest ?? '');
  await cluster.apply(fix.map((each) => each.toJS() as KubernetesObject));
  await untilTakenUp();
  const again = await diagnose(scenario.diagnose);
  if (again.verdict === null) return [`no verdict after the fix: ${again.stderr}`];
  return again.verdict.status === 'healthy' ? [] : ['not healthy after the fix', ...saidBy(again.verdict)];
}

/** A verdict in so many lines as a failed test should show. */
function saidBy({ summary, findings, notMeasured, run }: Verdict): string[] {
  return [
    `run ${run.id}: ${summary}`,
    ...findings.flatMap(({ diagnosis, evidence }) =>
      evidence.map(({ label, says }) => `${diagnosis}: ${label}: ${says}`),
    ),
    ...notMeasured.map(({ what, because }) => `not measured: ${what}: ${because}`),
  ];
}

test(`at least ${AT_LEAST} scenarios have run`, () => {
  expect(agreed.length).toBeGreaterThanOrEqual(AT_LEAST);
});
