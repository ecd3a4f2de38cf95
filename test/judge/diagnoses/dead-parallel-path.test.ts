import { expect, test } from 'vitest';
import { overlayBetween } from '../breaks.ts';
import { sample, silent, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';
import type { Sample } from '../../../probes/wire.ts';

const id = 'dead-parallel-path';
const SYNS = 7;
const atOnce = () => sample({ connectMs: 0.4, firstByteMs: 1, status: 200 });
const never = () => silent({ synRetransmissions: SYNS });
const late = () => sample({ connectMs: 1020, firstByteMs: 1, synRetransmissions: 1, status: 200 });
/** Connections to pods of worker-2 from elsewhere, one after the other. */
const toSecond =
  (what: () => Sample[]): Break =>
  ({ to, locality, probe }) => {
    const isThere = (to.kind === 'backend' || to.kind === 'agent') && to.node === 'worker-2';
    return isThere && locality === 'cross-node' && (probe.kind === 'tcp' || probe.kind === 'http') ? what() : null;
  };
/** One second apart, as the world does not do by itself. */
const inTime = (samples: Sample[]): Sample[] => samples.map((each, index) => ({ ...each, at: each.at + index * 1000 }));

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['all connections are dead', [overlayBetween('worker-2', null)]],
  [
    'packets get lost at random: some get through late',
    [toSecond(() => inTime([atOnce(), late(), never(), late(), atOnce(), never()]))],
  ],
  ['it breaks once, and stays so', [toSecond(() => inTime([atOnce(), atOnce(), never(), never()]))]],
  ['it heals once, and stays so', [toSecond(() => inTime([never(), never(), atOnce(), atOnce()]))]],
  ['what was cut after one SYN tells nothing', [toSecond(() => inTime(times(2, atOnce)))]],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { target: serviceOnly(), breaks })).toBeNull();
});

test('speaking: at once or never, in any order', () => {
  const mixed = () => inTime([atOnce(), never(), atOnce(), never(), atOnce()]);
  const verdict = diagnose({ target: serviceOnly(), breaks: [toSecond(mixed)] });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'likely']]);
  expect(verdict.findings[0]).toMatchObject({ where: { to: 'worker-2' } });
  expect(verdict.findings[0]?.wouldSettle).toContain('from one port');
});
