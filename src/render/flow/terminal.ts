/** A traced flow for eyes: what became of it, then its way through the rules of each node. */
import { count } from '../../model/format.ts';
import type { FlowStep, FlowTrace, FlowWay } from '../../model/flow-trace.ts';
import { labelled } from '../labelled.ts';
import { headline, openPage, type Page, wrap } from '../page.ts';
import type { FlowRenderOptions } from './render.ts';

const MARKS = { healthy: '✓', faulty: '✗', inconclusive: '?' } as const;
const ENDS: Readonly<Record<FlowWay['end'], string>> = {
  dropped: 'dropped',
  rejected: 'rejected',
  queued: 'handed to a program',
  passed: 'passed',
  unseen: 'not seen again',
};

export function renderFlowTerminal(report: FlowTrace, options: FlowRenderOptions): string {
  const page = openPage(options);
  const isShown = (way: FlowWay) => options.verbose || way.direction === 'request' || way.end !== 'passed';
  const hidden = report.ways.filter((way) => !isShown(way)).length;
  const parts = [
    title(page, report),
    ...report.ways.filter(isShown).map((way) => wayLines(page, way, options.verbose)),
    labelled(page, [
      { label: 'Counters', items: report.counted.slice(0, 5).map(sayCounted) },
      { label: 'Not done', items: report.notMeasured.map(({ what, because }) => `${what}: ${because}`) },
    ]),
    wrap(page.text(footer(report, hidden)), page.width).map((line) => page.paint.dim(line)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function title(page: Page, { status, summary, from, to }: FlowTrace): string[] {
  const brush = { healthy: page.paint.green, faulty: page.paint.red, inconclusive: page.paint.yellow }[status];
  const source = from.pod === null ? from.node : `${from.pod.namespace}/${from.pod.name} (${from.node})`;
  const address = `${to.address.includes(':') ? `[${to.address}]` : to.address}:${to.port}`;
  const far = to.says === address ? address : `${to.says} (${address})`;
  return [
    ...headline(page, { left: `${MARKS[status]} ${source} → ${far}`, right: to.protocol }, (line) =>
      page.paint.bold(brush(line)),
    ),
    ...wrap(page.text(summary), page.width - 2).map((line) => `  ${line}`),
  ];
}

function wayLines(page: Page, { node, direction, layer, packet, steps, end, says, packets }: FlowWay, verbose: boolean): string[] {
  const { source, sourcePort, destination, destinationPort, protocol } = packet;
  const what = [direction === 'answer' ? 'answer' : '', layer === 'outer' ? 'overlay' : ''].filter(Boolean).join(', ');
  const ends = `${source}:${sourcePort} → ${destination}:${destinationPort} ${protocol}`;
  const heading = `${node}  ${ends}${what === '' ? '' : ` (${what})`}`;
  const shown = verbose ? steps : steps.filter(decides);
  const silent = steps.length - shown.length;
  const more = silent === 0 ? [] : [`and ${count(silent, 'chain')} without a rule for it`];
  return [
    ...headline(page, { left: heading, right: `${ENDS[end]} ${count(packets, 'packet')}` }, page.paint.bold),
    ...shown.flatMap((step) => stepLines(page, step)),
    ...[...more, ...(says === null ? [] : [says])].flatMap((text) =>
      wrap(page.text(text), page.width - 4).map((line) => `    ${page.paint.dim(line)}`),
    ),
  ];
}

/** A rule said something, or a chain's default did. */
function decides({ rule, handle, verdict }: FlowStep): boolean {
  return rule !== null || handle !== null || (verdict !== 'accept' && verdict !== 'continue' && verdict !== 'return');
}

/** Where on one line, the rule below it: rules are longer than any column. */
function stepLines(page: Page, step: FlowStep): string[] {
  const { hook, priority, family, table, chain, rule, handle, verdict, target, program, object } = step;
  const where = [hook === null ? '' : `${hook} ${priority}`, `${family} ${table} ${chain}`].filter(Boolean).join('  ');
  const whose = object === null ? program : `${program ?? ''} ${object.kind} ${[object.namespace, object.name].filter(Boolean).join('/')}`;
  const does = [verdict, target ?? ''].filter(Boolean).join(' ');
  const text = rule ?? (handle === null ? 'default' : `rule with handle ${handle}`);
  const isEnd = verdict === 'drop' || verdict === 'reject' || verdict === 'queue';
  const brush = isEnd ? page.paint.red : (line: string) => line;
  return [
    ...headline(page, { left: `  ${where}`, right: whose?.trim() ?? '' }, page.paint.cyan),
    ...wrap(page.text(`${text} → ${does}`), page.width - 6).map((line, index) => brush(`${index === 0 ? '    ' : '      '}${line}`)),
  ];
}

function sayCounted({ node, source, rule, packets }: FlowTrace['counted'][number]): string {
  return `${node}: ${source}: +${packets} at ${rule} (anybody's packets)`;
}

function footer({ attempts, run }: FlowTrace, hidden: number): string {
  const made = attempts.map((each) => `${each.count} ${each.outcome}`).join(', ');
  const back = hidden === 0 ? '' : `; -v also shows ${count(hidden, 'way')} of answers`;
  return `attempts: ${made === '' ? 'none' : made}; ${(run.tookMs / 1000).toFixed(1)} s${back}`;
}
