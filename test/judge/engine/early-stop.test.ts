import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { hasIdled, isCleanEnough, isSure, mayStop, ripenessOf } from '../../../src/judge/engine/early-stop.ts';
import { examine } from '../../../src/judge/judge.ts';
import { closedTo, pod, slowEntries } from '../breaks.ts';
import type { Recording } from '../../../src/model/recording.ts';
import { cut, policy, sample, times } from '../make.ts';
import { allowIngress, run, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const [first] = web;
if (first === undefined) throw new Error('the shop has two pods');
const guarded = shopCluster({ networkPolicies: [allowIngress] });
const crossNode = closedTo((from, fromNode, node) => from.startsWith('control') || fromNode !== node);
const waiting =
  (waitedMs: number): Break =>
  (path, from) =>
    path.to.kind === 'backend' && from.kind === 'control'
      ? times(4, () => cut({ waitedMs, synRetransmissions: Math.floor(waitedMs / 1000) }))
      : null;
const entriesInFlight: Break = (path) =>
  path.to.kind === 'entry' ? times(4, () => cut({ phase: 'first-byte', waitedMs: 3000 })) : null;
const lossy: Break = pod(first, () =>
  times(4, () => sample({ connectMs: 1018, synRetransmissions: 1, counters: { 'TcpExt.TCPSynRetrans': 1 } })),
);
const dying = (waitedMs: number): Break => pod(first, () => times(3, () => cut({ waitedMs, synRetransmissions: 2 })));

test.for<[string, boolean, World]>([
  ['a healthy run in which all is said', true, {}],
  ['a healthy run in which only denials on purpose still wait', true, { cluster: guarded, breaks: [waiting(4000)] }],
  ['a healthy run whose denials have not waited long enough', false, { cluster: guarded, breaks: [waiting(1200)] }],
  ['a healthy run whose own requests are in flight', false, { breaks: [entriesInFlight] }],
  ['a proven cause that explains what the user felt', true, { cluster: guarded, breaks: [crossNode, slowEntries] }],
  [
    'a proven cause before the requests of the user are over',
    false,
    { cluster: guarded, breaks: [crossNode, entriesInFlight] },
  ],
  ['a cause that leaves most of it open', false, { breaks: [slowEntries] }],
  ['an endpoint that is dead after a long wait', true, { breaks: [dying(8000), slowEntries] }],
  ['an endpoint that may still answer on the older SYN schedule', false, { breaks: [dying(6000), slowEntries] }],
  ['loss, where every attempt counts', false, { breaks: [lossy] }],
])('%s: %s', ([, is, world]) => {
  const recording = run(world);
  const planned = new Map(recording.plan.paths.map((path) => [path.id, 3]));
  expect(mayStop(examine(recording), recording, planned)).toBe(is);
});

const lossyForLong: Break = pod(first, () =>
  times(6, () => sample({ connectMs: 1018, synRetransmissions: 1, counters: { 'TcpExt.TCPSynRetrans': 1 } })),
);
const entriesForLong: Break = (path) =>
  path.to.kind === 'entry'
    ? times(6, () => sample({ connectMs: 1018, firstByteMs: 3, status: 200, synRetransmissions: 1 }))
    : null;

test.for<[string, boolean, World]>([
  ['a healthy run, however much was said', false, {}],
  ['a proven cause that explains what the user felt', true, { cluster: guarded, breaks: [crossNode, slowEntries] }],
  ['a cause that leaves most of it open', false, { breaks: [slowEntries] }],
  ['loss, of which a usual run would have seen more', false, { breaks: [lossy] }],
  ['loss, of which as much was seen as in a usual run', true, { breaks: [lossyForLong, entriesForLong] }],
])('a run that goes on until it is sure: %s: %s', ([, is, world]) => {
  const recording = run(world);
  const often = new Map(recording.plan.paths.map((path) => [path.id, 100]));
  expect(isSure(examine(recording), recording, often)).toBe(is);
});

/** As if the run stood where each path has so many attempts. */
function after(attempts: number, world: World = {}): Recording {
  const whole = run(world);
  return { ...whole, samples: whole.samples.filter(({ attempt }) => attempt < attempts) };
}
const planned = new Map(run().plan.paths.map((path) => [path.id, 6]));
const late: Break = pod(first, () => [
  ...times(2, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
  sample({ connectMs: 0.4, firstByteMs: 300, status: 200 }),
]);
const repeated: Break = pod(first, () => [
  ...times(2, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
  sample({ connectMs: 1018, synRetransmissions: 1 }),
]);
const withTwins = shopCluster({
  networkPolicies: [policy({ spec: { podSelector: { matchLabels: { app: 'other' } } } })],
});

test.for<[string, boolean, Recording]>([
  ['all of it in good time, three times', true, after(3)],
  ['twice is too little for what the user does', false, after(2)],
  ['one late answer among hundreds', false, after(3, { breaks: [late] })],
  ['one repeated SYN among hundreds', false, after(3, { breaks: [repeated] })],
  ['twins are newborns', false, after(3, { cluster: withTwins })],
  ['an agent has not spoken yet', false, { ...after(3), hellos: run().hellos.slice(1) }],
])('a healthy run ends before its plan: %s: %s', ([, is, recording]) => {
  const judgement = examine(recording);
  expect(isCleanEnough(judgement, recording, planned)).toBe(is);
  expect(mayStop(judgement, recording, planned)).toBe(false);
});

test.for<[string, number, Recording]>([
  ['a path has spoken once', 0, after(1)],
  ['the requests of the user are in flight', 0, run({ cluster: guarded, breaks: [crossNode, entriesInFlight] })],
  ['each path has spoken twice', 1, after(2)],
  ['something was late, however much was said', 1, after(5, { breaks: [late] })],
  ['all of it was in good time', 2, after(3)],
])('what a run is judged for: %s: %i', ([, ripeness, recording]) => {
  expect(ripenessOf(recording, planned)).toBe(ripeness);
});

test('a run whose plan is over is judged', () => {
  const whole = run({ breaks: [slowEntries] });
  expect(ripenessOf(whole, new Map(whole.plan.paths.map((path) => [path.id, 3])))).toBe(3);
});

const idling =
  (outcome: Sample['outcome']): Break =>
  ({ probe }) =>
    probe.kind === 'http' && probe.idleMs !== undefined ? [sample({ outcome })] : null;

test('no verdict waits for a connection that idles, and who asked for it does', () => {
  const idle = run({ breaks: [idling({ kind: 'cut', phase: 'idle', waitedMs: 3000 })] });
  const planned = new Map(idle.plan.paths.map((path) => [path.id, 3]));
  const judged = examine(idle);
  expect([mayStop(judged, idle, planned), isCleanEnough(judged, idle, planned)]).toEqual([true, true]);
  expect(hasIdled(idle)).toBe(false);
  expect(hasIdled(run({ breaks: [idling({ kind: 'answered' })] }))).toBe(true);
});

test('a connection that was used again and is not answered yet is no clean run', () => {
  const asking = run({ breaks: [idling({ kind: 'cut', phase: 'first-byte', waitedMs: 1500 })] });
  const planned = new Map(asking.plan.paths.map((path) => [path.id, 3]));
  expect(isCleanEnough(examine(asking), asking, planned)).toBe(false);
});
