/** `-o html` of matrix. */
import { count, interval } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import type { MatrixCell, MatrixReport } from '../../model/matrix.ts';
import { runFacts, status } from './diagnosis-page.ts';
import { type HtmlOptions, htmlDocument } from './document.ts';
import { type Fragment, type Html, html } from './escape.ts';
import { headline, MARKS } from './finding.ts';
import { heatMap } from './heat-map.ts';
import { gridOf, percentilesOf, worstCells } from './matrix-grid.ts';
import { MOST_ROWS } from './report.ts';
import { SIGNS } from './path-health.ts';
import { type Part, sections, targetParts } from './target-sections.ts';

/** The heat map shows all; the table is for names and numbers. */
const MOST_PAIRS = 50;
const MOST_DNS_ROWS = 500;

export interface MatrixPage {
  readonly report: MatrixReport;
  /** What it was made of: evidence links to its samples. null: they are not shown. */
  readonly recording: Recording | null;
  /** The command that measures again; null: made of the verdict's target. */
  readonly again: string | null;
}

export function renderMatrixPage({ report, recording, again }: MatrixPage, options: HtmlOptions): string {
  const { verdict, networks } = report;
  const { says, parts: measured } = targetParts({ verdict, recording, again, prefix: '', level: 2, rows: MOST_ROWS });
  const parts: Part[] = [
    ...networks.map((network) => ({
      id: `matrix-${network}`,
      title: networks.length > 1 ? `Matrix, ${network} network` : 'Matrix',
      body: heatMap(gridOf(report, network), network),
    })),
    { id: 'design', title: 'What was measured', body: design(report) },
    ...worst(report),
    ...dns(report),
    // The node pairs are in the heat map; a table of them as paths would say it again.
    ...measured.filter(({ id }) => id !== 'paths'),
  ];
  return htmlDocument(
    {
      title: `${MARKS[verdict.status].sign} ${verdict.target} · kprobe matrix`,
      command: 'kprobe matrix',
      facts: runFacts(verdict),
      contents: [{ id: 'verdict', title: 'Verdict' }, ...parts],
      main: html`${status(verdict)}
        <h1 id="verdict">${headline(verdict)}</h1>
        ${says} ${sections(parts, 2)}`,
    },
    options,
  );
}

function design({ design: made, protocol, sizeBytes }: MatrixReport): Html {
  const asked = sizeBytes > 0 ? `${protocol}, ${sizeBytes} bytes back and forth` : protocol;
  return html`<p>${made.says}</p>
    <p class="quiet">${made.pairs} of ${made.ofPairs} node pairs between ${count(made.nodes, 'node')}, ${asked}.</p>`;
}

function worst({ cells }: MatrixReport): Part[] {
  const all = worstCells(cells);
  if (all.length === 0) return [];
  const row = (cell: MatrixCell): Html =>
    html`<tr>
      <td class="state">${SIGNS[cell.state]} ${cell.state}</td>
      <td>${cell.from}</td>
      <td>${cell.to}</td>
      <td>${cell.network}</td>
      <td>${cell.connect && percentilesOf(cell.connect)}</td>
      <td>${cell.roundTrip && percentilesOf(cell.roundTrip)}</td>
      <td>${lost(cell)}</td>
      <td class="number">${cell.mtuBytes}</td>
    </tr>`;
  const body = table({
    label: 'The worst node pairs',
    caption: `${count(all.length, 'node pair')} not good${all.length > MOST_PAIRS ? `; the ${MOST_PAIRS} worst are shown` : ''}`,
    heads: ['State', 'From', 'To', 'Network', 'Connect', 'Round trip', 'Lost', 'MTU'],
    rows: all.slice(0, MOST_PAIRS).map(row),
  });
  return [{ id: 'worst', title: 'The worst node pairs', body }];
}

function dns({ dns: servers }: MatrixReport): Part[] {
  if (servers.length === 0) return [];
  const rows = servers
    .toSorted((a, b) => Number(a.state === 'good') - Number(b.state === 'good'))
    .slice(0, MOST_DNS_ROWS)
    .map(
      (each) =>
        html`<tr>
          <td class="state">${SIGNS[each.state]} ${each.state}</td>
          <td>${each.node}</td>
          <td>${each.name}</td>
          <td>${each.server}</td>
          <td>${each.roundTrip && percentilesOf(each.roundTrip)}</td>
          <td>${lost(each)}</td>
        </tr>`,
    );
  const left = servers.length - rows.length;
  const body = table({
    label: 'DNS servers as each node sees them',
    caption: `${count(servers.length, 'server')} asked, counted once for each node${left > 0 ? `; ${left} are left out` : ''}`,
    heads: ['State', 'Node', 'Server', 'Address', 'Round trip', 'Lost'],
    rows,
  });
  return [{ id: 'dns', title: 'DNS', body }];
}

function lost({
  lost: { share: lostShare, interval: bounds },
  attempts,
}: Pick<MatrixCell, 'lost' | 'attempts'>): string {
  return attempts === 0 ? '' : `${Math.round(lostShare * attempts)} of ${attempts} (${interval(bounds)})`;
}

interface Table {
  readonly label: string;
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: Fragment;
}

function table({ label, caption, heads, rows }: Table): Html {
  return html`<div class="wide" role="region" tabindex="0" aria-label="${label}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
