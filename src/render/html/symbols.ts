/** The shapes of attempts: each look has its own, so that none rests on colour. */
import { symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTimes, symbolTriangle } from 'd3-shape';
import { type Fragment, type Html, html } from './escape.ts';
import type { Look } from './report.ts';

const shape = (kind: typeof symbolCircle, size: number): string =>
  symbol(kind, size)()?.replace(/\d+\.\d+/gu, short) ?? '';
const short = (number: string): string => String(Math.round(Number(number) * 100) / 100);

export const SHAPES: Readonly<Record<Look, string>> = {
  answered: shape(symbolCircle, 30),
  slow: shape(symbolDiamond, 50),
  silent: shape(symbolTimes, 42),
  failed: shape(symbolSquare, 42),
  waiting: shape(symbolTriangle, 40),
  cut: shape(symbolTriangle, 20),
};

const WORDS: Readonly<Record<Look, string>> = {
  answered: 'answered',
  slow: 'answered, but slowly',
  silent: 'no answer',
  failed: 'refused, reset or in error',
  waiting: 'no answer yet when the run ended',
  cut: 'just begun when the run ended',
};

/** What the shapes mean; only those that are there. */
export function legend(looks: ReadonlySet<Look>): Html {
  const items = (Object.keys(WORDS) as Look[]).filter((look) => looks.has(look));
  const item = (look: Look): Fragment =>
    html`<li>
      <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
        <path class="attempt-${look}" d="${SHAPES[look]}" /></svg
      >${WORDS[look]}
    </li>`;
  return html`<ul class="legend">
    ${items.map(item)}
  </ul>`;
}
