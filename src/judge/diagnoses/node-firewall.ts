import { count, duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Blame, Contrast } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { isLarge } from '../views/hops.ts';
import { above, measured, pathsAt } from '../views/node-trouble.ts';
import { followedIn } from '../traces/followed.ts';
import type { Stop } from '../traces/followed.ts';
import { chainOf, isByIdentity, isOutside, passedAt, ruleContrast, stopsAt } from '../views/traced-rules.ts';
import { packetRuleFix } from '../fixes/packet-rule.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';

/** One port of the pods of one node. */
interface Gate {
  readonly node: string;
  readonly port: number;
  /** What comes for it from other nodes; of a rule that was only found by a trace, whatever it stopped. */
  readonly paths: readonly PathEvidence[];
  /** The rule, where a trace has named it. */
  readonly stop: Stop | null;
}

export default defineDiagnosis({
  id: 'node-firewall',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'A rule on a node, outside Kubernetes, drops or rejects a port',
  why: "firewalld, ufw, a security agent or a rule of somebody's own decides on the node before or after everything Kubernetes has put there. Pods of this node are then reached on some ports and not on others, whoever asks and whatever policy says.",
  test: "The port of the application fails on this node for the application's pods and for kprobe's own pod, which no policy selects and where kprobe answers; another port of the same pod answers the same sources, and the same port answers on other nodes. Which rule it is only a trace of the packet through the node's rules tells (--trace-rules).",
  remedy:
    'Look through the rules of the node that are not of Kubernetes (nft list ruleset, iptables-save, firewall-cmd --list-all, ufw status) and admit what pods listen on.',
  limits:
    'Proven only by --trace-rules: what the rules say is not readable without rights on the node. Rules of iptables-legacy and of eBPF are not in the trace. A port that is filtered between nodes (a security group) looks the same, where it is filtered for one node only.',
  experiments: ['identities', 'endpoints'],
  suspects: (evidence): Gate[] => {
    const gates = [...Map.groupBy(comingIn(evidence), ({ node, port }) => `${node}\n${port}`).values()].flatMap(
      ([first, ...rest]): Gate[] => {
        if (first === undefined) return [];
        const { node, port } = first;
        const paths = [first, ...rest].map(({ path }) => path);
        return [{ node, port, paths, stop: stopsAt(evidence, paths, node).find(isOutside) ?? null }];
      },
    );
    const found = gates.filter((gate) => gate.stop !== null && fails(gate));
    return [
      ...gates,
      ...tracedGates(evidence, new Set(found.flatMap(({ stop }) => (stop === null ? [] : ruleOf(stop))))),
    ];
  },
  arm: (gate) => ({ paths: gate.paths, fails: fails(gate) }),
  contrasts: ({ node, port, paths, stop }, evidence) => {
    if (stop !== null) return [ruleContrast(!paths.some((path) => isByIdentity(evidence, path)), '')];
    const ours = paths.filter(({ to }) => to?.kind === 'control');
    const sources = new Set(paths.map(({ from }) => from.id));
    const otherPort = pathsAt(evidence, node).filter((path) => sources.has(path.from.id) && isOtherPort(path, node));
    const open = otherPort.filter(isWorking);
    const elsewhere = comingIn(evidence).filter((each) => each.node !== node && each.port === port);
    const working = elsewhere.filter(({ path }) => isWorking(path));
    return [
      {
        label: 'Everybody',
        holds: ours.length > 0,
        says: `port ${port} of kprobe's own pod on ${node}, which no policy selects, fails alike (${count(ours.length, 'path')})`,
        attempts: ours.flatMap(({ unanswered }) => unanswered).slice(0, 10),
        settles: '',
      },
      {
        label: 'Other port',
        holds: otherPort.length === 0 ? null : open.length === otherPort.length,
        says: `another port of the same pod answers the same sources in ${duration(open[0]?.median('total') ?? 0)}`,
        attempts: open.flatMap(({ answered }) => answered).slice(0, 10),
        settles: `Ask another port of a pod on ${node}.`,
      },
      {
        label: 'Elsewhere',
        holds: elsewhere.length === 0 ? null : working.length > 0,
        says: `the same port answers on ${list([...new Set(working.map((each) => each.node))])}`,
        attempts: working.flatMap(({ path }) => path.answered).slice(0, 10),
        settles: `Ask port ${port} of a pod on another node.`,
      },
      ...untraced(evidence, { node, paths }),
    ];
  },
  suffer: ({ node, port, paths, stop }, evidence) => {
    const own =
      stop?.packet.isOuter === true
        ? overlaid(evidence, node)
        : pathsAt(evidence, node).filter((path) => portOf(path) === port && isBroken(path));
    return [...own, ...above(evidence, [...paths, ...own])];
  },
  shows: ({ paths }, evidence) => throughProxy(evidence, paths),
  blame: ({ node, port, paths, stop }, evidence) => {
    const isRejected = paths.every(({ state }) => state === 'rejected');
    const timer = isRejected ? null : (proxyTimer(evidence) ?? { name: 'SYN retransmission', ms: 1000 });
    if (stop !== null) return { ...blameOf(stop, evidence), timer, why: whyThatLong(evidence) };
    return {
      title: `Something on node ${node} ${isRejected ? 'rejects' : 'drops'} what comes for port ${port} of its pods, whoever sends it`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: 'all other nodes', to: node },
      timer,
      why: whyThatLong(evidence),
      fix: {
        says: `On ${node}: nft list ruleset (or iptables-save) and look for port ${port} outside the chains of Kubernetes and the CNI; firewall-cmd --list-all, ufw status.`,
        manifest: null,
      },
    };
  },
});

