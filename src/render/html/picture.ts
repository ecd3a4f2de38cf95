/** The picture of the path: boxes in columns, hops between them, the broken ones marked by a sign, a dash pattern and words. */
import { linkHorizontal } from 'd3-shape';
import { list } from '../../model/format.ts';
import { type Fragment, type Html, html, nothing } from './escape.ts';
import type { PathHealth } from '../../model/path-health.ts';
import { SIGNS, STATES } from './path-health.ts';
import type { Box, Hop, RouteMap } from './route-map.ts';
import { px } from './scales.ts';

const WIDTH = 1080;
const BOX_WIDTH = 250;
const BOX_HEIGHT = 42;
const ROW = 58;
const TOP = 28;
/** More boxes in a column are no picture any more. */
const MOST_BOXES = 8;
/** Letters of usual width that fit a box. */
const MOST_LETTERS = 34;

/** How a hop is drawn. */
type HopLook = PathHealth | 'affected';

const WORDS: Readonly<Record<HopLook, string>> = {
  broken: 'broken: none answered',
  lossy: 'some unanswered',
  affected: 'slow or unanswered, but so is the way behind it',
  slow: 'slow',
  good: 'answered',
  unmeasured: 'not measured',
};
const LOOKS = Object.keys(WORDS) as HopLook[];

function lookOf({ state, isBefore }: Hop): HopLook {
  return isBefore ? 'affected' : state;
}

