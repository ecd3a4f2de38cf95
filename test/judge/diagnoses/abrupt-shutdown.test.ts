import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import type { Departure } from '../../../src/model/recording.ts';
import { pod } from '../breaks.ts';
import { refused, sample, silent, times } from '../make.ts';
import { diagnose, findingOf, isPod, serviceOnly, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'abrupt-shutdown';
const [first] = web;
if (first === undefined) throw new Error('the shop has pods');
/** Unix milliseconds: the run begins at START, and web-1 is told to stop 3 s later. */
const START = 1_800_000_000_000;
const TOLD = START + 3000;

const departures = (over: Partial<Departure> = {}) => ({
  departures: [
    { pod: { namespace: 'shop', name: 'web-1' }, toldAt: TOLD, seenAt: TOLD + 400, graceMs: 30_000, ...over },
  ],
});
const at = (seconds: number) => START + 1000 * seconds;
const well = (seconds: number) => sample({ connectMs: 0.4, firstByteMs: 2, status: 200, at: at(seconds) });
const gone = (seconds: number) => refused({ at: at(seconds) });

/** Attempts as they are told: `on` makes the next one a second later than the one before. */
const inTime = (samples: readonly Sample[]) => samples.map((each, index) => ({ ...each, at: each.at - 1000 * index }));

/** web-1 answers for three seconds, and refuses from then on. */
const stopped: Break = (path) =>
  path.to.kind === 'backend' && isPod(first, path) ? inTime([well(1), well(2), well(2.9), gone(3.9), gone(4.9)]) : null;
/** What is asked through the Service fails at these seconds of the run. */
const service =
  (...failing: number[]): Break =>
  (path) =>
    path.to.kind === 'service'
      ? inTime([1.2, 2.2, 3.2, 4.2, 5.2].map((seconds) => (failing.includes(seconds) ? gone(seconds) : well(seconds))))
      : null;
const asked = { target: serviceOnly(), over: departures() };

test.for<[string, World]>([
  ['all is well', { target: serviceOnly() }],
  ['nobody was told to stop', { target: serviceOnly(), breaks: [stopped, service(3.2, 4.2)] }],
  ['it was stopped, and nobody felt it', { ...asked, breaks: [stopped, service()] }],
  ['what failed did so before', { ...asked, breaks: [stopped, service(1.2)] }],
  [
    'it failed before it was told to',
    { target: serviceOnly(), over: departures({ toldAt: at(9) }), breaks: [stopped, service(3.2)] },
  ],
  [
    'another pod was told to',
    {
      target: serviceOnly(),
      over: departures({ pod: { namespace: 'shop', name: 'web-2' } }),
      breaks: [stopped, service(3.2)],
    },
  ],
  ['it goes on answering', { ...asked, breaks: [service(3.2)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('a pod that was stopped leaves a verdict healthy where nobody felt it', () => {
  expect(diagnose({ ...asked, breaks: [stopped, service()] })).toMatchObject({ status: 'healthy', findings: [] });
});

test('speaking: refused since it was told to stop, while requests were still sent to it', () => {
  const verdict = diagnose({ ...asked, breaks: [stopped, service(3.2, 4.2)] });
  expect(verdict).toMatchObject({
    status: 'faulty',
    findings: [{ diagnosis: id, certainty: 'proven', explains: 1, object: { kind: 'ReplicaSet', name: 'web' } }],
  });
  expect(verdict.findings[0]?.title).toContain('Pod shop/web-1 was stopped, and answered nobody 900 ms later');
});

test('speaking: it had gone when the API was asked', () => {
  const over = departures({ toldAt: null, graceMs: null });
  expect(findingOf(id, { target: serviceOnly(), over, breaks: [stopped, service(3.2)] })).toMatchObject({
    certainty: 'proven',
  });
});

test('speaking, never proven: it never answered us, and is no dead endpoint', () => {
  const over = departures({ toldAt: START });
  const breaks = [pod(first, () => times(3, () => silent({ at: at(3.5) }))), service(3.2)];
  const verdict = diagnose({ target: serviceOnly(), over, breaks });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'likely' }]);
});
