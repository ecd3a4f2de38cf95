import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { sample, silent } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'slow-first-request';
const took = (ms: number, over: Partial<Sample> = {}) =>
  sample({ connectMs: 0.4, firstByteMs: ms, bodyMs: 0.1, status: 200, ...over });
const good = () => took(3);
/** One an attempt, a second apart; the good ones follow. */
const began = (...bad: Sample[]) => [...bad, ...Array.from({ length: 8 - bad.length }, good)];
const at =
  (kind: 'entry' | 'backend' | 'service', samples: () => readonly Sample[], from?: string): Break =>
  (path, agent) =>
    path.to.kind === kind && path.probe.kind === 'http' && path.probe.idleMs === undefined
      ? from === undefined || agent.kind === from
        ? samples()
        : began()
      : null;
/** The one on this machine asks first. */
const first = (...bad: Sample[]): World => ({ breaks: [at('entry', () => began(...bad), 'local')] });

test.for<[string, World]>([
  ['every answer comes in time', { breaks: [at('entry', () => began())] }],
  ['a first answer that is a little late', first(took(350))],
  ['a late one among others', { breaks: [at('entry', () => [good(), good(), good(), took(2300), good(), good()])] }],
  ['late at first, and again', first(took(2300), good(), good(), took(2300))],
  ['always late', { breaks: [at('entry', () => Array.from({ length: 8 }, () => took(2300)))] }],
  ['a first SYN that was lost', first(took(3, { phases: { connect: 1030 }, totalMs: 1033, synRetransmissions: 1 }))],
  ['a first connect that takes long', first(took(3, { phases: { connect: 1500, 'first-byte': 2 }, totalMs: 1502 }))],
  ['a first segment that was lost', first(took(1700, { dataRetransmissions: 3 }))],
  ['a first connect without an answer', first(silent())],
  ['a late one while the CPU was busy', first(took(1100, { cpuPressure: 0.9 }))],
  [
    'a late one while kprobe’s own answers were late as well',
    {
      breaks: [
        ...(first(took(2300, { cpuPressure: 0.9 })).breaks ?? []),
        ({ to }) => (to.kind === 'agent' ? Array.from({ length: 4 }, () => took(600, { cpuPressure: 0.9 })) : null),
      ],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('healthy: a first answer that is a little late', () => {
  expect(diagnose(first(took(350))).status).toBe('healthy');
});

test('speaking: the first answer takes 2.3 s, all later ones 3 ms', () => {
  const verdict = diagnose(first(took(2300)));
  expect(verdict.status).toBe('inconclusive');
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'possible', explains: 1 }]);
  expect(verdict.findings[0]?.title).toContain('take up to 2.3 s, each later one');
  expect(verdict.findings[0]?.wouldSettle).toContain('some minutes');
});

test('speaking: beside kprobe’s own answers, which were quick while the CPU was busy', () => {
  expect(findingOf(id, first(took(2300, { cpuPressure: 0.9 })))).toMatchObject({ certainty: 'possible' });
});

test('speaking: it is cold for as long as the run asks, and answers all that wait in one moment', () => {
  const waiting = (until: number) => () => Array.from({ length: 8 }, (_, index) => took(until - index * 1000));
  const breaks = (['entry', 'backend', 'service'] as const).map((kind) => at(kind, waiting(12_000)));
  const { findings, status } = diagnose({ breaks });
  expect(status).toBe('inconclusive');
  expect(findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'possible']]);
  expect(findings[0]?.title).toContain('all waited for one moment');
});

test.for<[string, Sample]>([
  ['is answered by an error of the server', took(3, { http: { status: 500, bytes: 9, server: null, hash: null } })],
  ['is answered by a bad gateway', took(3, { http: { status: 502, bytes: 9, server: null, hash: null } })],
  ['is reset', sample({ connectMs: 0.4, firstByteMs: 2, outcome: { kind: 'reset', phase: 'first-byte' } })],
  [
    'hangs',
    sample({
      phases: { connect: 0.4, 'first-byte': 3000 },
      totalMs: 3000,
      outcome: { kind: 'silent', phase: 'first-byte', waitedMs: 3000, code: null },
    }),
  ],
])('speaking: the first request %s, none after it', ([, bad]) => {
  const verdict = diagnose(first(bad));
  expect(verdict.status).toBe('inconclusive');
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toContain(id);
});

test('speaking: all ask while it warms up, and wait with the first', () => {
  const warming = () => [took(3500), took(2500), took(1500), took(500), good(), good(), good(), good()];
  const { findings, status } = diagnose({
    breaks: [at('entry', warming), at('backend', warming), at('service', warming)],
  });
  expect(status).toBe('inconclusive');
  expect(findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'possible']]);
});
