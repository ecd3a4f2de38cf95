/** A matrix of 100 nodes: 10,000 cells in one table. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { matrixPage } from '../render/html/pages.ts';
import { launch, open } from './chromium.ts';

const NODES = 100;
const OPENINGS = 5;
/** What was asked for: it opens in under a second. */
const LIMIT_MS = 1000;
/** So fast opens a bare table of as many cells where ours was measured (docs/performance.md); a slower machine gets more time. */
const BARE_MS = 300;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

/** The same cells with nothing to them: what this machine, busy as it is, takes for any such page. */
const bare = `<!doctype html><title>bare</title><link rel="icon" href="data:,"><table>${`<tr>${'<td>0.4</td>'.repeat(NODES)}</tr>`.repeat(NODES)}</table>`;

/** From the click to the picture, at best: parsed, styled, laid out, painted. */
async function openingMs(html: string): Promise<number> {
  const times: number[] = [];
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    await using opened = await open(browser, html);
    times.push(
      await opened.page.evaluate(
        () =>
          new Promise<number>((resolve) =>
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))),
          ),
      ),
    );
  }
  return Math.min(...times);
}

test('opens in under a second', async ({ annotate }) => {
  const [ours, baseline] = [await openingMs(matrixPage(NODES)), await openingMs(bare)];
  await annotate(`100 nodes: ${Math.round(ours)} ms; a bare table of as many cells: ${Math.round(baseline)} ms`);
  expect(ours).toBeLessThan(LIMIT_MS * Math.max(1, baseline / BARE_MS));
});

test('scrolls both ways, and its names stay in sight', async () => {
  await using opened = await open(browser, matrixPage(NODES), { viewport: { width: 800, height: 600 } });
  const { page } = opened;
  await page.locator('[role=grid] [tabindex="0"]').focus();
  await page.keyboard.press('Control+End');
  const seen = await page.evaluate(() => {
    const heat = document.querySelector('.heat[role=region]')!;
    const box = heat.getBoundingClientRect();
    const inside = (element: Element | null | undefined): boolean => {
      const own = element?.getBoundingClientRect();
      return (
        own !== undefined &&
        own.left >= box.left - 1 &&
        own.right <= box.right + 1 &&
        own.top >= box.top - 1 &&
        own.bottom <= box.bottom + 1
      );
    };
    const last = document.activeElement;
    const heads = document.querySelectorAll('[role=grid] thead th');
    return {
      isScrolled: heat.scrollLeft > 0 && heat.scrollTop > 0,
      cell: inside(last),
      rowName: inside(last?.parentElement?.querySelector('th')),
      columnName: inside(heads[heads.length - 1]),
    };
  });
  expect(seen).toEqual({ isScrolled: true, cell: true, rowName: true, columnName: true });
  expect(await page.locator('.cell-facts').textContent()).toContain('worker-100 → worker-100');
});

test('cells without room for their number have it all the same for a screen reader', async () => {
  await using opened = await open(browser, matrixPage(30));
  const row = await opened.page.locator('[role=grid] tbody tr').nth(3).ariaSnapshot();
  expect(row).toContain('rowheader "worker-4"');
  expect(row).toMatch(/gridcell "0\.\d"/u);
  expect(row).toContain('gridcell "✕"');
});

test('walking through it stays quick', async () => {
  await using opened = await open(browser, matrixPage(NODES));
  const { page } = opened;
  await page.locator('[role=grid] [tabindex="0"]').focus();
  for (let step = 0; step < NODES - 1; step += 1)
    await page.keyboard.press(step % 2 === 0 ? 'ArrowRight' : 'ArrowDown');
  expect(await page.locator('.cell-facts').textContent()).toContain('worker-50 → worker-51');
});
