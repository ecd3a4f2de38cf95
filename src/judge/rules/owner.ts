/** Which program wrote the rule that decided about a packet, and which object it stands for. */
import type { Cluster } from '../../model/cluster.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import { docker } from './docker.ts';
import { firewalld } from './firewalld.ts';
import { WRITERS } from './index.ts';
import { ufw } from './ufw.ts';
import { stops } from './way.ts';
import type { Flow, Ownership, Way, Writer } from './way.ts';

/**
 * `steps`: the packet's way, the last of which decided. `flow`: the packet itself; some rules (maps of kube-proxy, queues) name no object, and
 * only the packet's destination tells it, so give it where it is known.
 */
export function ownerOf(steps: readonly TraceStep[], cluster: Cluster, flow: Flow | null = null): Ownership {
  const last = steps.at(-1);
  if (last === undefined) {
    return { program: 'unknown', reason: 'passes', isStale: false, means: 'no rule was seen to decide about it' };
  }
  const way: Way = { steps, last, flow, cluster };
  const writer = WRITERS.find(({ wrote }) => wrote(last)) ?? keeperOf(way);
  return writer === null ? unknown(last) : { program: writer.program, ...writer.read(way) };
}

/** Those that end the common chains (INPUT, FORWARD) by a rule there or by the chain's own default, the more careful first. */
const KEEPERS: readonly Writer[] = [firewalld, ufw, docker];

/** Whose chains the packet passed in this very chain, where a rule or default of the common chain then stopped it. null: nobody's that does so. */
function keeperOf({ steps, last }: Way): Writer | null {
  if (last.hook === undefined && !/^(?:INPUT|FORWARD|OUTPUT)$/.test(last.chain)) return null;
  if (!stops(last)) return null;
  const targets = steps
    .filter(({ chain, table, family }) => chain === last.chain && table === last.table && family === last.family)
    .flatMap(({ target }) => (target === undefined ? [] : [{ ...last, chain: target, rule: '' }]));
  const keepers = KEEPERS.filter(({ wrote }) => targets.some(wrote));
  // A rule in a common chain may be anybody's: only firewalld ends its chains by one; defaults are set by the others too.
  const [keeper] = last.rule === undefined ? keepers : keepers.filter((each) => each === firewalld);
  return keeper ?? null;
}

/** More of a rule than this is no quotation any more. Characters. */
const LONGEST_QUOTE = 160;

function unknown(step: TraceStep): Ownership {
  const { rule } = step;
  const where = `chain ${step.chain} of table ${step.family} ${step.table}${hookOf(step)}`;
  const what = rule === undefined ? `the default of ${where}` : `“${shortened(rule)}” in ${where}`;
  const ends = stops(step) ? 'stops it' : 'decides about it';
  return {
    program: 'unknown',
    reason: stops(step) ? 'firewall' : 'passes',
    isStale: false,
    means: `${what} ${ends}, and is of nobody whom kprobe knows`,
  };
}

function hookOf({ hook, priority }: TraceStep): string {
  if (hook === undefined) return '';
  return priority === undefined ? ` (hook ${hook})` : ` (hook ${hook}, priority ${priority})`;
}

function shortened(rule: string): string {
  const one = rule.replaceAll(/\s+/g, ' ').trim();
  return one.length <= LONGEST_QUOTE ? one : `${one.slice(0, LONGEST_QUOTE - 1)}…`;
}
