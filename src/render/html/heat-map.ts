/** The heat map: a table that is a grid, so that it is read by row and column; a line below tells the cell in hand. */
import { count, duration } from '../../model/format.ts';
import type { Network } from '../../model/matrix.ts';
import { dataBlock, type Fragment, type Html, html } from './escape.ts';
import type { Grid } from './matrix-grid.ts';

const NETWORKS: Readonly<Record<Network, string>> = { pod: 'pod network', host: 'host network' };

export function heatMap(grid: Grid, network: Network): Html {
  const [details, shown] = [`cells-${network}`, `cell-${network}`];
  return html`<p class="quiet">
      Rows are where a probe starts, columns where it goes: median over the ${NETWORKS[network]}, in milliseconds.<span
        class="only-screen"
      >
        Arrow keys, Home and End walk from cell to cell.</span
      >
    </p>
    ${legend(grid)}
    ${
      grid.leftOut > 0 &&
      html`<p class="quiet">
        The ${grid.nodes.length} nodes with the worst cells are shown; ${count(grid.leftOut, 'other')} left out.
      </p>`
    }
    <div
      class="heat${grid.isCompact ? ' compact' : ''}"
      role="region"
      tabindex="0"
      aria-label="Matrix, ${NETWORKS[network]}"
    >
      <table data-details="${details}" data-shows="${shown}">
        <caption>
          <span class="sr">Median latency between nodes, ${NETWORKS[network]}</span>
        </caption>
        <thead>
          <tr>
            <td>from ↓ to →</td>
            ${grid.nodes.map(({ name, zone }, index) => html`<th scope="col" ${edgeClass(grid, index, 'zone-column')} title="${name}${zone === null ? '' : `, zone ${zone}`}"><span>${name}</span></th>`)}
          </tr>
        </thead>
        <tbody>
          ${grid.rows.map((row, index) => rowOf(grid, row, index))}
        </tbody>
      </table>
    </div>
    <p class="cell-facts" id="${shown}">${grid.rows[0]?.[1]?.facts ?? ''}</p>
    ${dataBlock(
      details,
      grid.rows.flatMap((row) => row.map(({ facts }) => facts)),
    )}`;
}

function rowOf(grid: Grid, row: Grid['rows'][number], index: number): Fragment {
  const name = grid.nodes[index]?.name ?? '';
  return html`<tr${edgeClass(grid, index, 'zone-row')}><th scope="row" title="${name}">${name}</th>${row.map(({ text, look }, column) => html`<td class="${look}${isEdge(grid, column) ? ' zone-column' : ''}">${text}</td>`)}</tr>`;
}

/** Whether another zone begins with this node. */
function isEdge({ nodes }: Grid, index: number): boolean {
  return index > 0 && nodes[index]?.zone !== nodes[index - 1]?.zone;
}

function edgeClass(grid: Grid, index: number, name: string): Fragment {
  return isEdge(grid, index) && html` class="${name}"`;
}

function legend({ shadesMs, isCompact, rows }: Grid): Html {
  const looks = new Set(rows.flatMap((row) => row.flatMap(({ look }) => look.split(' '))));
  const key = (look: string, sign: string, words: string): Html =>
    html`<li>
      <span class="heat${isCompact ? ' compact' : ''}" aria-hidden="true"
        ><i class="${look}">${!isCompact && sign}</i></span
      >${words}
    </li>`;
  const shades = (shadesMs ?? []).map(
    ([low, high], step) => looks.has(`h${step}`) && key(`h${step}`, '', range(low, high)),
  );
  return html`<ul class="keys">
    ${shades} ${looks.has('slow') && key('slow', '◆', 'slow for this matrix')}
    ${looks.has('lossy') && key('lossy', '◐', 'some unanswered')}
    ${looks.has('broken') && key('broken', '✕', 'none answered')}
    ${looks.has('unmeasured') && key('unmeasured', '–', 'could not be measured')}
    ${looks.has('none') && key('none', '', 'not asked')}
  </ul>`;
}

function range(lowMs: number, highMs: number): string {
  if (lowMs === 0) return `below ${duration(highMs)}`;
  return Number.isFinite(highMs) ? `${duration(lowMs)} to ${duration(highMs)}` : `from ${duration(lowMs)}`;
}
