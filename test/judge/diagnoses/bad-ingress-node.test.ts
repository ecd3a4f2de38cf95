import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { sample, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, web } from '../world.ts';
import type { Break } from '../world.ts';
import { pod, slowEntries } from '../breaks.ts';

const id = 'bad-ingress-node';
const second = nginx[1]?.addresses[0] ?? '';
const notFound = (): Sample[] => times(4, () => sample({ connectMs: 0.4, firstByteMs: 1, status: 404 }));
const entry =
  (address: string | null, what: () => Sample[], isFrom: (from: string) => boolean = () => true): Break =>
  (path) =>
    path.to.kind === 'entry' && (address === null || path.to.address === address) && isFrom(path.from) ? what() : null;

test.for<[string, Break[]]>([
  ['everything answers', []],
  [
    'every entry answers 404, and so do the backends',
    [entry(null, notFound), ...web.map((each) => pod(each, notFound))],
  ],
  ['what is slow lies behind the entries', [slowEntries]],
  ['no entry can be reached', [entry(null, () => times(4, silent))]],
  [
    'one vantage is by chance told 404 each time, and another gets the page through the same entry',
    [
      entry(second, notFound, (from) => from === 'control@worker-2'),
      entry(second, () => [...notFound().slice(0, 2), ...times(2, () => sample({ status: 200 }))]),
    ],
  ],
  [
    'half is lost through each, and through one of them by chance all',
    [
      entry(second, () => times(2, silent)),
      entry(null, () => [silent(), sample({ status: 200 }), silent(), sample({ status: 200 })]),
    ],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('speaking: one entry has not loaded the route', () => {
  const verdict = diagnose({ breaks: [entry(second, notFound)] });
  expect(verdict.status).toBe('faulty');
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    explains: 1,
    object: { kind: 'Pod', name: 'nginx-2' },
    where: { from: 'everywhere', to: 'worker-2' },
    title: expect.stringContaining('HTTP 404 where the same request is answered 200'),
  });
});

test('speaking: one entry that only the outside cannot reach', () => {
  const verdict = diagnose({
    breaks: [
      entry(
        second,
        () => times(4, silent),
        (from) => from === 'local',
      ),
    ],
  });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    where: { from: 'outside', to: 'worker-2' },
  });
});

test('this machine stands outside where it reaches no entry at all: that is said, and is no fault', () => {
  const verdict = diagnose({
    breaks: [
      entry(
        null,
        () => times(4, silent),
        (from) => from === 'local',
      ),
    ],
  });
  expect(verdict.findings).toEqual([]);
  expect(verdict.notMeasured[0]?.what).toContain('from this machine');
});
