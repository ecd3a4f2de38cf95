/** What was measured as a table, and what of it is more than it may be. Pure. */
import { table } from '../table.ts';
import type { Ran } from './run.ts';

export interface Row {
  readonly command: string;
  readonly nodes: number;
  readonly ran: Ran;
}

interface Bound {
  readonly what: string;
  readonly of: (ran: Ran) => number;
  readonly most: number;
  readonly digits?: number;
}

/** What a cluster of 5,000 nodes may be asked for by one run. */
const BOUNDS: readonly Bound[] = [
  { what: 'connections at once', of: ({ mostConnections }) => mostConnections, most: 100 },
  {
    what: 'requests a second, in the busiest ten seconds',
    of: ({ requests }) => requests.busiestTenSeconds / 10,
    most: 50,
    digits: 1,
  },
  { what: 'bytes of answers, MB', of: ({ answerBytes }) => answerBytes / 1e6, most: 60, digits: 1 },
  { what: 'memory of the controller, MB', of: ({ memoryMb }) => memoryMb, most: 400 },
];
/** What may grow no faster than the nodes. */
const GROWING: readonly Bound[] = [
  { what: 'requests', of: ({ requests }) => requests.all, most: 0 },
  { what: 'bytes', of: ({ answerBytes }) => answerBytes, most: 0 },
];

export function pageOf(rows: readonly Row[]): string {
  const body = rows.map(({ command, nodes, ran }) => [
    `kprobe ${command}`,
    String(nodes),
    ...BOUNDS.map(({ of, digits = 0 }) => of(ran).toFixed(digits)),
    String(ran.requests.busiestSecond),
    String(ran.requests.all),
    String(ran.requests.refused),
    String(ran.mostReaders),
    (ran.tookMs / 1000).toFixed(0),
    String(ran.left.length),
  ]);
  const head = [
    'command',
    'nodes',
    ...BOUNDS.map(({ what, most }) => `${what} (at most ${most})`),
    'requests in the busiest second',
    'requests in all',
    'refused with 429',
    'logs read at once',
    'took, s',
    'objects left',
  ];
  return `${table([head, ...body])}\n`;
}

export function complaintsOf(rows: readonly Row[]): string[] {
  const beyond = rows.flatMap(({ command, nodes, ran }) => [
    ...BOUNDS.filter(({ of, most }) => of(ran) > most).map(
      ({ what, of, most }) => `${command} of ${nodes} nodes: ${what}: ${of(ran).toFixed(1)}, more than ${most}`,
    ),
    ...(ran.left.length > 0
      ? [`${command} of ${nodes} nodes: ${ran.left.length} objects are left in the cluster, ${ran.left[0]} among them`]
      : []),
    ...(ran.exitCode === 0 ? [] : [`${command} of ${nodes} nodes: exit code ${ran.exitCode}, where nothing is wrong`]),
  ]);
  const grown = [...Map.groupBy(rows, ({ command }) => command)].flatMap(([command, [small, large]]) =>
    small === undefined || large === undefined
      ? []
      : GROWING.filter(({ of }) => of(large.ran) > (1.1 * of(small.ran) * large.nodes) / small.nodes).map(
          ({ what }) => `${command}: ${what} grow faster than the nodes`,
        ),
  );
  return [...beyond, ...grown];
}
