/** One flow that was followed → what `kprobe trace` tells: its way through the rules of each node, and where it ended. Pure. */
import type { Sample } from '../../../probes/wire.ts';
import type { Cluster, Limitation } from '../../model/cluster.ts';
import type { FlowStep, FlowTrace, FlowWay } from '../../model/flow-trace.ts';
import { count, list } from '../../model/format.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import type { RuleTraces } from '../../model/recording.ts';
import { ownerOf } from '../rules/owner.ts';
import { followed } from './followed.ts';
import type { Followed, FollowedPacket, Stop } from './followed.ts';
import { countedRules, limitsOf, sayLost, sayStop } from './lines.ts';
import { sayStale, staleTranslations } from './stale-translations.ts';

type Told = Pick<FlowTrace, 'status' | 'summary' | 'attempts' | 'ways' | 'counted' | 'notMeasured'>;

/** `others`: what kept the sender from sending. */
export function flowReport(traces: RuleTraces, read: Cluster, others: readonly Limitation[]): Told {
  const found = followed(traces, read);
  const { cluster } = found;
  const nodes = Object.values(traces.tracers);
  return {
    ...concluded(found, traces.samples, cluster),
    attempts: [...Map.groupBy(traces.samples, ({ outcome }) => sayOutcome(outcome))]
      .map(([outcome, same]) => ({ outcome, count: same.length }))
      .toSorted((one, other) => other.count - one.count),
    ways: waysOf(found, cluster).toSorted((one, other) => rankOf(one, nodes) - rankOf(other, nodes)),
    counted: found.nodes.flatMap(countedRules),
    notMeasured: [...limitsOf(found, traces), ...others].map(({ what, because }) => ({ what, because })),
  };
}

function sayOutcome(outcome: Sample['outcome']): string {
  switch (outcome.kind) {
    case 'answered':
    case 'refused':
      return outcome.kind;
    case 'silent':
    case 'cut':
      return 'unanswered';
    case 'reset':
      return 'reset';
    case 'unreachable':
    case 'error':
      return `${outcome.kind} (${outcome.code})`;
    default:
      return outcome satisfies never;
  }
}

/** Requests from the source on, and answers back; of one node the packet before the one that carries it. */
function rankOf({ node, direction, layer }: FlowWay, nodes: readonly string[]): number {
  const place = nodes.indexOf(node);
  const isArriving = place > 0;
  const inOrder = 2 * place + ((layer === 'outer') === isArriving ? 0 : 1);
  return direction === 'request' ? inOrder : 1000 - inOrder;
}

function waysOf({ packets }: Followed, cluster: Cluster): FlowWay[] {
  const alike = Map.groupBy(packets, ({ isAnswer, isOuter, lastHook, trace: { node, steps, end } }) =>
    JSON.stringify([node, isAnswer, isOuter, end, lastHook, steps.map(stepKey)]),
  );
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [wayOf(first, same, cluster)];
  });
}

/** Counters in its text move from packet to packet. */
function stepKey({ family, table, chain, handle, rule, verdict, target }: TraceStep): string {
  return [family, table, chain, handle ?? rule, verdict, target].join(' ');
}

function wayOf(packet: FollowedPacket, same: readonly FollowedPacket[], cluster: Cluster): FlowWay {
  const { trace, isAnswer, isOuter, lastHook } = packet;
  const { node, steps, end, protocol, source, sourcePort, destination, destinationPort } = trace;
  return {
    node,
    direction: isAnswer ? 'answer' : 'request',
    layer: isOuter ? 'outer' : 'packet',
    packet: { protocol, source, sourcePort, destination, destinationPort },
    steps: steps.map((step, index) => stepOf(step, ownerOf(steps.slice(0, index + 1), cluster, trace))),
    end,
    lastHook,
    says: sayEnd(packet, same, cluster),
    packets: same.length,
  };
}

function stepOf(step: TraceStep, { program, object, reason }: Stop['owner']): FlowStep {
  const {
    hook = null,
    priority = null,
    family,
    table,
    chain,
    rule = null,
    handle = null,
    verdict,
    target = null,
  } = step;
  const isSaid = rule !== null || reason !== 'passes';
  return {
    hook,
    priority,
    family,
    table,
    chain,
    rule: rule?.replaceAll(/counter packets \d+ bytes \d+/gu, 'counter') ?? null,
    handle,
    verdict,
    target,
    program: program === 'unknown' || !isSaid ? null : program,
    object:
      object === undefined || !isSaid
        ? null
        : { kind: object.kind, namespace: object.namespace ?? null, name: object.name },
  };
}

function sayEnd(packet: FollowedPacket, same: readonly FollowedPacket[], cluster: Cluster): string | null {
  const { end, steps } = packet.trace;
  if (end === 'passed') return null;
  const step = steps.at(-1);
  if (end === 'unseen' || end === 'queued' || step === undefined) return sayLost(same);
  const owner = ownerOf(steps, cluster, packet.trace);
  return sayStop({ packet, step, owner, count: same.length, of: same.length });
}

function concluded(
  found: Followed,
  samples: readonly Sample[],
  cluster: Cluster,
): Pick<FlowTrace, 'status' | 'summary'> {
  const { packets, stops, nodes } = found;
  const [stop] = stops.toSorted((one, other) => other.count - one.count);
  const answered = samples.filter(({ outcome }) => outcome.kind === 'answered').length;
  const refused = samples.filter(({ outcome }) => outcome.kind === 'refused').length;
  const isAll = answered > 0 && answered === samples.length;
  const seen = [...new Set(packets.map(({ trace }) => trace.node))];
  if (stop !== undefined) {
    const comesAndGoes = answered === 0 ? '' : `; ${count(answered, 'attempt')} of ${samples.length} got an answer`;
    return { status: 'faulty', summary: `${sayStop(stop)}${comesAndGoes}` };
  }
  if (samples.length === 0) return { status: 'inconclusive', summary: 'nothing was sent' };
  if (packets.length === 0) {
    const works = isAll ? 'the far end answers, but' : 'it is not known what stops it:';
    const ready = nodes.some(({ tracing }) => tracing?.state === 'ready');
    const because = ready ? 'no packet of it was seen in a rule of any node' : 'no node could be followed';
    return { status: 'inconclusive', summary: `${works} ${because}` };
  }
  if (isAll)
    return { status: 'healthy', summary: `answered ${answered} of ${answered}: no rule of ${list(seen)} stops it` };
  const [stale] = staleTranslations(packets, cluster);
  if (stale !== undefined) return { status: 'faulty', summary: sayStale(stale) };
  const lost = packets.filter(({ trace }) => trace.end === 'unseen' || trace.end === 'queued');
  // What is still on its way when the trace ends was not lost.
  const [place] = [...Map.groupBy(lost, placeOf).values()].toSorted((one, other) => other.length - one.length);
  if (answered === 0 && place !== undefined) return { status: 'faulty', summary: sayLost(place) };
  if (refused > 0)
    return { status: 'faulty', summary: `the far end itself refuses it (RST): no rule of ${list(seen)} stops it` };
  return {
    status: 'inconclusive',
    summary: `no rule of ${list(seen)} stops it, and ${samples.length - answered} of ${count(samples.length, 'attempt')} got no answer: it is lost beyond these rules`,
  };
}

function placeOf({ trace: { node, end }, isAnswer, isOuter, lastHook }: FollowedPacket): string {
  return JSON.stringify([node, end, isAnswer, isOuter, lastHook]);
}
