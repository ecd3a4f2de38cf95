/** What rule traces say, in lines of evidence and of what was not measured. */
import type { RuleCounts } from '../../../probes/wire.ts';
import type { Limitation } from '../../model/cluster.ts';
import { count, list } from '../../model/format.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import type { RuleTraces } from '../../model/recording.ts';
import type { Finding, TracedWay } from '../../model/verdict.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { followedIn } from './followed.ts';
import type { Followed, FollowedNode, FollowedPacket, Stop } from './followed.ts';
import { sayStale, staleTranslations } from './stale-translations.ts';

type Line = Finding['evidence'][number];

/** More would tell the same again. */
const MOST_STOPS = 3;
/** Of a rule so many characters; longer ones list a whole set. */
const LONGEST_RULE = 160;
const LABEL = 'Rules';

/** What became of the packets of these paths, where any of them was followed. */
export function traceLines(evidence: Evidence, claims: ReadonlySet<string>): Line[] {
  const followed = followedIn(evidence);
  if (followed === null) return [];
  const stops = followed.stops.filter(({ path }) => claims.has(path));
  if (stops.length > 0) return distinct(stops).slice(0, MOST_STOPS).map(stopLine);
  const packets = followed.packets.filter(({ path }) => claims.has(path));
  const stale = staleTranslations(packets, followed.cluster).map((each) => ({
    label: LABEL,
    says: sayStale(each),
    samples: [],
  }));
  const counted = [...followed.paths].some((path) => claims.has(path)) ? followed.nodes.flatMap(countLines) : [];
  return [...stale, ...(packets.length === 0 ? [] : lostLines(followed, packets)), ...counted];
}

/** Others' packets count as well: it says where to look, and proves nothing. */
function countLines({ node, counted }: FollowedNode): Line[] {
  return countedRules({ node, counted })
    .slice(0, MOST_STOPS)
    .map(({ source, rule, packets }) => ({
      label: 'Counters',
      says: `${node}: meanwhile ${sayCounted(source)} counted ${count(packets, 'packet')}, anybody's, at ${quoted(rule)}`,
      samples: [],
    }));
}

export interface CountedRule {
  readonly node: string;
  readonly source: RuleCounts['source'];
  readonly rule: string;
  readonly packets: number;
}

/** Those that moved most first. */
export function countedRules({ node, counted }: Pick<FollowedNode, 'node' | 'counted'>): CountedRule[] {
  return counted
    .flatMap(({ source, moved }) => moved.map((each) => ({ node, source, ...each })))
    .toSorted((one, other) => other.packets - one.packets);
}

function sayCounted(source: RuleCounts['source']): string {
  return source === 'cilium' ? 'Cilium (cilium_drop_count_total)' : source;
}

/** One rule is told once, by the path of which it stopped most. */
function distinct(stops: readonly Stop[]): Stop[] {
  const rules = Map.groupBy(stops, ({ step, packet }) => JSON.stringify([packet.trace.node, step.chain, step.rule]));
  return [...rules.values()].flatMap((same) => same.toSorted((one, other) => other.count - one.count)[0] ?? []);
}

function stopLine(stop: Stop): Line {
  return { label: LABEL, says: sayStop(stop), samples: [], trace: wayOf(stop) };
}

/** Node, hook, chain, rule, what it does to how many packets, and whose it is. */
export function sayStop({ packet, step, owner, count: stopped, of }: Omit<Stop, 'path'>): string {
  const { node, end } = packet.trace;
  const inner = packet.isAnswer ? 'answers' : 'packets';
  const what = packet.isOuter ? `packets of the overlay, which carry the ${inner}` : inner;
  const does = end === 'rejected' ? 'rejects' : 'drops';
  return `${node}: ${placeOf(step)}: ${quote(step)} ${does} ${stopped} of ${of} ${what}; ${whose(owner)}`;
}

