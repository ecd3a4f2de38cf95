import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { birthOver, withoutFirstMoments } from '../../../src/judge/evidence/newborn.ts';
import { refused, sample, silent } from '../make.ts';

const BORN = 1_760_000_000_000;
const well = () => sample({ connectMs: 0.4 });
const hung = () => silent({ phase: 'first-byte', phases: { connect: 0.4, 'first-byte': 7500 }, waitedMs: 7500 });
const late = () => sample({ connectMs: 1018, synRetransmissions: 1 });

/** Indices of the attempts that stay, of attempts one second apart that begin `afterMs` after the pod's first word. */
function staying(samples: readonly Sample[], afterMs = 100): number[] {
  const attempts = samples.map((each, index) => ({ index, sample: { ...each, at: BORN + afterMs + index * 1000 } }));
  return withoutFirstMoments(attempts, BORN).map((attempt) => attempt.index);
}

test.for<[string, Sample[]]>([
  ['nothing', []],
  ['attempts that all end alike', [well(), well(), well()]],
  ['a path that never answers', [silent(), silent(), silent()]],
  ['a change that comes and goes', [late(), well(), late(), well()]],
  ['a change at the last attempt only', [well(), well(), silent()]],
  ['an answer before connections that are made and never answered', [well(), hung(), hung(), hung()]],
])('keeps %s', ([, samples]) => {
  expect(staying(samples)).toHaveLength(samples.length);
});

test.for<[string, Sample[], number[]]>([
  ['the attempt that met a pod half made', [late(), well(), well()], [1, 2]],
  ['answers from before a policy reached the pod', [well(), silent(), silent(), silent()], [1, 2, 3]],
])('sets aside %s', ([, samples, left]) => {
  expect(staying(samples)).toEqual(left);
});

test('keeps what happened long after the pod was made', () => {
  expect(staying([late(), well(), well()], 6000)).toEqual([0, 1, 2]);
});

/** One attempt each 500 ms after the pod's first word, on paths in turn. */
function over(samples: readonly Sample[], paths: readonly string[] = ['a', 'b', 'c']): number | null {
  const touching = samples.map((each, index) => ({
    ...each,
    at: BORN + index * 500,
    path: paths[index % paths.length] ?? '',
  }));
  const at = birthOver(touching, BORN);
  return at === null ? null : at - BORN;
}

test.for<[string, Sample[], string[]?]>([
  ['something got through from the first on', [well(), silent(), silent(), silent(), silent(), well()]],
  ['nothing ever did', [silent(), silent(), silent(), silent(), silent(), silent()]],
  ['a few attempts were lost', [silent(), late(), silent(), well(), well()]],
  ['all of them on one path', [silent(), silent(), silent(), silent(), silent(), well()], ['a', 'b']],
  ['it lasted longer than any birth', [...Array.from({ length: 13 }, () => silent()), well()]],
  // A connect that was made: whoever took it was reached.
  [
    'a process took connections and hung',
    [silent({ phase: 'first-byte' }), silent(), silent(), silent(), silent(), well()],
  ],
])('no birth: %s', ([, samples, paths]) => {
  const connected = samples.map((each) =>
    each.phases['first-byte'] ? { ...each, phases: { connect: 1, 'first-byte': 6700 } } : each,
  );
  expect(over(connected, paths)).toBeNull();
});

test('a birth is over with the first attempt that gets through, where all before it on several paths were hindered', () => {
  expect(over([silent(), late(), refused(), silent(), well(), silent(), well()])).toBe(2000);
});
