/**
 * What a large cluster costs its API server, for real: `npm run bench:scale [-- --nodes 500,5000 --targets 2000 --timeout 20m --weather --write]`.
 * A kube-apiserver with its etcd, nodes that kwok simulates, and agents that only talk; `kprobe matrix` and `kprobe sweep` run against
 * them as they are (`dist`). Connections and bytes are counted on the wire, requests by the server's own audit log. Exits 1 where a bound
 * is not kept. `--weather`: the server refuses (API Priority and Fairness) and every answer is late. `--write`: the table goes into docs/performance.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keepTable } from './kept-table.ts';
import { startAgents } from './scale/agents.ts';
import { startControlPlane } from './scale/control-plane.ts';
import { openGate } from './scale/gate.ts';
import { populate } from './scale/populate.ts';
import { findPrograms, HOW_TO_GET_THEM } from './scale/programs.ts';
import { runKprobe, type Ran } from './scale/run.ts';
import { makeWeather, LATE_MS } from './scale/weather.ts';
import { complaintsOf, pageOf, type Row } from './scale/table.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '500,5000' },
    targets: { type: 'string', default: '2000' },
    timeout: { type: 'string', default: '' },
    weather: { type: 'boolean', default: false },
    cli: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const programs = findPrograms(process.env);
if (programs === null) {
  process.stderr.write(`bench: ${HOW_TO_GET_THEM}\n`);
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const rows: Row[] = [];
for (const nodes of values.nodes.split(',').map(Number)) {
  const folder = mkdtempSync(join(tmpdir(), 'kprobe-scale-'));
  try {
    await using plane = await startControlPlane(programs, folder);
    await using agents = await startAgents(plane, join(folder, 'certificates'));
    const begun = Date.now();
    await populate(plane, { nodes, services: Number(values.targets) }, agents.port);
    await agents.start();
    tell(`${nodes} nodes, made in ${seconds(Date.now() - begun)}`);
    if (values.weather) await makeWeather(plane);
    await using gate = await openGate(plane.port, values.weather ? LATE_MS : 0);
    const running = { plane, gate, agents, ...(values.cli === undefined ? {} : { cli: values.cli }) };
    const common = [
      '-o',
      'json',
      ...(values.verbose ? [] : ['-q']),
      ...(values.timeout === '' ? [] : ['--timeout', values.timeout]),
    ];
    const add = (command: string, ran: Ran) => {
      rows.push({ command, nodes, ran });
      tell(
        `kprobe ${command}: ${seconds(ran.tookMs)}, exit code ${ran.exitCode}, ${ran.requests.kinds
          .slice(0, 8)
          .map(([kind, count]) => `${count} × ${kind}`)
          .join(', ')}`,
      );
      tell(ran.errors.trim().split('\n').slice(-15).join('\n'));
      writeFileSync(join(tmpdir(), `kprobe-scale-${command}-${nodes}.json`), ran.output);
    };
    add('matrix', await runKprobe(['matrix', ...common], running));
    if (Number(values.targets) > 0) {
      const file = join(folder, 'sweep.yaml');
      writeFileSync(file, sweepFile(Number(values.targets)));
      add('sweep', await runKprobe(['sweep', '-f', file, '--history', 'none', ...common], running));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const page = pageOf(rows);
process.stdout.write(page);
if (values.write) keepTable('scale', page);
const complaints = complaintsOf(rows);
for (const complaint of complaints) process.stderr.write(`bench: ${complaint}\n`);
process.exitCode = complaints.length === 0 ? 0 : 1;

function sweepFile(targets: number): string {
  const lines = Array.from({ length: targets }, (_, at) => `  - { target: svc/web-${at}, namespace: shop }`);
  return `targets:\n${lines.join('\n')}\n`;
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
