/** Which program wrote the rule that decided about a packet, and which object it stands for. */
import type { Cluster, ObjectName } from '../../model/cluster.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import { isSameAddress } from '../policy/address.ts';
import type { Direction } from '../policy/policy-answer.ts';
import { denied, podAt } from './denial.ts';
import { docker } from './docker.ts';
import { firewalld } from './firewalld.ts';
import { WRITERS } from './index.ts';
import { addressIn } from './rule-text.ts';
import type { Side } from './rule-text.ts';
import { ufw } from './ufw.ts';
import { destinationOf, isDefault, stops } from './way.ts';
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
  return writer === null ? unknown(way) : { program: writer.program, ...writer.read(way) };
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
  const [keeper] = isDefault(last) ? keepers : keepers.filter((each) => each === firewalld);
  return keeper ?? null;
}

/** More of a rule than this is no quotation any more. Characters. */
const LONGEST_QUOTE = 160;

/** Quoted as it stands. Where its table names a pod by its address and the API's policies deny the packet to that pod, it enforces them. */
function unknown(way: Way): Ownership {
  const { last } = way;
  if (isDefault(last) && !stops(last)) {
    return { program: 'unknown', reason: 'passes', isStale: false, means: 'no rule stopped it' };
  }
  const means = `${quotation(last)} ${stops(last) ? 'stops it' : 'decides about it'}, and is of nobody whom kprobe knows`;
  if (!stops(last)) return { program: 'unknown', reason: 'passes', isStale: false, means };
  const about = podAskedFor(way);
  if (about === null) return { program: 'unknown', reason: 'firewall', isStale: false, means };
  const { pod, direction } = about;
  const told = denied(way, { direction, pod, named: [] });
  if (told.isStale || told.object === undefined) {
    const open = `${means}; it names pod ${pod.namespace}/${pod.name}, which by the API is open to this packet`;
    return { program: 'unknown', reason: 'firewall', isStale: false, means: open, names: pod };
  }
  return { program: 'unknown', ...told, means: `${means}; ${told.means}` };
}

function quotation(step: TraceStep): string {
  const where = `chain ${step.chain} of table ${step.family} ${step.table}${hookOf(step)}`;
  if (isDefault(step)) return `the default of ${where}`;
  return `${step.rule === undefined ? `the rule with handle ${step.handle}` : `“${shortened(step.rule)}”`} in ${where}`;
}

interface PodAskedFor {
  readonly pod: ObjectName;
  readonly direction: Direction;
}

/** The pod that sends or receives the packet, where a rule of this table on the way asks for its address alone. */
function podAskedFor(way: Way): PodAskedFor | null {
  const { steps, last, flow, cluster } = way;
  const rules = steps.flatMap(({ table, family, rule }) =>
    rule !== undefined && table === last.table && family === last.family ? [rule] : [],
  );
  const ends = [
    { direction: 'egress', side: 'saddr', address: flow?.source },
    { direction: 'ingress', side: 'daddr', address: destinationOf(way)?.address },
  ] as const;
  for (const { direction, side, address } of ends) {
    if (address === undefined || !rules.some((rule) => isAsked(rule, side, address))) continue;
    const pod = podAt(cluster, address);
    if (pod !== null) return { direction, pod: { namespace: pod.namespace, name: pod.name } };
  }
  return null;
}

function isAsked(rule: string, side: Side, address: string): boolean {
  const asked = addressIn(rule, side);
  return asked !== null && isSameAddress(asked, address);
}

function hookOf({ hook, priority }: TraceStep): string {
  if (hook === undefined) return '';
  return priority === undefined ? ` (hook ${hook})` : ` (hook ${hook}, priority ${priority})`;
}

function shortened(rule: string): string {
  const one = rule
    .replace(/\bcounter packets \d+ bytes \d+ ?/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return one.length <= LONGEST_QUOTE ? one : `${one.slice(0, LONGEST_QUOTE - 1)}…`;
}
