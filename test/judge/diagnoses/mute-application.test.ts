import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { pod } from '../breaks.ts';
import { refused, sample, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'mute-application';
const ended = (outcome: Sample['outcome'], bodyMs?: number) => () =>
  times(4, () => sample({ connectMs: 0.4, firstByteMs: 3, outcome, ...(bodyMs === undefined ? {} : { bodyMs }) }));
const early = {
  kind: 'error',
  phase: 'first-byte',
  code: 'EOF',
  message: 'closed before its answer was complete',
} as const;
const closes = ended(early);
const resets = ended({ kind: 'reset', phase: 'first-byte' });
const hangs = ended({ kind: 'silent', phase: 'first-byte', waitedMs: 16_700, code: null });
const begins = ended({ ...early, phase: 'body' }, 1);
const all = (what: () => Sample[]): Break[] => web.map((each) => pod(each, what));
const atEntries =
  (status: number): Break =>
  ({ to }) =>
    to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 4, status })) : null;

test.for<[string, World]>([
  ['everything answers', {}],
  ['entries serve pages: kprobe asks amiss', { breaks: all(closes) }],
  ['one of two pods does so', { breaks: [...all(closes).slice(0, 1), atEntries(502)] }],
  ['they take connections and say nothing', { breaks: [...all(hangs), atEntries(504)] }],
  ['they begin to answer', { breaks: [...all(begins), atEntries(502)] }],
  ['they refuse', { breaks: [...all(() => times(4, refused)), atEntries(502)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for<[string, () => Sample[]]>([
  ['close', closes],
  ['reset', resets],
])('speaking: all pods %s the connection before they answer', ([, what]) => {
  const { status, findings } = diagnose({ breaks: [...all(what), atEntries(502)] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'likely', explains: 1, object: { namespace: 'shop', name: 'web' } },
  ]);
});

test('a mere possibility where no entry was asked', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: all(closes) });
  expect(verdict).toMatchObject({ status: 'inconclusive', findings: [{ diagnosis: id, certainty: 'possible' }] });
});
