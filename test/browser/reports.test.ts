import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { diagnosisPage, matrixPage, PAGES, sweepPage } from '../render/html/pages.ts';
import { launch, open } from './chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

describe.for(PAGES)('the page of a %s', ([, make]) => {
  test('opens without a complaint and asks nobody for anything', async () => {
    await using opened = await open(browser, make());
    await opened.page.locator('button:visible').first().click();
    expect(opened.complaints).toEqual([]);
    expect(opened.requests).toEqual([]);
  });

  test.for(['light', 'dark'] as const)('has no serious fault for axe, %s', async (colorScheme) => {
    // axe brings a style element of its own, which the page's policy would rightly refuse.
    await using opened = await open(browser, make(), { colorScheme, bypassCSP: true });
    expect(await seriousFaults(opened.page)).toEqual([]);
  });

  test('fits a narrow window: only tables and charts scroll sideways', async () => {
    await using opened = await open(browser, make(), { viewport: { width: 390, height: 800 } });
    expect(await opened.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });

  test('can be read without its script', async () => {
    await using opened = await open(browser, make(), { javaScriptEnabled: false });
    expect(await opened.page.locator('h1').isVisible()).toBe(true);
    expect(await opened.page.locator('button:visible').count()).toBe(0);
  });

  test('prints whole, in black on white', async () => {
    await using opened = await open(browser, make(), { colorScheme: 'dark' });
    await opened.page.emulateMedia({ media: 'print' });
    expect(await cutOff(opened.page)).toEqual([]);
    expect(await opened.page.locator('button:visible').count()).toBe(0);
    expect(await backgroundOf(opened.page)).toBe('rgb(255, 255, 255)');
    expect((await opened.page.pdf()).length).toBeGreaterThan(10_000);
  });
});

/** What axe calls serious or critical, with the element. */
async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
}

/** Boxes that hide a part of what they hold. */
function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('.wide, .heat[role=region], .code pre')]
      .filter((box) => box.scrollHeight > box.clientHeight + 1)
      .map((box) => box.className || box.tagName),
  );
}

function backgroundOf(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

describe('the theme', () => {
  test.for([
    ['light', 'Dark theme'],
    ['dark', 'Light theme'],
  ] as const)('is the system’s (%s) until the button is pressed', async ([colorScheme, label]) => {
    await using opened = await open(browser, diagnosisPage(), { colorScheme });
    const before = await backgroundOf(opened.page);
    await opened.page.getByRole('button', { name: label }).click();
    expect(await backgroundOf(opened.page)).not.toBe(before);
    await opened.page.locator('#theme').click();
    expect(await backgroundOf(opened.page)).toBe(before);
  });
});

describe('the fix', () => {
  test('is copied as it stands', async () => {
    await using opened = await open(browser, diagnosisPage());
    await opened.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await opened.page.getByRole('button', { name: 'Copy the YAML' }).click();
    await opened.page.getByRole('button', { name: 'Copied' }).waitFor();
    const shown = await opened.page.locator('#f0').textContent();
    expect(shown).toMatch(/^apiVersion: [\s\S]*\n {2}name: /u);
    expect(await opened.page.evaluate(() => navigator.clipboard.readText())).toBe(shown);
  });

  test('is selected where the clipboard is refused', async () => {
    await using opened = await open(browser, diagnosisPage());
    await opened.page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));
    });
    await opened.page.getByRole('button', { name: 'Copy the YAML' }).click();
    await opened.page.getByRole('button', { name: /^Selected/u }).waitFor();
    expect(await opened.page.evaluate(() => getSelection()?.toString())).toContain('kind: NetworkPolicy');
  });
});

describe('the keyboard', () => {
  test('reaches every link from evidence to a sample, and the sample shows itself', async () => {
    await using opened = await open(browser, diagnosisPage());
    const { page } = opened;
    for (const summary of await page.locator('.refs summary').all()) await summary.press('Enter');
    const hrefs = await page
      .locator('.refs a')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
    const links = new Set(hrefs);
    expect(links.size).toBeGreaterThan(5);
    const reached = new Set<string>();
    for (let tabs = 0; tabs < 400 && reached.size < links.size; tabs += 1) {
      await page.keyboard.press('Tab');
      const href = await page.evaluate(() => document.activeElement?.closest('.refs a')?.getAttribute('href') ?? null);
      if (href !== null) reached.add(href);
    }
    expect(reached).toEqual(links);
    await page.keyboard.press('Enter');
    const row = page.locator('tr:target');
    expect(`#${await row.getAttribute('id')}`).toBe(await page.evaluate(() => location.hash));
    await expect.poll(() => isInView(page, 'tr:target')).toBe(true);
  });

  test('reaches every cell of the matrix from one tab stop', async () => {
    await using opened = await open(browser, matrixPage(6));
    const { page } = opened;
    expect(await page.locator('[role=grid] [tabindex="0"]').count()).toBe(1);
    await page.locator('[role=grid] [tabindex="0"]').focus();
    const seen: (string | null)[] = [];
    for (let row = 0; row < 6; row += 1) {
      await page.keyboard.press('Home');
      for (let column = 0; column < 6; column += 1) {
        if (column > 0) await page.keyboard.press('ArrowRight');
        seen.push(await page.locator('.cell-facts').textContent());
      }
      await page.keyboard.press('ArrowDown');
    }
    expect(new Set(seen).size).toBe(36);
    expect(seen[1]).toContain('worker-1 → worker-2: broken');
    expect(await page.locator('[role=grid] [tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Control+Home');
    expect(await page.locator('.cell-facts').textContent()).toContain('worker-1 → worker-1');
    await page.keyboard.press('Control+End');
    expect(await page.locator('.cell-facts').textContent()).toContain('worker-6 → worker-6');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.cell-facts').textContent()).toContain('worker-6 → worker-6');
  });

  test('the pointer tells a cell as well', async () => {
    await using opened = await open(browser, matrixPage(6));
    await opened.page.locator('[role=grid] tbody tr').nth(1).locator('td').nth(2).hover();
    expect(await opened.page.locator('.cell-facts').textContent()).toContain('worker-2 → worker-3: lossy');
  });
});

/** Whether the first such element is inside the window and inside the box that scrolls it. */
function isInView(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((wanted) => {
    const own = document.querySelector(wanted)?.getBoundingClientRect();
    const box = document.querySelector(wanted)?.closest('.wide, .heat')?.getBoundingClientRect();
    if (!own || !box) return false;
    return own.top >= Math.max(0, box.top) - 1 && own.bottom <= Math.min(innerHeight, box.bottom) + 1;
  }, selector);
}

test('links of a sweep stay within their target', async () => {
  await using opened = await open(browser, sweepPage());
  await opened.page.locator('section[aria-labelledby=t1-target] .refs a').first().click();
  const owner = await opened.page.evaluate(
    () => document.querySelector('tr:target')?.closest('[aria-labelledby=t1-target]') !== null,
  );
  expect(owner).toBe(true);
});
