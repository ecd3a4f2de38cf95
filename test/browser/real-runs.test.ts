/**
 * Reports of runs in the lab (`npm run kprobe -- lab run SCENARIO -- npm run kprobe -- diagnose … --save`), as people will see them. With
 * KPROBE_SCREENSHOTS=1 the pictures of docs/images are made anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { judge } from '../../src/judge/judge.ts';
import { MatrixReport } from '../../src/model/matrix.ts';
import type { Recording } from '../../src/model/recording.ts';
import { parseRecording } from '../../src/recording/parse.ts';
import { renderDiagnosisPage } from '../../src/render/html/diagnosis-page.ts';
import { renderMatrixPage } from '../../src/render/html/matrix-page.ts';
import { options } from '../render/html/pages.ts';
import { launch, open } from './chromium.ts';

/** A README that takes seconds to load is not read. */
const MOST_BYTES = 300_000;
const IMAGES = 'docs/images';
const ARE_KEPT = process.env['KPROBE_SCREENSHOTS'] === '1';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

function read(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(new URL(`recordings/${name}.json.gz`, import.meta.url))).toString());
}

function recordingOf(name: string): Recording {
  const parsed = parseRecording(read(name));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

function diagnosis(): string {
  const recording = recordingOf('policy-misses-hostnetwork');
  return renderDiagnosisPage({ verdict: judge(recording), recording, again: null }, options);
}

function matrix(): string {
  const report = MatrixReport.parse(read('matrix-report'));
  return renderMatrixPage({ report, recording: recordingOf('matrix-recording'), again: 'kprobe matrix' }, options);
}

/** The part of a page from the top of one element to the bottom of another. */
interface Cut {
  readonly from: string;
  readonly to: string;
}

const PICTURES: readonly (readonly [string, () => string, Cut])[] = [
  ['report-verdict', diagnosis, { from: '.status', to: '.code' }],
  ['report-path', diagnosis, { from: '#path', to: '.hops' }],
  ['report-timeline', diagnosis, { from: '#timeline', to: '#timeline ~ figure' }],
  ['report-durations', diagnosis, { from: '#durations', to: '.small' }],
  ['report-matrix', matrix, { from: '.status', to: '.cell-facts' }],
];

test.for(PICTURES)('%s is a picture that a README can carry', async ([name, make, cut]) => {
  await using opened = await open(browser, make(), { viewport: { width: 1180, height: 900 } });
  const png = await picture(opened.page, cut);
  expect(opened.complaints).toEqual([]);
  expect(png.length).toBeLessThan(MOST_BYTES);
  if (!ARE_KEPT) return;
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(`${IMAGES}/${name}.png`, png);
});

async function picture(page: Page, { from, to }: Cut): Promise<Buffer> {
  const [top, bottom] = [await page.locator(from).first().boundingBox(), await page.locator(to).first().boundingBox()];
  if (top === null || bottom === null) throw new Error(`nothing to see from ${from} to ${to}`);
  const margin = 16;
  const y = top.y - margin;
  const clip = { x: 0, y, width: 1180, height: bottom.y + bottom.height + margin - y };
  return page.screenshot({ clip, fullPage: true });
}