/** Of a stranger's rule nothing is known but the rule. */
function whose({ program, reason, means, names }: Stop['owner']): string {
  if (program !== 'unknown' || reason !== 'firewall') return means;
  const stranger = 'it is of nobody whom kprobe knows';
  if (names === undefined) return stranger;
  return `${stranger}, and stands among rules for pod ${names.namespace}/${names.name}, which by the API is open to this packet`;
}

/** `hook forward (priority 0), chain inet firewall forward` */
function placeOf(step: TraceStep): string {
  const hook = step.hook === undefined ? '' : `hook ${step.hook} (priority ${step.priority}), `;
  return `${hook}chain ${step.family} ${step.table} ${step.chain}`;
}

function quote({ rule, verdict }: TraceStep): string {
  if (rule === undefined) return `its default, ${verdict},`;
  return quoted(rule.replaceAll(/counter packets \d+ bytes \d+/gu, 'counter').replaceAll(/\s+/gu, ' '));
}

function quoted(text: string): string {
  return `“${text.length > LONGEST_RULE ? `${text.slice(0, LONGEST_RULE - 1)}…` : text}”`;
}

/** The packet's way for scripts and pictures. */
function wayOf({ packet: { trace, isAnswer }, owner, count: stopped, of }: Stop): TracedWay {
  const { node, protocol, source, sourcePort, destination, destinationPort, end } = trace;
  return {
    node,
    packet: { protocol, source, sourcePort, destination, destinationPort, isAnswer },
    steps: trace.steps.map((step) => ({
      hook: step.hook ?? null,
      priority: step.priority ?? null,
      chain: `${step.family} ${step.table} ${step.chain}`,
      rule: step.rule ?? null,
      verdict: step.verdict,
    })),
    end,
    stopped,
    of,
    owner: {
      program: owner.program,
      object:
        owner.object === undefined
          ? null
          : { kind: owner.object.kind, namespace: owner.object.namespace ?? null, name: owner.object.name },
    },
  };
}

/** No rule stopped them: where they were seen last, and which nodes they passed. */
function lostLines({ samples }: Pick<Followed, 'samples'>, packets: readonly FollowedPacket[]): Line[] {
  return lostWords(samples, packets).map((says) => ({ label: LABEL, says, samples: [] }));
}

/** The same as texts. */
function lostWords(samples: Followed['samples'], packets: readonly FollowedPacket[]): string[] {
  const paths = new Set(packets.map(({ path }) => path));
  const answered = samples.filter(({ path, outcome }) => paths.has(path) && outcome.kind === 'answered').length;
  const [through, lost] = [true, false].map((isThrough) =>
    packets.filter(({ trace }) => (trace.end === 'passed') === isThrough),
  );
  const places = Map.groupBy(lost ?? [], (packet) =>
    JSON.stringify([packet.trace.node, packet.isAnswer, packet.isOuter, packet.trace.end, packet.lastHook]),
  );
  return [
    ...[...places.values()].map(sayLost),
    ...((through ?? []).length === 0 ? [] : [sayThrough(through ?? [])]),
    ...(answered === 0 ? [] : [`${count(answered, 'attempt')} meanwhile got an answer: it comes and goes`]),
  ];
}

function sayThrough(packets: readonly FollowedPacket[]): string {
  const nodes = [...new Set(packets.map(({ trace }) => trace.node))].toSorted();
  return `${list(nodes)}: no rule stops them; ${sayCount(packets)} passed all rules there`;
}

function sayCount(packets: readonly FollowedPacket[]): string {
  const outer = packets.filter(({ isOuter }) => isOuter).length;
  const answers = packets.filter(({ isAnswer, isOuter }) => isAnswer && !isOuter).length;
  const own = packets.length - answers - outer;
  return list(
    [
      own > 0 ? count(own, 'packet') : '',
      answers > 0 ? count(answers, 'answer') : '',
      outer > 0 ? `${count(outer, 'packet')} of the overlay that ${outer === 1 ? 'carries' : 'carry'} them` : '',
    ].filter(Boolean),
  );
}

