import { expect, test } from 'vitest';
import { pod as podBreak } from '../breaks.ts';
import { sample, silent, times } from '../make.ts';
import { diagnose, findingOf, isPod, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'lost-segments';
const [first, second] = web;
if (first === undefined || second === undefined) throw new Error('the shop has two pods');

const quick = () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 });
/** Answered so late, after this side repeated its request so often. */
const late = (firstByteMs: number, dataRetransmissions = 0) =>
  sample({ connectMs: 0.4, firstByteMs, dataRetransmissions, status: 200 });
const counted = () => [quick(), late(208, 1), quick(), late(417, 2)];
/** Late at no step, with segments that came before others that should have been first. */
const holed = (firstByteMs: number) =>
  sample({ connectMs: 0.4, firstByteMs, status: 200, counters: { 'TcpExt.TCPOFOQueue': 3 } });
/** The far end's repetitions: nothing is counted here. */
const byTimes = () => [quick(), late(208), late(417), quick()];
let left = 2;
const twice: Break = (path) => {
  if (!isPod(first, path) || left === 0) return null;
  left -= 1;
  return [quick(), late(209, 1), quick()];
};

test.for<[string, World]>([
  ['everything answers', {}],
  ['two connections of hundreds repeated something', { breaks: [twice] }],
  ['an application that takes 0.2 s, always', { breaks: [podBreak(first, () => times(4, () => late(208)))] }],
  [
    'late answers, and holes in prompt ones: packets in another order',
    { breaks: [podBreak(first, () => [holed(3), late(530), late(770), holed(4), late(910)])] },
  ],
  ['late answers of one step only', { breaks: [podBreak(first, () => [quick(), late(208), late(209), quick()])] }],
  [
    'late answers at times of their own, some of them on a step by chance',
    {
      breaks: web.map((each) => podBreak(each, () => [late(120), late(208), late(530), late(417), quick(), late(300)])),
    },
  ],
  [
    'connections that stand and are never answered',
    { breaks: [podBreak(first, () => times(3, () => silent({ phase: 'first-byte' })))] },
  ],
  [
    'connects that lose SYNs',
    {
      breaks: [
        podBreak(first, () =>
          times(4, () => sample({ connectMs: 1018, firstByteMs: 2, synRetransmissions: 1, status: 200 })),
        ),
      ],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: this side repeats its requests to one pod', () => {
  const verdict = diagnose({ breaks: [podBreak(first, counted)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'web-1' } },
  ]);
  expect(verdict.status).toBe('faulty');
});

test('speaking: to all pods of the Service', () => {
  expect(findingOf(id, { breaks: web.map((each) => podBreak(each, counted)) })).toMatchObject({
    certainty: 'proven',
    object: { kind: 'Service', name: 'web' },
    timer: { ms: 200 },
  });
});

test('likely: answers come at the steps of the schedule, and this side counts nothing', () => {
  const verdict = diagnose({ breaks: web.map((each) => podBreak(each, byTimes)) });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'likely' }]);
  expect(verdict.findings[0]?.wouldSettle).toContain('RetransSegs');
});

test('late by the steps of the schedule is not the application', () => {
  const breaks = web.map((each) => podBreak(each, () => [quick(), late(840), late(417), late(1664), late(208)]));
  expect(diagnose({ breaks }).findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
});

test('where SYNs are lost as well it is one loss', () => {
  const synLost = () =>
    sample({
      connectMs: 1018,
      firstByteMs: 2,
      synRetransmissions: 1,
      counters: { 'TcpExt.TCPSynRetrans': 1 },
      status: 200,
    });
  const both = () => [synLost(), ...counted(), synLost(), quick()];
  const verdict = diagnose({ breaks: web.map((each) => podBreak(each, both)) });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven' }]);
  expect(JSON.stringify(verdict.findings[0]?.evidence)).toContain('and SYNs as well');
});

test('speaking: late answers with holes that were filled again', () => {
  const breaks = [podBreak(first, () => [quick(), holed(530), holed(770), quick(), holed(1310)])];
  expect(findingOf(id, { breaks })).toMatchObject({ certainty: 'likely' });
});
