import { expect, test } from 'vitest';
import { sample } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break, World } from '../world.ts';
import type { Sample } from '../../../probes/wire.ts';

const id = 'cold-application';
const SECOND = 1000;
const answered = (firstByteMs: number, over: Partial<Sample> = {}) => ({
  ...sample({ connectMs: 0.4, firstByteMs, status: 200 }),
  ...over,
});
/** Requests to entries, one a second. */
const entries =
  (...all: Sample[]): Break =>
  ({ to }) =>
    to.kind === 'entry' ? all.map((each, index) => ({ ...each, at: each.at + index * SECOND })) : null;
/** The others ask when all is awake. */
const others: Break = ({ to, probe }) =>
  probe.kind === 'http' && to.kind !== 'entry' ? [answered(2, { at: answered(2).at + 3 * SECOND })] : null;
const world = (...all: Sample[]): World => ({ breaks: [entries(...all), others] });
const later = Array.from({ length: 5 }, () => answered(3));

test.for<[string, World]>([
  ['all are in time', {}],
  ['all are late', world(answered(2000), ...later.map(() => answered(2000)))],
  ['one of the later ones is late as well', world(answered(900), ...later, answered(900))],
  ['a node had no CPU to spare', world(answered(900, { cpuPressure: 0.9 }), ...later)],
  ['a request was sent again', world(answered(900, { dataRetransmissions: 2 }), ...later)],
])('silent: %s', ([, each]) => {
  expect(findingOf(id, each)).toBeNull();
});

test('speaking: those that came first were late; never more than possible', () => {
  const verdict = diagnose(world(answered(900), ...later));
  expect(verdict).toMatchObject({ status: 'inconclusive', findings: [{ diagnosis: id, certainty: 'possible' }] });
  expect(verdict.findings[0]?.wouldSettle).toBeTruthy();
});
