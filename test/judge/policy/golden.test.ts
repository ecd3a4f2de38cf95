import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluateFlow } from '../../../src/judge/policy/evaluate.ts';
import { policy } from '../make.ts';
import { clusterOf, disagreement, questionOf } from './compare.ts';
import { digestOf, FLOWS_PER_WORLD, readGolden, worldsOf } from './golden.ts';
import { shrink } from './shrink.ts';

/** Written by `npm run test:oracle -- 20000 11 --golden test/judge/policy/oracle-golden.txt`. */
const golden = readGolden(readFileSync(new URL('oracle-golden.txt', import.meta.url), 'utf8'));
const worlds = worldsOf(golden.seed, golden.answers.length * FLOWS_PER_WORLD);

test('the flows are those that the oracle was asked about', () => {
  expect(digestOf(worlds)).toBe(golden.digest);
});

test(
  'of 20,000 random flows each is judged as the oracle does, wherever the evaluator is sure',
  { timeout: 120_000 },
  () => {
    let [flows, unsure] = [0, 0];
    const different = worlds.flatMap((world, index) => {
      const cluster = clusterOf(world);
      return world.flows.flatMap((flow, place) => {
        const ours = evaluateFlow(questionOf(cluster, flow));
        flows += 1;
        if (ours.verdict === 'unknown') unsure += 1;
        const says = disagreement(ours, golden.answers[index]![place]!);
        return says === null ? [] : [{ says, flow }];
      });
    });
    expect(different).toEqual([]);
    expect(flows).toBe(20_000);
    expect(unsure / flows).toBeLessThan(0.02);
  },
);

test('what is written down is told apart', () => {
  const all = golden.answers.flat();
  for (const key of ['egress', 'ingress'] as const) {
    expect(all.filter((answer) => !answer[key]).length).toBeGreaterThan(500);
    expect(all.filter((answer) => answer[key] && answer[`${key}Policies`].length > 0).length).toBeGreaterThan(500);
  }
});

test('a disagreement is shrunk to what makes it', () => {
  const guilty = {
    from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }],
    ports: [{ port: 1 }, { port: 2 }],
  };
  const spec = { podSelector: {}, ingress: [{}, guilty, {}] };
  const asWorld = (name: string, its: object) => ({ metadata: { namespace: 'shop', name }, spec: its });
  const policies = [asWorld('a', policy().spec), asWorld('b', spec), asWorld('c', policy().spec)];
  const shows = (some: readonly object[]) => JSON.stringify(some).includes('10.0.0.0/8');
  expect(shrink(policies as never, shows)).toEqual([
    asWorld('b', { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 2 }] }] }),
  ]);
});