/** The figure with its words, or nothing where there are no hops to show. */
export function picture(map: RouteMap): Html {
  const shown = chosenBoxes(map);
  const places = layOut(shown, map.columns.length);
  const hops = map.hops
    .filter(({ from, to }) => places.has(from) && places.has(to))
    .toSorted((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  if (hops.length === 0) return nothing;
  const height =
    TOP + Math.max(...map.columns.map((_, column) => shown.filter((box) => box.column === column).length)) * ROW;
  const looks = new Set(hops.map(lookOf));
  return html`<figure>
    <figcaption>How requests travel, as this run tried each hop. ${leftOut(map, shown)}</figcaption>
    <ul class="legend">
      ${LOOKS.filter((look) => looks.has(look)).map(key)}
    </ul>
    <div class="chart" role="group" tabindex="0" aria-label="Picture of the path; the hops are listed below it">
      <svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" aria-hidden="true">
        ${map.columns.map((name, column) => html`<text class="quiet" x="${columnX(column, map.columns.length)}" y="14">${name}</text>`)}
        ${hops.map((hop, index) => edge(hop, places, index))} ${shown.map((box) => drawn(box, places))}
      </svg>
    </div>
    ${words(hops, map)}
  </figure>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Those with the worst hops first, so that no broken hop falls off the picture. */
function chosenBoxes({ boxes, hops, columns }: RouteMap): Box[] {
  const worst = new Map<string, number>();
  for (const { from, to, state } of hops) {
    for (const id of [from, to]) worst.set(id, Math.max(worst.get(id) ?? 0, STATES.indexOf(state)));
  }
  return columns.flatMap((_, column) => {
    const own = boxes.filter((box) => box.column === column);
    const kept = new Set(own.toSorted((a, b) => (worst.get(b.id) ?? 0) - (worst.get(a.id) ?? 0)).slice(0, MOST_BOXES));
    return own
      .filter((box) => kept.has(box))
      .toSorted((a, b) => Number(b.kind === 'service') - Number(a.kind === 'service') || (a.title < b.title ? -1 : 1));
  });
}

function layOut(boxes: readonly Box[], columns: number): ReadonlyMap<string, Place> {
  const most = Math.max(
    0,
    ...Array.from({ length: columns }, (_, column) => boxes.filter((box) => box.column === column).length),
  );
  const rows = new Map<number, number>();
  return new Map(
    boxes.map((box) => {
      const row = rows.get(box.column) ?? 0;
      rows.set(box.column, row + 1);
      const own = boxes.filter(({ column }) => column === box.column).length;
      return [box.id, { x: columnX(box.column, columns), y: TOP + (row + (most - own) / 2) * ROW }];
    }),
  );
}

function columnX(column: number, columns: number): number {
  return (column * (WIDTH - BOX_WIDTH - 2)) / Math.max(1, columns - 1) + 1;
}

function drawn(box: Box, places: ReadonlyMap<string, Place>): Fragment {
  const { x, y } = places.get(box.id) ?? { x: 0, y: 0 };
  return html`<g transform="translate(${px(x)} ${px(y)})"
    ><title>${box.title}, ${box.subtitle}</title
    ><rect
      class="${box.kind === 'service' ? 'hop-service' : 'hop'}"
      width="${BOX_WIDTH}"
      height="${BOX_HEIGHT}"
      rx="${box.kind === 'service' ? 20 : 4}"
    /><text class="strong" x="12" y="18">${clipped(box.title)}</text
    ><text class="quiet" x="12" y="33">${clipped(box.subtitle)}</text></g
  >`;
}

const link = linkHorizontal<unknown, { source: [number, number]; target: [number, number] }, [number, number]>();

function edge(hop: Hop, places: ReadonlyMap<string, Place>, index: number): Fragment {
  const { from, to, state, says } = hop;
  const [near, far] = [places.get(from), places.get(to)];
  if (near === undefined || far === undefined) return null;
  const source: [number, number] = [near.x + BOX_WIDTH, near.y + BOX_HEIGHT / 2];
  const target: [number, number] = [far.x, far.y + BOX_HEIGHT / 2];
  // Signs of neighbouring hops stand apart along their lines.
  const share = 0.3 + 0.13 * (index % 4);
  const at = between(source, target, share);
  const look = lookOf(hop);
  const isMarked = look === 'broken' || look === 'lossy';
  return html`<g
    ><title>${says}</title
    ><path
      class="edge edge-${look}"
      d="${link({ source, target })?.replace(/\d+\.\d+/gu, (number) => String(px(Number(number)))) ?? ''}"
    />${isMarked && html`<circle class="mark-halo" cx="${px(at[0])}" cy="${px(at[1])}" r="8" /><text class="mark" x="${px(at[0])}" y="${px(at[1] + 4)}">${SIGNS[state]}</text>`}</g
  >`;
}

/** A point on the curve, which is a Bézier with both handles half-way. */
function between(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  t: number,
): [number, number] {
  const middle = (x0 + x1) / 2;
  const bezier = (a: number, b: number, c: number, d: number) =>
    a * (1 - t) ** 3 + 3 * b * t * (1 - t) ** 2 + 3 * c * t ** 2 * (1 - t) + d * t ** 3;
  return [bezier(x0, middle, middle, x1), bezier(y0, y0, y1, y1)];
}

function key(look: HopLook): Html {
  return html`<li>
    <svg width="34" height="10" viewBox="0 0 34 10" aria-hidden="true">
      <path class="edge edge-${look}" d="M0 5H34" /></svg
    >${look === 'affected' ? '' : SIGNS[look]} ${WORDS[look]}
  </li>`;
}

/** `sr`: for those who do not see the picture. */
const TONES: Readonly<Record<HopLook, string>> = {
  broken: 'broken-text',
  lossy: 'broken-text',
  slow: 'unmeasured',
  affected: 'sr',
  good: 'sr',
  unmeasured: 'sr',
};

/** All hops in words; what went well only for those who do not see the picture. */
function words(hops: readonly Hop[], { boxes }: RouteMap): Html {
  const titles = new Map(boxes.map(({ id, title }) => [id, title]));
  const said = hops.toReversed().map((hop) => {
    return html`<li class="${TONES[lookOf(hop)]}">
      ${SIGNS[hop.state]} ${titles.get(hop.from) ?? ''} → ${titles.get(hop.to) ?? ''}: ${hop.says}
    </li>`;
  });
  return html`<ul class="hops">
    ${said}
  </ul>`;
}

function leftOut({ boxes }: RouteMap, shown: readonly Box[]): string {
  const missing = boxes.filter((box) => !shown.includes(box)).map(({ title }) => title);
  return missing.length === 0 ? '' : `Not drawn: ${list(missing, 3)}.`;
}

function clipped(text: string): string {
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;
}
