import { expect, test } from 'vitest';
import { examine } from '../../../src/judge/judge.ts';
import { behaviour } from '../../../src/judge/words/words.ts';
import type { Sample } from '../../../probes/wire.ts';
import { pod } from '../breaks.ts';
import { cut, refused, sample, silent, times } from '../make.ts';
import { diagnose, run, serviceOnly, web } from '../world.ts';
import type { Break } from '../world.ts';

const slow = () => sample({ connectMs: 0.4, firstByteMs: 1300, status: 200 });
const quick = () => sample({ connectMs: 0.4, firstByteMs: 3, status: 200 });
const early = () => cut({ phase: 'first-byte', waitedMs: 900, phases: { connect: 0.4 } });

/** What the first finding says the user sees at each entry (four vantages ask each, alike), where one pod is slow and entries saw this. */
function sights(entry: () => Sample[]): readonly string[] {
  const verdict = diagnose({
    breaks: [
      ...web.slice(0, 1).map((each) => pod(each, () => times(4, slow))),
      (path) => (path.to.kind === 'entry' ? entry() : null),
    ],
  });
  const said = verdict.findings[0]?.evidence.filter(({ label }) => label === 'You see') ?? [];
  return said.map(({ says }) => says.replace(/^.*?: /, ''));
}

test('all attempts count where each was waited for', () => {
  expect(new Set(sights(() => [slow(), quick(), slow(), quick()]))).toEqual(
    new Set(['8 of 16 take 1.30 s, 8 take 3.4 ms']),
  );
});

test('quick answers that began beside one that the end of the run cut are not counted', () => {
  expect(new Set(sights(() => [slow(), quick(), slow(), early(), ...times(6, quick)]))).toEqual(
    new Set(['8 of 12 take 1.30 s, 4 take 3.4 ms']),
  );
});

test('what is bad is told even where it began after the first that was cut', () => {
  expect(new Set(sights(() => [quick(), early(), quick(), slow()]))).toEqual(
    new Set(['4 of 12 take 1.30 s, 8 take 3.4 ms']),
  );
});

test('answers that are errors now and then are told as such', () => {
  const failing = () => [quick(), sample({ connectMs: 0.4, firstByteMs: 3, status: 500 }), quick()];
  const all: Break = (path) => (path.probe.kind === 'http' ? failing() : null);
  const { paths } = examine(run({ breaks: [all] })).evidence;
  expect(paths.filter(({ path }) => path.to.kind === 'backend').map(behaviour)[0]).toBe(
    '3 of 3 answered (1 of them HTTP 500) in 3.4 ms',
  );
});

test('each way to fail is called what it is', () => {
  const hung = () => silent({ phase: 'first-byte', phases: { connect: 0.4, 'first-byte': 16_700 }, waitedMs: 16_700 });
  const [first] = web;
  if (first === undefined) throw new Error('the shop has two pods');
  const said = (samples: readonly Sample[]) =>
    examine(run({ target: serviceOnly(), breaks: [pod(first, () => [...samples])] }))
      .evidence.paths.filter(({ path }) => path.to.kind === 'backend')
      .map(behaviour)[0];
  expect(said(times(3, hung))).toBe('3 of 3 connects made and never answered');
  expect(said([hung(), refused(), refused()])).toBe(
    '2 of 3 connects refused (RST), 1 of 3 connects made and never answered',
  );
  expect(said([quick(), quick(), refused()])).toBe('1 of 3 connects refused (RST), the others answered in 3.4 ms');
  expect(said(times(3, () => cut({ phase: 'first-byte', phases: { connect: 0.4 }, waitedMs: 6000 })))).toBe(
    '3 of 3 connects made, and still without a whole answer when the run ended',
  );
});
