import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { sample, times } from '../make.ts';
import { diagnose, findingOf, isPod, serviceOnly, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'application-errors';
const [first, second] = web;
if (first === undefined || second === undefined) throw new Error('the shop has two pods');

const answers = (status: number, bad: number) => (): Sample[] => [
  ...times(bad, () => sample({ connectMs: 0.4, firstByteMs: 2, status })),
  ...times(4 - bad, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
];
const at =
  (kinds: readonly string[], what: () => Sample[]): Break =>
  ({ to, probe }) =>
    probe.kind === 'http' && kinds.includes(to.kind) ? what() : null;
const ofPod =
  (of: typeof first, what: () => Sample[]): Break =>
  (path) =>
    path.probe.kind === 'http' && isPod(of, path) ? what() : null;
const ALL = ['entry', 'service', 'backend'];
/** In the first series that asks for it, and no more. */
function once(): () => Sample[] {
  let left = 1;
  return () => answers(500, left-- > 0 ? 1 : 0)();
}

test.for<[string, World]>([
  ['everything answers', {}],
  ['a proxy says 502, and the endpoints serve', { breaks: [at(['entry'], answers(502, 2))] }],
  ['what is not found is an answer', { breaks: [at(ALL, answers(404, 4))] }],
  ['users get none of these errors: kprobe asks amiss', { breaks: [at(['backend'], answers(500, 4))] }],
  [
    'one endpoint of two says nothing else: it is dead',
    { breaks: [ofPod(first, answers(500, 4)), at(['entry'], answers(500, 2))] },
  ],
  ['a single one', { breaks: [ofPod(first, once()), at(['entry'], answers(500, 1))] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for<[string, World, number]>([
  ['500 now and then, whoever asks', { breaks: [at(ALL, answers(500, 1))] }, 500],
  ['503 always, from all of them', { breaks: [at(ALL, answers(503, 4))] }, 503],
  ['asked as a Service', { target: serviceOnly(), breaks: [at(ALL, answers(500, 2))] }, 500],
])('speaking: %s', ([, world, status]) => {
  const { findings, ...verdict } = diagnose(world);
  expect(verdict.status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', explains: 1, object: { kind: 'ReplicaSet', namespace: 'shop', name: 'web' } },
  ]);
  expect(findings[0]?.title).toContain(`HTTP ${status} by itself`);
});

test('speaking: one endpoint of two, now and then', () => {
  const breaks = [ofPod(first, answers(500, 2)), at(['entry'], answers(500, 1))];
  expect(diagnose({ breaks }).findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'web-1' } },
  ]);
});