/** Packets of one node that no rule stopped and that were last seen in the same place. */
export function sayLost(packets: readonly FollowedPacket[]): string {
  const [first] = packets;
  const node = first?.trace.node ?? '?';
  const [what, were] = [sayCount(packets), packets.length === 1 ? 'was' : 'were'];
  if (first?.trace.end === 'queued')
    return `${node}: ${what} went to a program that decides in user space, and did not come back`;
  return `${node}: no rule stops them; ${what} ${were} last seen ${sayHook(first?.lastHook ?? null)}`;
}

/** Between two hooks the kernel itself decides (net/ipv4/ip_input.c, ip_output.c). */
function sayHook(hook: string | null): string {
  switch (hook) {
    case 'prerouting':
      return 'before routing, which dropped them: a reverse path filter, or no route';
    case 'forward':
      return 'being forwarded, and never left';
    case 'output':
      return 'leaving, and never left: no route, or no neighbour';
    default:
      return hook === null ? 'in no chain' : `in ${hook}`;
  }
}

/** What could not be followed, one line a node and reason. */
export function traceLimits(evidence: Evidence): Limitation[] {
  const { ruleTraces } = evidence.recording;
  const followed = followedIn(evidence);
  return followed === null || ruleTraces === undefined ? [] : limitsOf(followed, ruleTraces);
}

export function limitsOf({ nodes }: Pick<Followed, 'nodes'>, ruleTraces: RuleTraces): Limitation[] {
  const limits = nodes.flatMap((each) => limitOf(each) ?? []);
  const grouped = Map.groupBy(limits, ({ because }) => because);
  const spoken = [...grouped].map(([because, same]) => ({
    what: `the rules of ${list(same.map(({ what }) => what))}`,
    because,
  }));
  return [...spoken, ...unplaced(ruleTraces)];
}

/** Tracers that could not be made, or were lost: mostly all of them for the same reason. */
function unplaced({ limitations, tracers }: RuleTraces): Limitation[] {
  const [first] = limitations;
  if (first === undefined) return [];
  const nodes = limitations.flatMap(({ subject }) => (subject?.kind === 'agent' ? (tracers[subject.agent] ?? []) : []));
  const because = `${first.because}; kprobe doctor --trace-rules tells what is missing`;
  return [{ what: `the rules of ${list([...new Set(nodes)].toSorted())}`, because }];
}

function limitOf({ node, tracing }: FollowedNode): Limitation | null {
  if (tracing === null) return null;
  const because = becauseOf(tracing);
  return because === null ? null : { what: node, because };
}

function becauseOf(tracing: NonNullable<FollowedNode['tracing']>): string | null {
  const because = reasonOf(tracing);
  const { counts = [] } = tracing;
  return because === null || counts.length === 0
    ? because
    : `${because}; read instead were the counters of ${list(counts.map(sayCounted))}, before and after`;
}

function reasonOf({ state, says, legacyTables, ebpfInterface }: NonNullable<FollowedNode['tracing']>): string | null {
  switch (state) {
    case 'no-right':
      return `${says}: kprobe install --trace-rules grants it, where Pod Security and other admission allow it`;
    case 'no-nft':
      return `${says}; an image with Node, nftables and iptables has: docker build --target trace of kprobe's Dockerfile, named by --image`;
    case 'old-nft':
    case 'old-kernel':
      return `${says}: tables that die with their owner need Linux 5.12 and nft 0.9.9, and nothing else may be left behind on a node`;
    case 'failed':
      return `its tracer could not go on: ${says}`;
    case 'ready':
      if (ebpfInterface !== null)
        return `${ebpfInterface} is there: eBPF programs decide before the rules that are followed here`;
      if (legacyTables.length > 0)
        return `iptables-legacy has tables there (${list(legacyTables)}), which a trace of nftables passes over`;
      return null;
    default:
      return state satisfies never;
  }
}
