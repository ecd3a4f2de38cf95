import { expect, test } from 'vitest';
import { sample, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'redirect-loop';
const moved = (leadsToItself?: true) => () =>
  times(4, () =>
    sample({
      connectMs: 0.4,
      firstByteMs: 2,
      http: {
        status: 301,
        bytes: 0,
        server: null,
        hash: null,
        ...(leadsToItself === undefined ? {} : { leadsToItself }),
      },
    }),
  );
const at =
  (kinds: readonly string[], samples: () => ReturnType<typeof sample>[]): Break =>
  ({ to, probe }) =>
    probe.kind === 'http' && kinds.includes(to.kind) ? samples() : null;
const ALL = ['entry', 'service', 'backend'];

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['redirects that lead elsewhere', [at(ALL, moved())]],
  ['the endpoints redirect, and users get a page', [at(['backend'], moved(true))]],
  [
    'one answer of some leads to itself',
    [
      ({ to }) =>
        to.kind === 'entry' ? [...moved(true)().slice(0, 1), ...times(3, () => sample({ status: 200 }))] : null,
    ],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('healthy: redirects that lead elsewhere', () => {
  expect(diagnose({ breaks: [at(ALL, moved())] }).status).toBe('healthy');
});

test('never healthy: now and then an answer leads to itself', () => {
  const breaks: Break[] = [
    ({ to }) =>
      to.kind === 'entry' ? [...moved(true)().slice(0, 2), ...times(2, () => sample({ status: 200 }))] : null,
  ];
  expect(diagnose({ breaks }).status).not.toBe('healthy');
});

test('speaking: the application redirects to the same URL', () => {
  const { status, findings } = diagnose({ breaks: [at(ALL, moved(true))] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'likely', explains: 1, object: { namespace: 'shop', name: 'web' } },
  ]);
  expect(findings[0]?.title).toContain('http://shop.example.com/ redirects to itself');
});

test('speaking: the proxy does so by itself', () => {
  expect(findingOf(id, { breaks: [at(['entry'], moved(true))] })).toMatchObject({
    certainty: 'likely',
    object: { kind: 'Ingress', name: 'web' },
  });
});

test('speaking: a Service that was asked for by itself', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [at(ALL, moved(true))] })?.certainty).toBe('likely');
});
