/** How long the two runs that everybody meets take, were the machine quiet: what the plan and the early stop make of it. */
import { expect, test } from 'vitest';
import { sample, silent } from '../make.ts';
import { allowIngress, shopCluster, wellAnswered } from '../world.ts';
import { unfold } from './simulated-run.ts';
import type { Fate } from './simulated-run.ts';

const well = (...asked: Parameters<typeof wellAnswered>) => wellAnswered(...asked)[0] ?? sample();

/** The third attempt through each entry begins up to half a second and two after the others' hellos, and the second on each path between probes. */
const HEALTHY_MS = 2900;
/** The proxy's connect timeout, seen once from this machine: 5 s after its agent has begun. */
const INCIDENT_MS = 5500;

test('a healthy shop', () => {
  const { afterMs, judgement } = unfold({}, () => null, well);
  expect(afterMs).toBeLessThanOrEqual(HEALTHY_MS);
  expect(judgement.verdict.status).toBe('healthy');
});

test('the incident', () => {
  const fate: Fate = (path, from, to, attempt) => {
    if (path.to.kind === 'entry') {
      const isSlow = (attempt + Number(from.node?.replace(/\D/g, '') ?? 0)) % 2 === 0;
      return isSlow ? sample({ connectMs: 0.4, firstByteMs: 5003, status: 200 }) : null;
    }
    const node = 'node' in path.to ? path.to.node : null;
    const isClosed = from.kind === 'control' || from.node !== node;
    return (path.to.kind === 'backend' || to?.kind === 'twin') && isClosed ? silent({ waitedMs: 16_700 }) : null;
  };
  const { afterMs, judgement } = unfold({ cluster: shopCluster({ networkPolicies: [allowIngress] }) }, fate, well);
  expect(judgement.verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([
    ['policy-misses-hostnetwork', 'proven'],
  ]);
  expect(afterMs).toBeLessThanOrEqual(INCIDENT_MS);
});
