/** A real browser, headless, that tells everything it would rather not have seen. */
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Debian's package; elsewhere CHROMIUM names it. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Throws where there is no browser: a test that did not run has not passed. */
export async function launch(): Promise<Browser> {
  try {
    accessSync(EXECUTABLE, constants.X_OK);
  } catch {
    throw new Error(`There is no Chromium at ${EXECUTABLE}: apt-get install chromium, or set CHROMIUM to its path`);
  }
  // Without its sandbox, which root cannot have: it opens only pages that these tests made.
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface Opened extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, dialogs. */
  readonly complaints: readonly string[];
  /** Addresses that the page asked for besides itself. None was answered. */
  readonly requests: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'kprobe-browser-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Opens a page as a file, as one opens a report. */
export async function open(browser: Browser, html: string, options: BrowserContextOptions = {}): Promise<Opened> {
  files += 1;
  const file = join(folder, `${files}.html`);
  writeFileSync(file, html);
  const address = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await context.route('**/*', async (route) => {
    const url = route.request().url();
    if (url === address || url.startsWith('data:')) return route.continue();
    requests.push(url);
    return route.abort();
  });
  await page.goto(address);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}
