/** A node from inside, as one packet met it: the kernel's hooks as columns, in each the chains that it entered, and the one that stopped it marked. */
import { linkHorizontal, linkVertical } from 'd3-shape';
import { count } from '../../model/format.ts';
import type { TracedWay } from '../../model/verdict.ts';
import { type Fragment, html } from './escape.ts';
import { px } from './scales.ts';

const WIDTH = 1080;
const GAP = 44;
const WIDEST = 300;
const BOX_HEIGHT = 42;
const ROW = 58;
const TOP = 28;
/** A letter of usual width, and the room beside all of them. */
const LETTER = 6.6;
const MARGIN = 24;

/** A chain that the kernel enters, with all that the packet met from there on. */
interface Visit {
  readonly hook: string;
  readonly column: number;
  readonly row: number;
  readonly title: string;
  readonly subtitle: string;
  readonly isEnd: boolean;
}

export function nodePicture(way: TracedWay): Fragment {
  const visits = visitsOf(way);
  const hooks = visits.filter(({ row }) => row === 0).map(({ hook }) => hook);
  if (hooks.length === 0) return null;
  const width = Math.min(WIDEST, (WIDTH - GAP * (hooks.length - 1)) / hooks.length);
  const height = TOP + (Math.max(...visits.map(({ row }) => row)) + 1) * ROW;
  const corner = ({ column, row }: Visit) => ({ x: 1 + column * (width + GAP), y: TOP + row * ROW });
  return html`<div class="chart">
    <svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" aria-hidden="true">
      ${hooks.map((hook, column) => html`<text class="quiet" x="${px(1 + column * (width + GAP))}" y="14">${hook}</text>`)}
      ${visits.slice(1).map((visit, index) => edge(visit, { from: visits[index], width, corner }))}
      ${visits.map((visit) => box(visit, width, corner(visit)))}
    </svg>
  </div>`;
}

function visitsOf({ steps, end }: TracedWay): Visit[] {
  const groups: (typeof steps)[] = [];
  for (const step of steps) {
    const base = groups.at(-1)?.[0];
    const isSame = step.hook === null || (step.hook === base?.hook && step.chain === base.chain);
    if (base !== undefined && isSame) groups[groups.length - 1] = [...(groups.at(-1) ?? []), step];
    else groups.push([step]);
  }
  let [column, row, last] = [-1, 0, ''];
  return groups.map((own, index): Visit => {
    const [first] = own;
    const { hook, priority, chain } = {
      hook: first?.hook ?? '',
      priority: first?.priority ?? 0,
      chain: first?.chain ?? '',
    };
    if (hook === last) row += 1;
    else [column, row, last] = [column + 1, 0, hook];
    const isEnd = index === groups.length - 1 && end !== 'passed';
    const met = own.length === 1 ? '' : `, ${count(own.length, 'rule')}`;
    const subtitle = isEnd ? endOf(own.at(-1), chain, end) : `priority ${priority}${met}`;
    return { hook, column, row, title: chain, subtitle, isEnd };
  });
}

/** In a chain that was jumped to, that chain is named. */
function endOf(step: TracedWay['steps'][number] | undefined, base: string, end: TracedWay['end']): string {
  if (step === undefined || step.chain === base) return end;
  return `${end} in ${step.chain.split(' ').slice(2).join(' ')}`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const across = linkHorizontal<unknown, { source: [number, number]; target: [number, number] }, [number, number]>();
const down = linkVertical<unknown, { source: [number, number]; target: [number, number] }, [number, number]>();

function edge(
  visit: Visit,
  at: { readonly from: Visit | undefined; readonly width: number; readonly corner: (visit: Visit) => Point },
): Fragment {
  const { from, width, corner } = at;
  if (from === undefined) return null;
  const [near, far] = [corner(from), corner(visit)];
  const isBelow = from.column === visit.column;
  const line = isBelow
    ? down({ source: [near.x + width / 2, near.y + BOX_HEIGHT], target: [far.x + width / 2, far.y] })
    : across({ source: [near.x + width, near.y + BOX_HEIGHT / 2], target: [far.x, far.y + BOX_HEIGHT / 2] });
  return html`<path
    class="edge edge-${visit.isEnd ? 'broken' : 'good'}"
    d="${line?.replace(/\d+\.\d+/gu, (number) => String(px(Number(number)))) ?? ''}"
  />`;
}

function box({ title, subtitle, isEnd }: Visit, width: number, { x, y }: Point): Fragment {
  const letters = Math.floor((width - MARGIN - (isEnd ? MARGIN : 0)) / LETTER);
  return html`<g transform="translate(${px(x)} ${px(y)})"
    ><title>${title}: ${subtitle}</title><rect class="hop" width="${px(width)}" height="${BOX_HEIGHT}" rx="4" /><text
      class="strong"
      x="12"
      y="18"
      >${clipped(title, letters)}</text
    ><text class="quiet" x="12" y="33">${clipped(subtitle, letters)}</text
    >${isEnd && html`<circle class="mark-halo" cx="${px(width - 16)}" cy="21" r="8" /><text class="mark" x="${px(width - 16)}" y="25">✗</text>`}</g
  >`;
}

function clipped(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}
