/** A traced packet's end in one sentence: node, chain, program, verdict, and why. */
import type { PacketTrace, TraceStep } from '../../model/packet-trace.ts';
import type { Ownership } from '../rules/way.ts';
import { rejects } from '../rules/way.ts';

/** "worker-2: kube-router rejects it in chain KUBE-POD-FW-… of table ip filter: policies isolate pod shop/web-1 …". null: no rule was seen. */
export function ruleSentence(
  { node, steps }: Pick<PacketTrace, 'node' | 'steps'>,
  { program, means }: Ownership,
): string | null {
  const last = steps.at(-1);
  if (last === undefined) return null;
  if (program === 'unknown') return `${node}: ${means}`;
  const where = `chain ${last.chain} of table ${last.family} ${last.table}`;
  return `${node}: ${program} ${verb(last)} it in ${where}: ${means}`;
}

/** Chains in which the packet was, in their order, each once in a row: "nat-prerouting → services → service-endpoints-check". */
export function chainsInWords(steps: readonly TraceStep[]): string {
  const chains = steps.flatMap(({ chain, target }) => (target === undefined ? [chain] : [chain, target]));
  return chains.filter((chain, index) => chain !== chains[index - 1]).join(' → ');
}

function verb(step: TraceStep): string {
  if (rejects(step)) return 'rejects';
  switch (step.verdict) {
    case 'drop':
      return 'drops';
    case 'queue':
      return 'queues';
    case 'accept':
      return 'accepts';
    case 'reject':
    case 'continue':
    case 'jump':
    case 'goto':
    case 'return':
      return 'passes on';
    default:
      return step.verdict satisfies never;
  }
}
