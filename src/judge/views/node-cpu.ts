/** How long what runs on a node waits for a CPU, by kprobe's own pods there. */
import { list } from '../../model/format.ts';
import { derived } from '../derived.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { isLarge } from './hops.ts';

/** In the lab, probers waited 58 to 63 % of the time on a node with one CPU and twelve busy processes, and 12 to 15 % beside it (load of 15 on two CPUs). */
const STARVED_SHARE = 0.25;
/**
 * In the lab at a load of 4 on two CPUs a tenth of the attempts waited 17 to 34 ms or more, on nodes that share two CPUs at a load of 20 to 30 a second and more; kubelets'
 * probes have one second unless they are given more (timeoutSeconds).
 */
const LONG_WAIT_MS = 500;
const OFTEN = 0.1;
/** What stands out must do so by this factor over the other nodes: on a machine that is busy everywhere none does. */
const FACTOR = 2;

export interface NodeCpu {
  readonly node: string;
  /**
   * Of the time of its attempts, the share, 0 to 1, in which a prober of this node was ready to run and had no CPU; null where none stood there.
   * Attempts overlap, so it is a measure and not a sum.
   */
  readonly waitedShare: number | null;
  /** The share of its attempts that waited for a CPU longer than a probe of the kubelet can; null: nobody stood there. */
  readonly longShare: number | null;
}

/** By node: a fact of each node's own processes, also where several nodes share the CPUs of one machine. */
export const nodeCpus = derived(({ paths, agents }: Evidence): ReadonlyMap<string, NodeCpu> => {
  const own = Map.groupBy(paths, ({ from }) => from.node);
  const nodes = new Set([...agents.values()].flatMap(({ node }) => node ?? []));
  return new Map(
    [...nodes].map((node) => {
      const paths = own.get(node) ?? [];
      return [node, { node, waitedShare: waitedShareOf(paths), longShare: longShareOf(paths) }];
    }),
  );
});

/** The same of the probers of the other nodes, the median; null where there are none. */
export function othersShare(evidence: Evidence, { node }: NodeCpu): number | null {
  return median(
    [...nodeCpus(evidence).values()].flatMap((each) => (each.node === node ? [] : (each.waitedShare ?? []))),
  );
}

/** Whether what runs on this node lacks a CPU, and on the others not so; null: not measured on it and beside it. */
export function isStarvedNode(evidence: Evidence, cpu: NodeCpu): boolean | null {
  const others = othersShare(evidence, cpu);
  if (cpu.waitedShare === null || others === null) return null;
  return cpu.waitedShare >= Math.max(STARVED_SHARE, FACTOR * others);
}

/** Whatever the other nodes do: on this one no time is an application's own. */
function hasNoCpu({ waitedShare }: NodeCpu): boolean {
  return (waitedShare ?? 0) >= STARVED_SHARE;
}

/** Of these nodes, and there is one at least, none has a CPU to spare. */
export function haveNoCpu(evidence: Evidence, nodes: ReadonlySet<string>): boolean {
  return areAll(evidence, nodes, hasNoCpu);
}

/** On each of these nodes, and there is one at least, processes wait so long for a CPU that who has a second to answer may be too late. */
export function waitLong(evidence: Evidence, nodes: ReadonlySet<string>): boolean {
  return areAll(evidence, nodes, waitsLong);
}

function waitsLong({ longShare }: NodeCpu): boolean {
  return (longShare ?? 0) >= OFTEN;
}

function areAll(evidence: Evidence, nodes: ReadonlySet<string>, are: (cpu: NodeCpu) => boolean): boolean {
  const known = [...nodes].map((node) => nodeCpus(evidence).get(node));
  return known.length > 0 && known.every((cpu) => cpu !== undefined && are(cpu));
}

/** Where processes wait that long on one of these nodes: what is late there may be so for that. */
export function longWaitContrast(evidence: Evidence, nodes: ReadonlySet<string>): Contrast[] {
  return toSettle([...nodeCpus(evidence).values()].filter((each) => nodes.has(each.node) && waitsLong(each)));
}

/** Where one of these nodes has no CPU to spare, whatever runs there is slow: told only then, and whoever else is suspected is not proven. */
export function noCpuContrast(evidence: Evidence, nodes: ReadonlySet<string>): Contrast[] {
  return toSettle([...nodeCpus(evidence).values()].filter((each) => nodes.has(each.node) && hasNoCpu(each)));
}

function toSettle(starved: readonly NodeCpu[]): Contrast[] {
  if (starved.length === 0) return [];
  const settles = `Ask again when there is a CPU to spare on ${list(starved.map(({ node }) => node))}.`;
  return [{ label: 'CPU', holds: null, says: '', attempts: [], settles }];
}

/** Whether these very attempts waited for a CPU so much that what they show may be the machine's doing. */
export function hadNoCpu(attempts: readonly Attempt[]): boolean {
  const shares = attempts.map(({ sample: { cpuWaitMs, totalMs } }) => (totalMs === 0 ? 0 : cpuWaitMs / totalMs));
  return (median(shares) ?? 0) >= STARVED_SHARE;
}

/** How long kprobe's own answer from this node took others to hear, typically, milliseconds; null where nobody asked. */
export function answerMsOf({ paths }: Evidence, node: string): number | null {
  // Whoever asks from the node itself waits as well.
  const answers = paths.filter((path) => path.to?.node === node && path.from.node !== node && isSmallEcho(path));
  return median(answers.flatMap(({ timed }) => timed.flatMap(({ sample }) => sample.phases['first-byte'] ?? [])));
}

/** Of what was asked from one node. */
function waitedShareOf(paths: readonly PathEvidence[]): number | null {
  const samples = paths.flatMap(({ answered }) => answered.map(({ sample }) => sample));
  const totalMs = samples.reduce((sum, each) => sum + each.totalMs, 0);
  const waitedMs = samples.reduce((sum, { cpuWaitMs, totalMs: lastsMs }) => sum + Math.min(cpuWaitMs, lastsMs), 0);
  return totalMs === 0 ? null : waitedMs / totalMs;
}

function longShareOf(paths: readonly PathEvidence[]): number | null {
  const samples = paths.flatMap(({ answered }) => answered.map(({ sample }) => sample));
  const long = samples.filter(({ cpuWaitMs }) => cpuWaitMs >= LONG_WAIT_MS);
  return samples.length === 0 ? null : long.length / samples.length;
}

function isSmallEcho(path: PathEvidence): boolean {
  return path.path.probe.kind === 'tcp' && !isLarge(path) && path.answered.length > 0;
}
