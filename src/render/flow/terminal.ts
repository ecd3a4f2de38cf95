/** A traced flow for eyes: what became of it, then its way through the rules of each node. */
import { count } from '../../model/format.ts';
import type { FlowStep, FlowTrace, FlowWay } from '../../model/flow-trace.ts';
import { labelled } from '../labelled.ts';
import { headline, openPage, type Page, wrap } from '../page.ts';
import type { FlowRenderOptions } from './options.ts';

/** Characters. */
const LONGEST_RULE = 160;

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
  const ways = options.verbose ? report.ways : worthShowing(report.ways);
  const parts = [
    title(page, report),
    ...ways.map((way) => wayLines(page, way, options.verbose)),
    labelled(page, [
      { label: 'Counters', items: report.counted.slice(0, 5).map(sayCounted) },
      { label: 'Not done', items: report.notMeasured.map(({ what, because }) => `${what}: ${because}`) },
    ]),
    wrap(page.text(footer(report, report.ways.length - ways.length)), page.width).map((line) => page.paint.dim(line)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/**
 * Of what came through, requests only, and one way a node: the second packet of a connection skips most rules, so the one that met the most. All
 * that did not come through.
 */
function worthShowing(ways: readonly FlowWay[]): FlowWay[] {
  const stopped = ways.filter(({ end }) => end !== 'passed');
  const passed = ways.filter(
    ({ end, direction, layer }) => end === 'passed' && direction === 'request' && layer === 'packet',
  );
  const fullest = [...Map.groupBy(passed, ({ node }) => node).values()].flatMap((same) => {
    const [first] = same.toSorted((one, other) => other.steps.length - one.steps.length);
    return first === undefined ? [] : [{ way: first, packets: same.reduce((sum, way) => sum + way.packets, 0) }];
  });
  const shown = new Map(fullest.map(({ way, packets }) => [way, { ...way, packets }]));
  return ways.flatMap((way) => shown.get(way) ?? (stopped.includes(way) ? [way] : []));
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

function wayLines(
  page: Page,
  { node, direction, layer, packet, steps, end, says, packets }: FlowWay,
  verbose: boolean,
): string[] {
  const { source, sourcePort, destination, destinationPort, protocol } = packet;
  const what = [direction === 'answer' ? 'answer' : '', layer === 'outer' ? 'overlay' : ''].filter(Boolean).join(', ');
  const ends = `${source}:${sourcePort} → ${destination}:${destinationPort} ${protocol}`;
  const heading = `${node}  ${ends}${what === '' ? '' : ` (${what})`}`;
  const shown = verbose ? steps : steps.filter(decides);
  const silent = steps.length - shown.length;
  const more = silent === 0 ? [] : [`and ${count(silent, 'chain')} without a rule for it`];
  // Who stopped it is in the title, in full.
  const lost = says === null || end === 'dropped' || end === 'rejected' ? [] : [says];
  return [
    ...headline(page, { left: heading, right: `${ENDS[end]} ${count(packets, 'packet')}` }, page.paint.bold),
    ...shown.flatMap((step) => stepLines(page, step, verbose)),
    ...[...more, ...lost].flatMap((text) =>
      wrap(page.text(text), page.width - 4).map((line) => `    ${page.paint.dim(line)}`),
    ),
  ];
}

/** A rule said something, or a chain's default did. */
function decides({ rule, handle, verdict }: FlowStep): boolean {
  return rule !== null || handle !== null || (verdict !== 'accept' && verdict !== 'continue' && verdict !== 'return');
}

/** Where on one line, the rule below it: rules are longer than any column. */
function stepLines(page: Page, step: FlowStep, verbose: boolean): string[] {
  const { hook, priority, family, table, chain, rule, handle, verdict, target, program, object } = step;
  const where = [hook === null ? '' : `${hook} ${priority}`, `${family} ${table} ${chain}`].filter(Boolean).join('  ');
  const whose =
    object === null
      ? program
      : `${program ?? ''} ${object.kind} ${[object.namespace, object.name].filter(Boolean).join('/')}`;
  const does = [verdict, target ?? ''].filter(Boolean).join(' ');
  const text = (verbose ? rule : shortened(rule)) ?? (handle === null ? 'default' : `rule with handle ${handle}`);
  const isEnd = verdict === 'drop' || verdict === 'reject' || verdict === 'queue';
  const brush = isEnd ? page.paint.red : (line: string) => line;
  return [
    ...headline(page, { left: `  ${where}`, right: whose?.trim() ?? '' }, page.paint.cyan),
    ...wrap(page.text(`${text} → ${does}`), page.width - 6).map((line, index) =>
      brush(`${index === 0 ? '    ' : '      '}${line}`),
    ),
  ];
}

/** Maps of services and sets of addresses go on and on. */
function shortened(rule: string | null): string | null {
  return rule === null || rule.length <= LONGEST_RULE ? rule : `${rule.slice(0, LONGEST_RULE - 1)}…`;
}

function sayCounted({ node, source, rule, packets }: FlowTrace['counted'][number]): string {
  return `${node}: ${source}: +${packets} at ${rule} (anybody's packets)`;
}

function footer({ attempts, run }: FlowTrace, hidden: number): string {
  const made = attempts.map((each) => `${each.count} ${each.outcome}`).join(', ');
  const back = hidden === 0 ? '' : `; -v shows ${count(hidden, 'more way')} that came through`;
  return `attempts: ${made === '' ? 'none' : made}; ${(run.tookMs / 1000).toFixed(1)} s${back}`;
}
