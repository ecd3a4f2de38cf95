/** Names and messages come from strangers: here they try to become markup and script in a real browser. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { judge } from '../../src/judge/judge.ts';
import { renderMatrixPage } from '../../src/render/html/matrix-page.ts';
import { renderSweepPage } from '../../src/render/html/sweep-page.ts';
import { matrixReport } from '../render/matrices.ts';
import { sweepReport } from '../render/sweeps.ts';
import { diagnosisPage, faultyRun, options } from '../render/html/pages.ts';
import { launch, open } from './chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  `"><svg onload=alert(1)>`,
  `'><iframe srcdoc="<script>alert(1)</script>">`,
  '" onfocus="alert(1)" autofocus="',
  '</title><script>alert(1)</script>',
  '</style><style>*{display:none}</style>',
  '</script><script>alert(1)</script>',
  '</code></pre><base href="https://example.com/">',
  'javascript:alert(1)',
  '<!--',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '{{constructor.constructor("alert(1)")()}}',
  '\u202e\u0000<a href="https://example.com">',
] as const;

/** The attack behind every text that names something or says something. */
function attacked<T>(value: T, attack: string): T {
  const isSaid = (text: string): boolean =>
    / |\.|@|web|nginx|worker|zone/u.test(text) && !/^\d{4}-|^kprobe\/|^You see$/u.test(text);
  const go = (each: unknown): unknown => {
    if (typeof each === 'string') return isSaid(each) ? each + attack : each;
    if (Array.isArray(each)) return each.map(go);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, go(inner)]));
  };
  return go(value) as T;
}

const recording = faultyRun();
const verdict = judge(recording);
const PAGES: Readonly<Record<string, (attack: string) => string>> = {
  diagnosis: (attack) => diagnosisPage(attacked(recording, attack), attacked(verdict, attack)),
  matrix: (attack) =>
    renderMatrixPage({ report: attacked(matrixReport(), attack), recording: null, again: attack }, options),
  sweep: (attack) => renderSweepPage({ report: attacked(sweepReport(), attack), recordings: new Map() }, options),
};

const elementsOf = (page: Page): Promise<number> => page.evaluate(() => document.querySelectorAll('*').length);
const counted = new Map<string, number>();

/** Of the same page without an attack. */
async function harmlessElements(kind: string): Promise<number> {
  const known = counted.get(kind);
  if (known !== undefined) return known;
  await using opened = await open(browser, PAGES[kind]!(''));
  const count = await elementsOf(opened.page);
  counted.set(kind, count);
  return count;
}

test.for(Object.keys(PAGES).flatMap((kind) => ATTACKS.map((attack) => [kind, attack] as const)))(
  '%s: %s',
  async ([kind, attack]) => {
    await using opened = await open(browser, PAGES[kind]!(attack));
    expect(opened.complaints).toEqual([]);
    expect(opened.requests).toEqual([]);
    expect(await elementsOf(opened.page)).toBe(await harmlessElements(kind));
    expect(await opened.page.locator('h1').isVisible()).toBe(true);
  },
);

test('a script that got in all the same would not run', async () => {
  const forged = diagnosisPage().replace(
    '<main',
    '<script>document.title = "owned"</script><img src=x onerror="document.title = 1"><main',
  );
  await using opened = await open(browser, forged);
  expect(await opened.page.title()).not.toMatch(/owned|^1$/u);
  expect(opened.complaints.length).toBeGreaterThan(0);
});
