import { expect, test } from 'vitest';
import { parseRecording } from '../../src/recording/parse.ts';
import { arrived, packet, ruleTraces } from '../judge/traced.ts';
import { run } from '../judge/world.ts';

const recorded = run();
const traces = ruleTraces(['the path'], { 'worker-1': [packet('the path', arrived('10.0.0.1', '10.0.0.2', 80))] });
const saved = (as: unknown): unknown => JSON.parse(JSON.stringify({ ...recorded, ruleTraces: as }));

test('traces are saved with a recording and read again', () => {
  const read = parseRecording(saved(traces));
  expect(read.ok && read.value.ruleTraces).toEqual(traces);
});

test('so are those who stood in for a pod, which older recordings lack', () => {
  const standIns = [{ of: { namespace: 'shop', name: 'client-1' }, addresses: ['10.244.1.99'] }];
  const read = parseRecording(saved({ ...traces, standIns }));
  expect(read.ok && read.value.ruleTraces?.standIns).toEqual(standIns);
  const older = parseRecording(saved(traces));
  expect(older.ok && older.value.ruleTraces !== undefined && !('standIns' in older.value.ruleTraces)).toBe(true);
});

test('a recording of before there were any', () => {
  const read = parseRecording(saved(undefined));
  expect(read.ok && !('ruleTraces' in read.value)).toBe(true);
});

test.for<[string, object, string]>([
  [
    'a message of another kind',
    { heard: [{ type: 'bye', at: 0, because: 'done', counters: {}, agent: 'x' }] },
    'ruleTraces.heard[0].type',
  ],
  ['a message of nobody', { heard: [{ ...traces.heard[0], agent: undefined }] }, 'ruleTraces.heard[0].agent'],
  ['no list of paths', { paths: 7 }, 'ruleTraces.paths'],
  ['a stand-in of nobody', { standIns: [{ addresses: [] }] }, 'ruleTraces.standIns[0].of'],
])('damaged: %s', ([, over, where]) => {
  const read = parseRecording(saved({ ...traces, ...over }));
  expect(read).toEqual({ ok: false, problem: expect.stringContaining(where) });
});
