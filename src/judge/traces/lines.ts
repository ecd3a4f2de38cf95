/** What rule traces say, in lines of evidence and of what was not measured. */
import type { Limitation } from '../../model/cluster.ts';
import { count, list } from '../../model/format.ts';
import type { TraceStep } from '../../model/packet-trace.ts';
import type { Finding, TracedWay } from '../../model/verdict.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { followedIn } from './followed.ts';
import type { Followed, FollowedNode, FollowedPacket, Stop } from './followed.ts';

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
  if (packets.length === 0) return [];
  return lostLines(followed, packets);
}

/** One rule is told once, by the path of which it stopped most. */
function distinct(stops: readonly Stop[]): Stop[] {
  const rules = Map.groupBy(stops, ({ step, packet }) => JSON.stringify([packet.trace.node, step.chain, step.rule]));
  return [...rules.values()].flatMap((same) => same.toSorted((one, other) => other.count - one.count)[0] ?? []);
}

function stopLine(stop: Stop): Line {
  const { packet, step, owner, count: stopped, of } = stop;
  const { node, end } = packet.trace;
  const what = packet.isAnswer ? 'answers' : 'packets';
  const says = `${node}: ${placeOf(step)}: ${quote(step)} ${end === 'rejected' ? 'rejects' : 'drops'} ${stopped} of ${of} ${what}; ${whose(owner)}`;
  return { label: LABEL, says, samples: [], trace: wayOf(stop) };
}

/** Of a stranger's rule nothing is known but the rule. */
function whose({ program, reason, means }: Stop['owner']): string {
  return program === 'unknown' && reason === 'firewall' ? 'it is of nobody whom kprobe knows' : means;
}

/** `hook forward (priority 0), chain inet firewall forward` */
function placeOf(step: TraceStep): string {
  const hook = step.hook === undefined ? '' : `hook ${step.hook} (priority ${step.priority}), `;
  return `${hook}chain ${step.family} ${step.table} ${step.chain}`;
}

function quote({ rule, verdict }: TraceStep): string {
  if (rule === undefined) return `its default, ${verdict},`;
  const text = rule.replaceAll(/counter packets \d+ bytes \d+/gu, 'counter').replaceAll(/\s+/gu, ' ');
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
function lostLines({ samples }: Followed, packets: readonly FollowedPacket[]): Line[] {
  const paths = new Set(packets.map(({ path }) => path));
  const answered = samples.filter(({ path, outcome }) => paths.has(path) && outcome.kind === 'answered').length;
  const [through, lost] = [true, false].map((isThrough) =>
    packets.filter(({ trace }) => (trace.end === 'passed') === isThrough),
  );
  const places = Map.groupBy(lost ?? [], (packet) =>
    JSON.stringify([packet.trace.node, packet.isAnswer, packet.trace.end, packet.lastHook]),
  );
  const says = [
    ...[...places.values()].map(sayLost),
    ...((through ?? []).length === 0 ? [] : [sayThrough(through ?? [])]),
    ...(answered === 0 ? [] : [`${count(answered, 'attempt')} meanwhile got an answer: it comes and goes`]),
  ];
  return says.map((each) => ({ label: LABEL, says: each, samples: [] }));
}

function sayThrough(packets: readonly FollowedPacket[]): string {
  const nodes = [...new Set(packets.map(({ trace }) => trace.node))].toSorted();
  return `${list(nodes)}: no rule stops them; ${sayCount(packets)} passed all rules there`;
}

function sayCount(packets: readonly FollowedPacket[]): string {
  const answers = packets.filter(({ isAnswer }) => isAnswer).length;
  const own = packets.length - answers;
  return [own > 0 ? count(own, 'packet') : '', answers > 0 ? count(answers, 'answer') : '']
    .filter(Boolean)
    .join(' and ');
}

function sayLost(packets: readonly FollowedPacket[]): string {
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
  const followed = followedIn(evidence);
  if (followed === null) return [];
  const limits = followed.nodes.flatMap((each) => limitOf(each) ?? []);
  const grouped = Map.groupBy(limits, ({ because }) => because);
  const spoken = [...grouped].map(([because, same]) => ({
    what: `the rules of ${list(same.map(({ what }) => what))}`,
    because,
  }));
  return [...spoken, ...unplaced(evidence)];
}

/** Tracers that could not be made, or were lost: mostly all of them for the same reason. */
function unplaced({ recording: { ruleTraces } }: Evidence): Limitation[] {
  const { limitations = [], tracers = {} } = ruleTraces ?? {};
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

function becauseOf({ state, says, legacyTables, ebpfInterface }: NonNullable<FollowedNode['tracing']>): string | null {
  switch (state) {
    case 'no-right':
      return `${says}: kprobe install --trace-rules grants it, where Pod Security and other admission allow it`;
    case 'no-nft':
      return `${says}; an image with Node, nftables and iptables has: docker build --target trace of kprobe's Dockerfile, named by --image`;
    case 'old-nft':
    case 'old-kernel':
      return `${says}: tables that die with their owner need Linux 5.12 and nft 0.9.9, and nothing else may be left behind on a node`;
    case 'failed':
      return `nft did not do as it was told: ${says}`;
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
