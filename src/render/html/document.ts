/** One self-contained page: no request leaves it, and nothing runs in it but the one script that is written here. */
import { type Fragment, Html, html } from './escape.ts';
import { pageScript } from './page-script.ts';
import { chartStyle } from './style-charts.ts';
import { heatStyle } from './style-heat.ts';
import { pageStyle } from './style-page.ts';

export interface HtmlOptions {
  /** SHA-256 of a text in UTF-8, as base64: comes in, because Node's own is not for pure code. */
  readonly sha256: (text: string) => string;
}

export interface Page {
  readonly title: string;
  /** `kprobe diagnose`, `kprobe matrix`… */
  readonly command: string;
  /** When, how long, which run and version. */
  readonly facts: readonly string[];
  /** Parts of the page by their ids. */
  readonly contents: readonly { readonly id: string; readonly title: string }[];
  readonly main: Fragment;
}

const STYLE = [pageStyle, chartStyle, heatStyle].join('\n');

/** The whole file. */
export function htmlDocument(page: Page, { sha256 }: HtmlOptions): string {
  return `${
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${policy(sha256)}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <link rel="icon" href="data:," />
          <title>${page.title}</title>
          ${new Html(`<style>${STYLE}</style>`)}
        </head>
        <body>
          ${body(page)} ${new Html(`<script>${pageScript}</script>`)}
        </body>
      </html>`.markup
  }\n`;
}

/**
 * Both hashes cover constant text only. Trusted Types turn every string that would become markup at run time into an error. Images
 * may be data: alone, for the empty icon that keeps browsers from asking a server for one.
 */
function policy(sha256: HtmlOptions['sha256']): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${sha256(STYLE)}'`,
    `script-src 'sha256-${sha256(pageScript)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function body({ command, facts, contents, main }: Page): Html {
  const links = contents.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<a class="skip" href="#main">Skip to the verdict</a>
    <header class="top">
      <p class="brand">${command}</p>
      <p class="facts">${facts.map((fact) => html`<span>${fact}</span> `)}</p>
      <button type="button" id="theme" hidden>Dark theme</button>
    </header>
    ${
      links.length > 1 &&
      html`<nav class="contents" aria-label="Contents">
        <ul>
          ${links}
        </ul>
      </nav>`
    }
    <main id="main" tabindex="-1">${main}</main>`;
}
