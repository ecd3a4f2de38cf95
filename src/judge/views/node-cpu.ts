/** How long what runs on a node waits for a CPU, by kprobe's own pods there. */
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { isLarge } from './hops.ts';

export interface NodeCpu {
  readonly node: string;
  /** How long a prober of this node was held up in a typical attempt, milliseconds; null where none stood there. */
  readonly heldUpMs: number | null;
  /** How long kprobe's own answer from this node took others to hear, typically, milliseconds; null where nobody asked. */
  readonly answerMs: number | null;
  /** The paths that this is known by. */
  readonly answers: readonly PathEvidence[];
}

/** By node: a fact of each node's own processes, also where several nodes share the CPUs of one machine. */
export const nodeCpus = derived((evidence: Evidence): ReadonlyMap<string, NodeCpu> => {
  const nodes = new Set([...evidence.agents.values()].flatMap(({ node }) => node ?? []));
  return new Map([...nodes].map((node) => [node, cpuOf(evidence, node)]));
});

function cpuOf({ paths }: Evidence, node: string): NodeCpu {
  const held = paths
    .filter(({ from }) => from.node === node)
    .flatMap(({ answered }) => answered.map(({ sample }) => Math.max(sample.cpuWaitMs, sample.stalledMs)));
  // Whoever asks from the node itself waits as well.
  const answers = paths.filter((path) => path.to?.node === node && path.from.node !== node && isSmallEcho(path));
  const times = answers.flatMap(({ timed }) => timed.flatMap(({ sample }) => sample.phases['first-byte'] ?? []));
  return { node, heldUpMs: median(held), answerMs: median(times), answers };
}

function isSmallEcho(path: PathEvidence): boolean {
  return path.path.probe.kind === 'tcp' && !isLarge(path) && path.answered.length > 0;
}
