import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import { clusterOf, disagreement, questionOf } from './compare.ts';
import type { Answer } from './compare.ts';
import type { World } from './random-world.ts';

/** Recorded by `npm run test:oracle -- 320 5 --record test/judge/policy/oracle-cases.jsonl`; one world a line. */
const worlds = readFileSync(new URL('oracle-cases.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as World & { answers: readonly Answer[] });

const cases = worlds.flatMap((world) => {
  const cluster = clusterOf(world);
  return world.flows.map((flow, index) => ({
    flow,
    ours: evaluateFlow(questionOf(cluster, flow)),
    oracle: world.answers[index]!,
  }));
});

test('says what the oracle says wherever it is sure', () => {
  const differences = cases.map(({ flow, ours, oracle }) => ({ flow, different: disagreement(ours, oracle) }));
  expect(differences.filter(({ different }) => different !== null)).toEqual([]);
});

test('is sure of nearly every flow, and both answers occur', () => {
  const count = (verdict: string) => cases.filter(({ ours }) => ours.verdict === verdict).length;
  expect(cases.length).toBeGreaterThanOrEqual(300);
  expect(count('unknown') / cases.length).toBeLessThan(0.05);
  expect(count('deny')).toBeGreaterThan(40);
  expect(count('allow')).toBeGreaterThan(100);
});

test('a comparison notices each way of being wrong', () => {
  const { ours, oracle } = cases.find((each) => each.ours.verdict === 'deny')!;
  expect(disagreement(ours, { ...oracle, allowed: true })).toContain('verdict deny');
  expect(disagreement(ours, { ...oracle, egress: !oracle.egress })).toContain('egress');
  expect(disagreement(ours, { ...oracle, ingressPolicies: ['shop/other'] })).toContain('ingress');
});
