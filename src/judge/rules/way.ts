/** The way of one packet through the rules of a node, as those ask who know what some program writes. */
import type { Cluster, ObjectName } from '../../model/cluster.ts';
import type { PacketTrace, RuleOwner, TraceStep } from '../../model/packet-trace.ts';
import { translationIn } from './rule-text.ts';

/** The packet as it was sent, and the node whose rules it met. */
export type Flow = Pick<PacketTrace, 'node' | 'protocol' | 'source' | 'destination' | 'destinationPort'>;

export interface Way {
  /** From the first rule to the one that decided. */
  readonly steps: readonly TraceStep[];
  /** The one that decided. */
  readonly last: TraceStep;
  /** null: not known; owners are then found by what rules and chains say alone. */
  readonly flow: Flow | null;
  readonly cluster: Cluster;
}

/** Why a rule is there, for decisions; `means` says the same for people. */
export type Reason =
  /** Of a Service: it has no ready endpoint at all, or none on this node while its traffic has to stay there. */
  | 'no-endpoints'
  | 'no-local-endpoints'
  /** The address belongs to a Service that has no such port, or to no Service. */
  | 'wrong-port'
  | 'no-service'
  /** The load balancer's source ranges leave this client out. */
  | 'source-range'
  /** Policies isolate a pod or a node, and none admits the packet. */
  | 'policy'
  /** A program in user space decides, and what it decided the trace does not show. */
  | 'queue'
  /** The network plugin has no rules for this interface, or holds the workload for down. */
  | 'unknown-workload'
  /** Connection tracking cannot place the packet. */
  | 'invalid-state'
  /** A pod may not send encapsulated packets. */
  | 'encapsulation'
  /** The answer would leave by another interface than the packet came in by. */
  | 'reverse-path'
  /** Nobody outside may talk to 127.0.0.0/8. */
  | 'loopback-guard'
  /** The node's own firewall: a zone, a port list, a network that is kept apart. */
  | 'firewall'
  /** A rule that only rewrites, marks or admits. */
  | 'passes';

/** A rule's owner with what decisions need beside it. */
export interface Ownership extends RuleOwner {
  readonly reason: Reason;
  /** The API says otherwise than the rule: what this node has is not, or no longer, what should be there. */
  readonly isStale: boolean;
  /** Of a stranger's rule: the pod that its table asks for, and that is open to this packet by the API. An enforcer that has fallen behind looks like that, and so does a firewall. */
  readonly names?: ObjectName;
}

/** A writer of rules, and how to read them. */
export interface Writer {
  readonly program: RuleOwner['program'];
  /** By the names that it gives to tables and chains. */
  readonly wrote: (step: TraceStep) => boolean;
  readonly read: (way: Way) => Omit<Ownership, 'program'>;
}

export function rejects({ verdict, rule = '' }: TraceStep): boolean {
  return verdict === 'reject' || (verdict === 'drop' && /\breject\b|\bREJECT\b/.test(rule));
}

/** No rule of the chain took the packet: its default did. A rule without a text has a handle all the same. */
export function isDefault({ rule, handle }: TraceStep): boolean {
  return rule === undefined && handle === undefined;
}

export function stops(step: TraceStep): boolean {
  return step.verdict === 'drop' || step.verdict === 'reject';
}

/** The steps since the packet came into the chain that decided, its jumps and goes included. */
export function withinChain({ steps, last }: Way): readonly TraceStep[] {
  const entry = steps.findLastIndex(
    ({ table, family, target }) => target === last.chain && table === last.table && family === last.family,
  );
  return steps.slice(entry + 1).filter(({ chain, table }) => chain === last.chain && table === last.table);
}

/** The step that sent the packet into the chain that decided; null: it is a base chain, or the step was not seen. */
export function entryOf({ steps, last }: Way): TraceStep | null {
  return (
    steps.findLast(
      ({ table, family, target }) => target === last.chain && table === last.table && family === last.family,
    ) ?? null
  );
}

/** The destination that the packet has where it was decided: after the last translation on its way. */
export function destinationOf({ steps, flow }: Way): { readonly address: string; readonly port: number } | null {
  if (flow === null) return null;
  const translation = steps.map(({ rule = '' }) => translationIn(rule)).findLast((each) => each !== null);
  return {
    address: translation?.address ?? flow.destination,
    port: translation?.port ?? flow.destinationPort,
  };
}
