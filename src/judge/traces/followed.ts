/** What the rules of nodes did to the packets of a path (`--trace-rules`): packets, who stopped them, and what could not be followed. */
import type { ChainListing, HookedChain, RuleCounts, Sample, TraceCost, Tracing } from '../../../probes/wire.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { PacketTrace, TraceStep } from '../../model/packet-trace.ts';
import type { Heard, RuleTraces } from '../../model/recording.ts';
import { derived } from '../derived.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { ownerOf } from '../rules/owner.ts';
import type { Ownership } from '../rules/way.ts';
import { endOf, readTrace, withRejection } from './read-trace.ts';
import { withStandIns } from './stand-ins.ts';

/** One packet on one node. */
export interface FollowedPacket {
  /** Id of the path. */
  readonly path: string;
  readonly isAnswer: boolean;
  /** It is the packet of an overlay that carries one of the path. */
  readonly isOuter: boolean;
  readonly trace: PacketTrace;
  /** The last of the kernel's hooks that it was seen in. */
  readonly lastHook: string | null;
}

/** A rule, or the default of a chain, that stopped packets of a path: the last step of their way. */
export interface Stop {
  readonly path: string;
  readonly packet: FollowedPacket;
  readonly step: TraceStep;
  readonly owner: Ownership;
  /** So many of the path's packets in that direction on that node end so, of all that were followed to their end there. */
  readonly count: number;
  readonly of: number;
}

export interface FollowedNode {
  readonly node: string;
  /** What counted packets beside the rules that are followed: the last word of each source. */
  readonly counted: readonly RuleCounts[];
  /** null: its tracer never spoke. */
  readonly tracing: Tracing | null;
  readonly cost: TraceCost | null;
}

export interface Followed {
  /** As policies see these packets: stand-ins are the pods that they stand for. */
  readonly cluster: Cluster;
  readonly paths: ReadonlySet<string>;
  readonly packets: readonly FollowedPacket[];
  readonly stops: readonly Stop[];
  readonly nodes: readonly FollowedNode[];
  /** The attempts that were made meanwhile. */
  readonly samples: readonly Sample[];
}

/** null: nothing was followed. */
export const followedIn = derived((evidence: Evidence): Followed | null => {
  const { ruleTraces } = evidence.recording;
  return ruleTraces === undefined ? null : followed(ruleTraces, evidence.cluster);
});

export function followed(ruleTraces: RuleTraces, read: Cluster): Followed {
  const packets = packetsOf(ruleTraces);
  const cluster = withStandIns(read, ruleTraces.standIns ?? []);
  return {
    cluster,
    paths: new Set(ruleTraces.paths),
    packets,
    stops: stopsOf(packets, cluster),
    nodes: Object.entries(ruleTraces.tracers).map(([agent, node]) => nodeOf(agent, node, ruleTraces)),
    samples: ruleTraces.samples,
  };
}

function nodeOf(agent: string, node: string, { heard }: RuleTraces): FollowedNode {
  const own = heard.filter((each) => each.agent === agent);
  return {
    node,
    // The last word: what was ready may have failed.
    tracing: own.findLast((each) => each.type === 'tracing') ?? null,
    cost: own.findLast((each) => each.type === 'trace-cost') ?? null,
    counted: lastCounts(own.filter((each) => each.type === 'rule-counts')),
  };
}

function lastCounts(told: readonly RuleCounts[]): RuleCounts[] {
  return [...new Map(told.map((each) => [each.source, each])).values()];
}

function packetsOf({ heard, tracers, table }: RuleTraces): FollowedPacket[] {
  return heard.flatMap((told): FollowedPacket[] => {
    const node = tracers[told.agent];
    if (told.type !== 'rule-trace' || node === undefined) return [];
    const chains = heard.flatMap((each): readonly HookedChain[] =>
      each.type === 'hooked-chains' && each.agent === told.agent ? each.chains : [],
    );
    const read = readTrace(told, { node, chains, ownTable: table });
    if (read === null) return [];
    const listings = heard.filter(
      (each): each is Heard<ChainListing> => each.type === 'chain-listing' && each.agent === told.agent,
    );
    const steps = read.trace.steps.map((step) => withRejection(withText(step, listings)));
    const trace = { ...read.trace, steps, end: endOf(steps, read.trace.end === 'passed') };
    const { path, isAnswer, isOuter = false } = told;
    return [{ path, isAnswer, isOuter, trace, lastHook: read.lastHook }];
  });
}

/**
 * nft leaves out what iptables has for comments: the rule as iptables-save has it says more, and stands in the same place of its chain. And nft knows by
 * name only rules that were there when it began to listen; a later one has a handle, and the list has it.
 */
function withText(step: TraceStep, listings: readonly ChainListing[]): TraceStep {
  if (step.handle === undefined || /\bcomment "/u.test(step.rule ?? '')) return step;
  const listing = listings.find(
    ({ family, table, chain }) => family === step.family && table === step.table && chain === step.chain,
  );
  const lines = (listing?.text ?? '').split('\n').map((line) => line.trim());
  const rules = lines.filter((line) => HANDLE.test(line) && !/^(?:table|chain) /u.test(line));
  const saved = lines.filter((line) => line.startsWith(`-A ${step.chain} `));
  const place = rules.findIndex((line) => line.endsWith(`# handle ${step.handle}`));
  const rule =
    (saved.length === rules.length ? saved[place] : undefined) ?? step.rule ?? rules[place]?.replace(HANDLE, '');
  return rule === undefined ? step : { ...step, rule };
}

const HANDLE = / # handle \d+$/u;

function stopsOf(packets: readonly FollowedPacket[], cluster: Cluster): Stop[] {
  const groups = Map.groupBy(packets, ({ path, isAnswer, isOuter, trace }) =>
    JSON.stringify([path, isAnswer, isOuter, trace.node]),
  );
  return [...groups.values()].flatMap((alike) => {
    const stopped = Map.groupBy(alike.filter(isStopped), ({ trace }) => keyOf(trace.steps.at(-1)));
    return [...stopped.values()].flatMap((same): Stop[] => {
      const [packet] = same;
      const step = packet?.trace.steps.at(-1);
      if (packet === undefined || step === undefined) return [];
      const owner = ownerOf(packet.trace.steps, cluster, packet.trace);
      return [{ path: packet.path, packet, step, owner, count: same.length, of: alike.length }];
    });
  });
}

function isStopped({ trace: { end } }: FollowedPacket): boolean {
  return end === 'dropped' || end === 'rejected';
}

/** The same rule of the same chain. */
function keyOf(step: TraceStep | undefined): string {
  return JSON.stringify([step?.family, step?.table, step?.chain, step?.handle, step?.rule]);
}
