/**
 * What commands cost a cluster: `npm run bench:costs [-- --only 'diagnose*'] [--write]`. Each is run once in a lab, through a proxy that counts what the API server
 * is asked. `--write` puts the table into docs/performance.md. Exits 1 where a command did not end as it should.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Cost } from './costs/inside.ts';
import { BUILT_CLI } from './lab-run.ts';
import { keepTable } from './kept-table.ts';
import { table } from './table.ts';

interface Measured {
  readonly title: string;
  /** A lab's name, or the folder of its files. */
  readonly scenario: string;
  readonly args: readonly string[];
  /** Exit code that it must have. */
  readonly code: number;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const sweep = `${root}src/demo-sweep`;
const COMMANDS: readonly Measured[] = [
  {
    title: 'diagnose, healthy',
    scenario: 'healthy-shop',
    args: ['diagnose', 'shop.example.com', '-o', 'json'],
    code: 0,
  },
  {
    title: 'diagnose, the incident',
    scenario: 'policy-misses-hostnetwork',
    args: ['diagnose', 'shop.example.com', '-o', 'json'],
    code: 1,
  },
  { title: 'matrix, 3 nodes', scenario: 'healthy-shop', args: ['matrix', '-o', 'json'], code: 0 },
  { title: 'sweep, 5 targets', scenario: sweep, args: ['sweep', '-f', `${sweep}/sweep.yaml`, '-o', 'json'], code: 0 },
  { title: 'doctor', scenario: 'healthy-shop', args: ['doctor'], code: 0 },
  // Its workloads have no preStop hook.
  { title: 'lint', scenario: 'healthy-shop', args: ['lint'], code: 1 },
];
/** A sweep of five targets, at its slowest. */
const LIMIT_MS = 240_000;
const SPENT = ['watch', 'log', 'create', 'patch', 'delete', 'review'] as const;

const { values } = parseArgs({
  options: { only: { type: 'string', default: '*' }, write: { type: 'boolean', default: false } },
});
const folder = mkdtempSync(join(tmpdir(), 'kprobe-costs-'));
const costs = COMMANDS.filter(({ title }) => matchesGlob(title, values.only)).map((each) => ({
  ...each,
  ...measure(each),
}));
rmSync(folder, { recursive: true });
const text = `${new Date().toISOString().slice(0, 10)}, three nodes in the lab, one run each (\`npm run bench:costs\`).\n\n${page()}`;
process.stdout.write(`${text}\n`);
if (values.write) keepTable('costs', text);
for (const { title, code, cost } of costs) {
  if (cost?.code === code) continue;
  process.stderr.write(`bench: ${title} ended with ${cost?.code ?? 'nothing'}, not with ${code}\n`);
  process.exitCode = 1;
}

function measure({ title, scenario, args }: Measured): { cost: Cost | null } {
  process.stderr.write(`bench: ${title}\n`);
  const own = join(folder, title.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  const file = join(own, 'cost.json');
  const kprobe = [process.execPath, BUILT_CLI];
  const inside = [process.execPath, join(root, 'bench/costs/inside.ts'), file, ...kprobe, ...args];
  const lab = [BUILT_CLI, 'lab', 'run', scenario, '--', ...inside];
  const { stdout, stderr } = spawnSync(process.execPath, lab, { encoding: 'utf8', timeout: LIMIT_MS, cwd: own });
  try {
    return { cost: JSON.parse(readFileSync(file, 'utf8')) as Cost };
  } catch {
    process.stderr.write(`${stdout}${stderr}`);
    return { cost: null };
  }
}

function page(): string {
  const rows = costs.map(({ title, cost }) => {
    if (cost === null) return [title, 'did not run'];
    const { requests, podsCreated, answered, connections, packets, attempts, agentsCpuMs, cpuMs, tookMs } = cost;
    const all = Object.values(requests).reduce((sum, number) => sum + number, 0);
    const kinds = SPENT.flatMap((verb) => (requests[verb] === undefined ? [] : [`${requests[verb]} ${verb}`]));
    return [
      title,
      (tookMs / 1000).toFixed(1),
      String(podsCreated),
      attempts === null ? '' : String(attempts),
      podsCreated === 0 ? '' : String(Math.round(packets)),
      agentsCpuMs === null ? '' : (agentsCpuMs / 1000).toFixed(1),
      (cpuMs / 1000).toFixed(1),
      `${all}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`,
      (answered / 1000).toFixed(0),
      String(connections),
    ];
  });
  return table([
    [
      'command',
      'took, s',
      'probe pods',
      'attempts',
      'packets between nodes',
      'CPU of the agents, s',
      'CPU of the command, s',
      'API requests',
      'answers, kB',
      'connections at once',
    ],
    ...rows,
  ]);
}
