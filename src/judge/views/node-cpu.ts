/** How long what runs on a node waits for a CPU, by kprobe's own pods there. */
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { isLarge } from './hops.ts';

/** In the lab, probers waited 58 to 63 % of the time on a node with one CPU and twelve busy processes, and 12 to 15 % beside it (load of 15 on two CPUs). */
const STARVED_SHARE = 0.25;
/** What stands out must do so by this factor over the other nodes: on a machine that is busy everywhere none does. */
const FACTOR = 2;

export interface NodeCpu {
  readonly node: string;
  /**
   * Of the time of its attempts, the share, 0 to 1, in which a prober of this node was ready to run and had no CPU; null where none stood there.
   * Attempts overlap, so it is a measure and not a sum.
   */
  readonly waitedShare: number | null;
  /** The same of the probers of the other nodes, the median; null where there are none. */
  readonly othersShare: number | null;
  /** How long kprobe's own answer from this node took others to hear, typically, milliseconds; null where nobody asked. */
  readonly answerMs: number | null;
}

/** By node: a fact of each node's own processes, also where several nodes share the CPUs of one machine. */
export const nodeCpus = derived((evidence: Evidence): ReadonlyMap<string, NodeCpu> => {
  const nodes = [...new Set([...evidence.agents.values()].flatMap(({ node }) => node ?? []))];
  const shares = new Map(nodes.map((node) => [node, waitedShareOf(evidence, node)]));
  return new Map(
    nodes.map((node) => {
      const others = nodes.flatMap((each) => (each === node ? [] : (shares.get(each) ?? [])));
      const waitedShare = shares.get(node) ?? null;
      return [node, { node, waitedShare, othersShare: median(others), answerMs: answerMsOf(evidence, node) }];
    }),
  );
});

/** Whether what runs on this node lacks a CPU, and on the others not so; null: not measured on it and beside it. */
export function isStarvedNode({ waitedShare, othersShare }: NodeCpu): boolean | null {
  if (waitedShare === null || othersShare === null) return null;
  return waitedShare >= Math.max(STARVED_SHARE, FACTOR * othersShare);
}

/** Whatever the other nodes do: on this one no time is an application's own. */
export function hasNoCpu({ waitedShare }: NodeCpu): boolean {
  return (waitedShare ?? 0) >= STARVED_SHARE;
}

function waitedShareOf({ paths }: Evidence, node: string): number | null {
  const samples = paths
    .filter(({ from }) => from.node === node)
    .flatMap(({ answered }) => answered.map(({ sample }) => sample));
  const totalMs = samples.reduce((sum, each) => sum + each.totalMs, 0);
  const waitedMs = samples.reduce((sum, { cpuWaitMs, totalMs: lastsMs }) => sum + Math.min(cpuWaitMs, lastsMs), 0);
  return totalMs === 0 ? null : waitedMs / totalMs;
}

function answerMsOf({ paths }: Evidence, node: string): number | null {
  // Whoever asks from the node itself waits as well.
  const answers = paths.filter((path) => path.to?.node === node && path.from.node !== node && isSmallEcho(path));
  return median(answers.flatMap(({ timed }) => timed.flatMap(({ sample }) => sample.phases['first-byte'] ?? [])));
}

function isSmallEcho(path: PathEvidence): boolean {
  return path.path.probe.kind === 'tcp' && !isLarge(path) && path.answered.length > 0;
}