function fails({ paths, stop }: Gate): boolean {
  return paths.length > 0 && paths.every((path) => (stop === null ? isFiltered(path) : isBroken(path)));
}

/** What fails of all that an overlay carries to the node or from it: whoever loses the questions or the answers. */
function overlaid(evidence: Evidence, node: string): PathEvidence[] {
  return measured(evidence).filter(
    (path) =>
      isBroken(path) &&
      path.path.locality === 'cross-node' &&
      (path.from.node === node || ('node' in path.path.to && path.path.to.node === node)),
  );
}

/** Rules that a trace has found elsewhere: before what leaves a node, for answers, between pods of one node. */
function tracedGates(evidence: Evidence, told: ReadonlySet<string>): Gate[] {
  const stops = (followedIn(evidence)?.stops ?? []).filter((stop) => isOutside(stop) && !told.has(ruleOf(stop)));
  const rules = Map.groupBy(stops, ruleOf);
  return [...rules.values()].flatMap((same) => {
    const [stop] = same;
    const ids = new Set(same.map(({ path }) => path));
    const paths = evidence.paths.filter((path) => ids.has(path.path.id) && !isDenied(evidence, path));
    if (stop === undefined || paths.length === 0) return [];
    return [{ node: stop.packet.trace.node, port: stop.packet.trace.destinationPort, paths, stop }];
  });
}

/** An overlay's peers mostly have a rule each: one chain that drops them is one cause. */
function ruleOf(stop: Stop): string {
  const { packet, step } = stop;
  return JSON.stringify([packet.trace.node, chainOf(stop), packet.isOuter ? 'overlay' : step.handle]);
}

/** A policy says so, and a rule that nobody knows may well be its enforcer's. */
function isDenied({ expectations }: Evidence, { path }: PathEvidence): boolean {
  return expectations.get(path.id)?.verdict === 'deny';
}

/** A trace that saw packets pass speaks against any rule, but for those that it cannot see: then it is no more than possible. */
function untraced(evidence: Evidence, { node, paths }: Pick<Gate, 'node' | 'paths'>): Contrast[] {
  const open = ruleContrast(
    null,
    `Follow one such packet through the rules of ${node} (--trace-rules): it names the rule that drops it.`,
  );
  if (!passedAt(evidence, paths, node)) return [open];
  const settles = `Its packets passed all rules of nftables on ${node}: look for rules of iptables-legacy, eBPF programs, or a filter before the node.`;
  return [ruleContrast(null, settles), open];
}

function blameOf(stop: Stop, { cluster }: Evidence): Pick<Blame, 'title' | 'object' | 'where' | 'fix'> {
  const { step, packet, owner } = stop;
  const { trace } = packet;
  const { node, end, source } = trace;
  const whose = owner.program === 'unknown' ? 'of nobody whom Kubernetes knows' : `of ${owner.program}`;
  const chain = chainOf(stop);
  const handle = step.handle === undefined || step.rule === undefined ? '' : ` (handle ${step.handle})`;
  const fix = packetRuleFix({ cluster, ownership: owner, steps: trace.steps, flow: trace });
  return {
    title: `A rule ${whose} on node ${node} ${end === 'rejected' ? 'rejects' : 'drops'} ${whatOf(packet)}: chain ${chain}${handle}`,
    object: { kind: 'Node', namespace: null, name: node },
    where: { from: source, to: node },
    fix: fix === null ? null : { ...fix, says: `${fix.says} nft -a list chain ${chain} shows it.` },
  };
}

function whatOf({ trace: { destination, destinationPort }, isAnswer, isOuter }: Stop['packet']): string {
  if (isOuter) return `what the overlay sends it (UDP ${destinationPort})`;
  return isAnswer ? `answers to ${destination}` : `what comes for ${destination}:${destinationPort}`;
}

/** No RST, which is a program's or a kernel's own answer: silence, or an ICMP error. */
function isFiltered(path: PathEvidence): boolean {
  return isBroken(path) && path.state !== 'refused';
}

interface Incoming {
  readonly node: string;
  readonly port: number;
  readonly path: PathEvidence;
}

/** Connects from other nodes to a port that an application's pod has, at such pods and at kprobe's own beside them. */
function comingIn(evidence: Evidence): Incoming[] {
  return measured(evidence).flatMap((path) => {
    const { to } = path.path;
    const port = portOf(path);
    if (port === null || !('node' in to) || to.node === null || path.path.locality !== 'cross-node') return [];
    return [{ node: to.node, port, path }];
  });
}

/** null: not a port of a pod that somebody chose. */
function portOf({ path: { to, probe }, to: agent }: PathEvidence): number | null {
  if (probe.kind !== 'tcp' && probe.kind !== 'http') return null;
  if (to.kind === 'backend') return to.port;
  return to.kind === 'agent' && agent !== null && agent.kind !== 'host' ? to.port : null;
}

function isOtherPort(path: PathEvidence, node: string): boolean {
  const { to, probe } = path.path;
  return (
    path.to?.kind === 'control' &&
    to.kind === 'agent' &&
    to.node === node &&
    to.port === null &&
    probe.kind === 'tcp' &&
    !isLarge(path)
  );
}
