/** One size in a process of its own: what planning and judging cost. Prints one JSON line. */
import { matrixReport } from '../../src/judge/matrix/report.ts';
import type { Network } from '../../src/model/matrix.ts';
import { bigCluster, planned, recorded } from './synthetic.ts';

export interface Measure {
  readonly nodes: number;
  readonly pods: number;
  readonly nodePairs: number;
  readonly attempts: number;
  /** Planning and judging. */
  readonly elapsedMs: number;
  /** Processor time of planning and judging, all threads: what they would take on a machine that does nothing else. */
  readonly cpuMs: number;
  /** Largest resident set of the process, with the recording in it, megabytes. */
  readonly peakMb: number;
}

const [count = '50', networks = 'pod', fault = 'none'] = process.argv.slice(2);
const chosen = networks.split(',') as Network[];
const cluster = bigCluster(Number(count), 3);
const begun = performance.now();
const cpuMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
const cpuBefore = cpuMs();
const mesh = planned(cluster, chosen, 'bench');
const planMs = performance.now() - begun;
const planCpuMs = cpuMs() - cpuBefore;
const facts = { protocol: 'tcp', sizeBytes: 0, networks: chosen, design: mesh.design, nodes: mesh.nodes } as const;
const judged = (isCut: (from: string, to: string) => boolean, status: string) => {
  const recording = recorded(cluster, mesh, isCut);
  const [from, cpuFrom] = [performance.now(), cpuMs()];
  const { verdict } = matrixReport(recording, facts);
  const [ms, cpu] = [performance.now() - from, cpuMs() - cpuFrom];
  if (verdict.status !== status) throw new Error(`expected ${status}: ${verdict.summary}`);
  return { ms, cpu, attempts: recording.samples.length };
};
const isWell = fault === 'none';
const result = judged(
  (from, to) => !isWell && (from === 'worker-7' || to === 'worker-7'),
  isWell ? 'healthy' : 'faulty',
);
const measure: Measure = {
  nodes: Number(count),
  pods: mesh.plan.agents.length,
  nodePairs: mesh.design.pairs * chosen.length,
  attempts: result.attempts,
  elapsedMs: planMs + result.ms,
  cpuMs: planCpuMs + result.cpu,
  peakMb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(measure)}\n`);
