/** Each symptom is explained once, consequences are masked by what is deeper and at least as sure. */
import { expect, test } from 'vitest';
import { credit, depthOrder, rank, unmask } from '../../../src/judge/engine/credit.ts';
import type { Case, Layer } from '../../../src/judge/engine/diagnosis.ts';
import { gatherEvidence } from '../../../src/judge/evidence/gather.ts';
import type { Certainty } from '../../../src/model/verdict.ts';
import { pod, slowEntries } from '../breaks.ts';
import { sample, times } from '../make.ts';
import { diagnose, run, serviceOnly, web } from '../world.ts';

const order = depthOrder(['deep', 'middle', 'high']);

function made(
  id: string,
  layer: Layer,
  certainty: Certainty,
  claims: string[],
  { takes = true, effect = false }: { takes?: boolean; effect?: boolean } = {},
): Case {
  const words = { title: '', why: '', test: '', remedy: '', limits: '' };
  const isEffect = effect ? { isEffect: true as const } : {};
  const diagnosis = { id, layer, class: 'service', experiments: [], cases: () => [], ...words, ...isEffect } as const;
  const report = () => ({
    certainty,
    title: '',
    object: null,
    where: null,
    timer: null,
    evidence: [],
    fix: null,
    wouldSettle: null,
  });
  return { diagnosis, certainty, claims: new Set(claims), takes: () => takes, report };
}

test.for<[string, Case[], string[]]>([
  [
    'deeper and as sure',
    [made('deep', 'network', 'proven', ['a', 'b']), made('high', 'service', 'proven', ['a'])],
    ['deep'],
  ],
  [
    'deeper, less sure',
    [made('deep', 'network', 'possible', ['a']), made('high', 'service', 'proven', ['a'])],
    ['deep', 'high'],
  ],
  [
    'deeper, but not of all its paths',
    [made('deep', 'network', 'proven', ['a']), made('high', 'service', 'proven', ['a', 'b'])],
    ['deep', 'high'],
  ],
  [
    'two deeper ones that account for all of it together',
    [
      made('deep', 'network', 'proven', ['a']),
      made('middle', 'policy', 'proven', ['b']),
      made('high', 'service', 'likely', ['a', 'b']),
    ],
    ['deep', 'middle'],
  ],
  [
    'it rests on no path',
    [made('deep', 'network', 'proven', ['a']), made('high', 'ingress', 'proven', [])],
    ['deep', 'high'],
  ],
  [
    'it proves an effect of which a likely cause is deeper',
    [made('deep', 'node', 'likely', ['a', 'b']), made('middle', 'network', 'proven', ['a'], { effect: true })],
    ['deep'],
  ],
  [
    'it proves an effect of which the deeper cause is a mere possibility',
    [made('deep', 'node', 'possible', ['a', 'b']), made('middle', 'network', 'proven', ['a'], { effect: true })],
    ['deep', 'middle'],
  ],
  [
    'it proves an effect, also where the likely cause has no part',
    [made('deep', 'node', 'likely', ['a']), made('middle', 'network', 'proven', ['a', 'b'], { effect: true })],
    ['deep', 'middle'],
  ],
  [
    'its effect is proven, and no cause is deeper',
    [
      made('deep', 'node', 'likely', ['c']),
      made('middle', 'network', 'proven', ['a'], { effect: true }),
      made('high', 'service', 'proven', ['a']),
    ],
    ['deep', 'middle'],
  ],
])('masking: %s', ([, cases, left]) => {
  expect(unmask(cases, order).map(({ diagnosis }) => diagnosis.id)).toEqual(left);
});

test('a symptom goes to the surest, then the deepest; equal causes of one diagnosis share it', () => {
  const { symptoms } = gatherEvidence(run({ breaks: [slowEntries] }));
  const [sure, deep] = [made('high', 'service', 'proven', []), made('deep', 'network', 'likely', [])];
  const [one, other] = [made('middle', 'policy', 'proven', []), made('middle', 'policy', 'proven', [])];
  const shares = (cases: Case[]) => cases.map((each) => credit(cases, symptoms, order).get(each)?.share);
  expect(shares([deep, sure])).toEqual([0, 1]);
  expect(shares([one, other, sure])).toEqual([0.5, 0.5, 0]);
});

test('a symptom of a proven effect goes to its likely cause', () => {
  const { symptoms } = gatherEvidence(run({ breaks: [slowEntries] }));
  const effect = made('middle', 'network', 'proven', ['a', 'b'], { effect: true });
  const shares = (cases: Case[]) => cases.map((each) => credit(cases, symptoms, order).get(each)?.share);
  expect(shares([effect, made('deep', 'node', 'likely', ['a'])])).toEqual([0, 1]);
  expect(shares([effect, made('deep', 'node', 'likely', ['c'])])).toEqual([1, 0]);
  expect(shares([effect, made('high', 'service', 'likely', ['a'])])).toEqual([1, 0]);
});

test.for<[string, number, [deep: number, high: number], string[]]>([
  ['nobody felt anything: the deepest', 0, [0, 0], ['deep', 'high']],
  ['alike, as far as so few tell: the deepest', 20, [0.45, 0.55], ['deep', 'high']],
  ['clearly more', 20, [0.1, 0.9], ['high', 'deep']],
  ['what explains nothing never leads', 2, [0, 1], ['high', 'deep']],
])('order: %s', ([, felt, [deepShare, highShare], expected]) => {
  const [deep, high] = [made('deep', 'service', 'proven', []), made('high', 'application', 'proven', [])];
  const credits = new Map([
    [deep, { explained: [], share: deepShare }],
    [high, { explained: [], share: highShare }],
  ]);
  for (const cases of [
    [deep, high],
    [high, deep],
  ])
    expect(rank(cases, credits, felt, order).map(({ diagnosis }) => diagnosis.id)).toEqual(expected);
});

test('a slow pod and a dead pod: each has its own symptoms', () => {
  const [slow, dead] = web;
  if (slow === undefined || dead === undefined) throw new Error('the shop has two pods');
  const late = () => times(4, () => sample({ connectMs: 0.4, firstByteMs: 1500, status: 200 }));
  const entries = (path: { to: { kind: string } }) =>
    path.to.kind === 'entry'
      ? [1502, 5003, 6504].map((firstByteMs) => sample({ connectMs: 0.4, firstByteMs, status: 200 }))
      : null;
  const verdict = diagnose({ breaks: [pod(slow, late), pod(dead), entries] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual(['dead-endpoint', 'slow-application']);
  expect(verdict.notMeasured.filter(({ what }) => what.startsWith('the cause of'))).toEqual([]);
  expect(verdict.findings.reduce((sum, { explains }) => sum + explains, 0)).toBeLessThanOrEqual(1);
  expect(verdict.findings.every(({ explains }) => explains > 0)).toBe(true);
});

test('two dead endpoints of three share what is felt', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: web.map((each) => pod(each)) });
  expect(verdict.findings.reduce((sum, { explains }) => sum + explains, 0)).toBeLessThanOrEqual(1);
});
