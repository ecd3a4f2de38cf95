import { expect, test } from 'vitest';
import { timelineOf } from '../../bench/verdict/timeline.ts';
import type { Recording } from '../../src/model/recording.ts';
import { examine } from '../../src/judge/judge.ts';
import { closedTo, slowEntries } from '../judge/breaks.ts';
import { allowIngress, run, shopCluster } from '../judge/world.ts';

/** A command that takes 0.4 s to load, and 0.6 s more until something is asked. */
function timed(recording: Recording): { readonly recording: Recording; readonly beganMs: number } {
  const beganMs = Math.min(...recording.samples.map(({ at }) => at)) - 1000;
  return { recording: { ...recording, startedAt: new Date(beganMs + 400).toISOString() }, beganMs };
}

const { recording: healthy, beganMs } = timed(run());
const crossNode = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode !== node);
const verdict = examine(healthy).verdict;

test('each step is told since the start of the command, the floor from when the user is first asked for', () => {
  const told = timelineOf(healthy, verdict, { beganMs, endedMs: beganMs + 9000 });
  expect(told).toMatchObject({ loaded: 400, ended: 9000, judged: 400 + healthy.tookMs });
  expect(told.floor).toBe(told.firstAsked + 2000);
});

test('a proven timer is seen once whole', () => {
  const broken = run({ cluster: shopCluster({ networkPolicies: [allowIngress] }), breaks: [crossNode, slowEntries] });
  const { verdict: faulty } = examine(broken);
  const { recording: slow, beganMs } = timed(broken);
  const told = timelineOf(slow, faulty, { beganMs, endedMs: beganMs + 9000 });
  expect(faulty.findings[0]?.timer?.ms).toBe(5000);
  expect(told.floor).toBe(told.firstAsked + 5000);
});
