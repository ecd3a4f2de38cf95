import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/judge/judge.ts';
import type { Recording } from '../../../src/model/recording.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { renderMatrixPage } from '../../../src/render/html/matrix-page.ts';
import { renderSweepPage } from '../../../src/render/html/sweep-page.ts';
import { recording as madeRecording } from '../../judge/make.ts';
import { matrixReport } from '../matrices.ts';
import { hostile, inconclusive, verdict as madeVerdict } from '../samples.ts';
import { sweepReport, targetReport } from '../sweeps.ts';
import { attributes, diagnosisPage, faultyRun, matrixPage, options, PAGES, tagsOf } from './pages.ts';

describe.for(PAGES)('the page of a %s', ([, make]) => {
  const page = make();

  test('asks nobody for anything', () => {
    expect(attributes(page, 'src')).toEqual([]);
    expect(attributes(page, 'href').filter((href) => !href.startsWith('#') && href !== 'data:,')).toEqual([]);
    expect(page).not.toMatch(/@import|url\((?!#)/u);
  });

  test('allows its own script and style by their hashes, and nothing else', () => {
    const [policy = ''] = attributes(page, 'content').filter((content) => content.includes('default-src'));
    const hashed = (element: string): string => {
      const [, text = ''] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'u').exec(page) ?? [];
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`.replaceAll("'", '&#39;');
    };
    expect(policy).toContain(`script-src ${hashed('script')};`);
    expect(policy).toContain(`style-src ${hashed('style')};`);
    expect(policy).not.toContain('unsafe');
    expect([...page.matchAll(/<script>/gu)]).toHaveLength(1);
    expect(attributes(page, 'style')).toEqual([]);
    expect(tagsOf(page).filter((tag) => / on[a-z]+=/u.test(tag))).toEqual([]);
  });

  test('has every id once, and every link and label its end', () => {
    const ids = attributes(page, 'id');
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const wanted = [
      ...attributes(page, 'href').filter((href) => href.startsWith('#')),
      ...attributes(page, 'aria-labelledby').map((id) => `#${id}`),
      ...attributes(page, 'data-copies').map((id) => `#${id}`),
      ...attributes(page, 'fill').flatMap((fill) => /^url\((#.*)\)$/u.exec(fill)?.[1] ?? []),
    ];
    expect(wanted.filter((each) => !ids.includes(each.slice(1)))).toEqual([]);
  });

  test('has headings without gaps, the first alone of its level', () => {
    const levels = tagsOf(page)
      .flatMap((tag) => /^<h([1-6])/u.exec(tag)?.[1] ?? [])
      .map(Number);
    expect(levels.indexOf(1)).toBe(0);
    expect(levels.lastIndexOf(1)).toBe(0);
    expect(levels.filter((level, index) => index > 0 && level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
  });

  test('shows no slip of a template', () => {
    expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/u);
  });
});

test('pages of the same run are the same to the byte', () => {
  expect(diagnosisPage()).toBe(diagnosisPage());
  expect(matrixPage()).toBe(matrixPage());
});

test('the verdict comes first, with its evidence, its fix and the command to repeat', () => {
  const page = diagnosisPage();
  const order = [
    'Faulty',
    '<h1',
    'certainty',
    'You see',
    'Where',
    'Fix',
    'kind: NetworkPolicy',
    'Then',
    'The path',
    'Attempts over time',
    'How long they took',
    'Samples',
  ];
  const places = order.map((word) => page.indexOf(word, page.indexOf('<main')));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test('every sample that evidence cites is a link to its row', () => {
  const recording = faultyRun();
  const cited = judge(recording).findings.flatMap(({ evidence }) => evidence.flatMap(({ samples }) => samples));
  const links = new Set(attributes(diagnosisPage(recording), 'href'));
  expect(cited.length).toBeGreaterThan(0);
  expect(cited.filter((index) => !links.has(`#s${index}`))).toEqual([]);
});

/** Text that would become a tag, an attribute, an entity or the end of an element, wherever it is put. */
const ATTACK = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;</style></textarea><!--`;

/** The same data with an attack in every text that is none of the closed words, and in every key of free choice. */
function attacked<T>(value: T, isFree: (text: string) => boolean): T {
  const go = (each: unknown): unknown => {
    if (typeof each === 'string') return isFree(each) ? each + ATTACK : each;
    if (Array.isArray(each)) return each.map(go);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, go(inner)]));
  };
  return go(value) as T;
}

describe('text of strangers makes no markup', () => {
  const names = (page: string): string[] => tagsOf(page).map((tag) => /^<[!a-z0-9]+/u.exec(tag)?.[0] ?? '');
  const isFree = (text: string): boolean =>
    / |\.|@|web|nginx|>/u.test(text) && !/^You see$|^\d{4}-|^kprobe\/|^same-node|^cross-node/u.test(text);

  test('in a diagnosis', () => {
    const recording = faultyRun();
    const judged = judge(recording);
    const page = diagnosisPage(attacked(recording, isFree), attacked(judged, isFree));
    expect(page.split('&lt;script').length).toBeGreaterThan(100);
    expect(names(page)).toEqual(names(diagnosisPage(recording, judged)));
  });

  test('in a matrix', () => {
    const isName = (text: string): boolean => /worker|zone|Node|Service|silent/u.test(text);
    const page = renderMatrixPage(
      { report: attacked(matrixReport(), isName), recording: null, again: ATTACK },
      options,
    );
    expect(page).not.toContain('<img');
    expect(names(page)).toEqual(names(matrixPage()));
  });

  test('nor do control characters and turned directions reach the page', () => {
    const page = diagnosisPage(faultyRun(), hostile()).replace(/<(style|script)>[\s\S]*?<\/\1>/gu, '');
    expect(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u.exec(page)).toBeNull();
  });
});

describe('what a page survives', () => {
  const recording = faultyRun();
  const judged = judge(recording);
  const with1 = (over: Partial<Recording['samples'][number]>): Recording => ({
    ...recording,
    samples: recording.samples.map((sample) => ({ ...sample, ...over })),
  });
  test.for<readonly [string, Recording, Verdict?]>([
    ['a recording of nothing', madeRecording()],
    ['a verdict without findings', madeRecording(), madeVerdict({ findings: [] })],
    ['a verdict of another recording', recording, inconclusive()],
    ['durations below zero', with1({ totalMs: -5, at: -1e15 }), judged],
    ['durations of ages', with1({ totalMs: 1e300, at: 1e300 }), judged],
    ['a run that took no time', { ...recording, tookMs: 0 }, judged],
    ['a start that is no time', { ...recording, startedAt: 'yesterday' }, judged],
    [
      'modes of zero',
      recording,
      { ...judged, paths: judged.paths.map((path) => ({ ...path, modes: [{ ms: 0, share: 1 }] })) },
    ],
    ['no hellos', { ...recording, hellos: [] }, judged],
    ['no agents', { ...recording, plan: { ...recording.plan, agents: [] } }, judged],
  ])('%s', ([, given, verdict]) => {
    expect(diagnosisPage(given, verdict ?? judge(given))).not.toMatch(/undefined|NaN|Infinity/u);
  });
});

describe('what is too much is left out, and that is said', () => {
  const recording = faultyRun();
  const judged = judge(recording);
  const many = Array.from({ length: 200 }, () => recording.samples).flat();

  test('samples: those that evidence rests on stay', () => {
    const page = diagnosisPage({ ...recording, samples: many }, judged);
    expect(page).toContain(`${many.length} samples; ${many.length - 1000} are left out`);
    const cited = judged.findings.flatMap(({ evidence }) => evidence.flatMap(({ samples }) => samples));
    const ids = new Set(attributes(page, 'id'));
    expect(cited.filter((index) => !ids.has(`s${index}`))).toEqual([]);
    expect(page.length).toBeLessThan(2_000_000);
  });

  test('paths: the worst stay', () => {
    const [path] = judged.paths;
    const paths = Array.from({ length: 2000 }, (_, index) => ({
      ...path!,
      id: `p${index}`,
      lost: { share: index === 1999 ? 1 : 0, interval: [0, 1] as [number, number] },
    }));
    const page = diagnosisPage(recording, { ...judged, paths });
    expect(page).toContain('2000 paths; the 500 worst are shown, 1500 are left out');
    expect(page).toContain('✕ broken');
  });

  test('nodes of a matrix: those with the worst cells stay', () => {
    const page = matrixPage(140);
    expect(page).toContain('12 others left out');
    expect(attributes(page, 'title')).toContain('worker-1, zone zone-a');
    expect([...page.matchAll(/<td class="[^"]*"/gu)].length).toBeGreaterThanOrEqual(128 * 128);
  });

  test('targets of a sweep: twenty are told in full', () => {
    const faulty = { state: 'faulty', change: 'new', verdict: judged } as const;
    const targets = Array.from({ length: 30 }, (_, index) => targetReport({ ...faulty, key: `t${index}` }));
    const recordings = new Map(targets.map(({ key }) => [key, { ...recording, samples: many }]));
    const page = renderSweepPage({ report: sweepReport({ targets }), recordings }, options);
    expect(page).toContain('20 targets are told in full below, 10 others in the table only');
    expect(attributes(page, 'id').filter((id) => /^t\d+-s\d+$/u.test(id)).length).toBeLessThanOrEqual(4000);
  });
});
