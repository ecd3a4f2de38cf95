/** A matrix for eyes: the verdict first, then the picture, or where it is too large what is worst in it. */
import { count, duration } from '../../model/format.ts';
import type { MatrixReport, Network } from '../../model/matrix.ts';
import { openPage, type Page, wrap } from '../page.ts';
import { verdictParts } from '../terminal.ts';
import { dnsTable, overview, sums } from './digest.ts';
import { gridOf, isBad } from './grid.ts';
import { heatMap } from './heat-map.ts';
import type { RenderOptions } from '../options.ts';

/** A larger picture is not read any more (and a terminal of 80 columns does not hold it). */
const MOST_IN_PICTURE = 40;
/** Further findings are in the JSON; who has so many has one cause that has no name yet. */
const MOST_FINDINGS = 8;

const NETWORKS = { pod: 'Pod network', host: 'Node network' } as const;

export function renderMatrixTerminal(report: MatrixReport, options: RenderOptions): string {
  const page = openPage(options);
  const { verdict } = report;
  const told = { ...verdict, findings: verdict.findings.slice(0, MOST_FINDINGS) };
  const hidden = verdict.findings.length - told.findings.length;
  const troubled = report.networks.filter((network) => gridOf(report, network).cells.some(isBad));
  // Beside a bad network a good one is said in a line; with -v it is shown as well.
  const isShown = (network: Network) => options.verbose || troubled.length === 0 || troubled.includes(network);
  const parts = [
    ...verdictParts(page, told, options),
    ...(hidden > 0 ? [[page.text(`and ${count(hidden, 'more finding')}: see -o json`)]] : []),
    ...(report.nodes.length > 1
      ? report.networks.map((network) => picture(page, report, { network, isShown: isShown(network) }))
      : []),
    dnsTable(page, report),
    footer(page, report),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function picture(
  page: Page,
  report: MatrixReport,
  { network, isShown }: { network: Network; isShown: boolean },
): string[] {
  const grid = gridOf(report, network);
  const what = `${NETWORKS[network]} · ${report.protocol}${report.sizeBytes > 0 ? ` ${report.sizeBytes} B` : ''}`;
  const head = wrap(page.text(`${what} · ${sums(grid)}`), page.width).map((line) => page.paint.bold(line));
  if (!isShown) return head;
  const map = report.nodes.length > MOST_IN_PICTURE ? null : heatMap(page, grid);
  return [...head, ...(map ?? overview(page, grid))];
}

function footer(page: Page, { design, cells, verdict: { run } }: MatrixReport): string[] {
  const attempts = cells.reduce((sum, cell) => sum + cell.attempts, 0);
  const extent = `${count(cells.length, 'node pair')}, ${count(attempts, 'attempt')} in ${duration(run.tookMs)} · run ${run.id} · kprobe ${run.kprobe}`;
  return [...wrap(page.text(`Measured: ${design.says}`), page.width), ...wrap(page.text(extent), page.width)].map(
    (line) => page.paint.dim(line),
  );
}
