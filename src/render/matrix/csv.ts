/** A matrix as a table for spreadsheets and scripts (RFC 4180): a line for each node pair, and one for each node and DNS server. */
import type { MatrixCell, MatrixReport } from '../../model/matrix.ts';
import { cleanLine } from '../clean.ts';

const HEADER = [
  'kind',
  'network',
  'from',
  'from_zone',
  'to',
  'to_zone',
  'state',
  'attempts',
  'lost_share',
  'lost_low',
  'lost_high',
  'connect_p50_ms',
  'connect_p90_ms',
  'connect_p99_ms',
  'round_trip_p50_ms',
  'round_trip_p90_ms',
  'round_trip_p99_ms',
  'mtu_bytes',
] as const;

type Value = string | number | null;

export function renderMatrixCsv({ nodes, cells, dns }: MatrixReport): string {
  const zones = new Map(nodes.map(({ name, zone }) => [name, zone]));
  const zone = (node: string) => zones.get(node) ?? null;
  const nodePairs = cells.map((cell): Value[] => [
    ...['node-pair', cell.network, cell.from, zone(cell.from), cell.to, zone(cell.to)],
    ...shared(cell),
    ...times(cell.connect),
    ...times(cell.roundTrip),
    cell.mtuBytes,
  ]);
  const servers = dns.map((row): Value[] => [
    ...['dns', null, row.node, zone(row.node), `${row.name} ${row.server}`, null],
    ...shared(row),
    ...times(null),
    ...times(row.roundTrip),
    null,
  ]);
  return [HEADER, ...nodePairs, ...servers].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function shared({ state, attempts, lost }: Pick<MatrixCell, 'state' | 'attempts' | 'lost'>): Value[] {
  return [state, attempts, lost.share, ...lost.interval];
}

function times(percentiles: MatrixCell['connect']): Value[] {
  return percentiles === null ? [null, null, null] : [percentiles.p50Ms, percentiles.p90Ms, percentiles.p99Ms];
}

/** A name that a spreadsheet would read as a formula is made text. */
function field(value: Value): string {
  if (value === null || typeof value === 'number') return String(value ?? '');
  const clean = cleanLine(value);
  const text = /^[=+\-@]/.test(clean) ? `'${clean}` : clean;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
