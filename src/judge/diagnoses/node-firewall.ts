import { count, duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Blame, Contrast } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { isLarge } from '../views/hops.ts';
import { areAnswersLost, crossing, farNode, isShut, nodeGates, portOf } from '../views/node-gates.ts';
import type { Gate } from '../views/node-gates.ts';
import { above, measured, pathsAt } from '../views/node-trouble.ts';
import type { Stop } from '../traces/followed.ts';
import { chainOf, isByIdentity, passedAt, ruleContrast } from '../views/traced-rules.ts';
import { packetRuleFix } from '../fixes/packet-rule.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'node-firewall',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'A rule on a node, outside Kubernetes, drops or rejects a port',
  why: "firewalld, ufw, a security agent or a rule of somebody's own decides on the node before or after everything Kubernetes has put there. Pods of this node are then reached on some ports and not on others, or reach some ports of others and not all, whoever asks and whatever policy says.",
  test: "The port of the application fails on this node for the application's pods and for kprobe's own pod, which no policy selects and where kprobe answers; another port of the same pod answers the same sources, and the same port answers on other nodes. Or all that the node's own pods send to that port of several other nodes fails, and others are answered there. An RST counts where kprobe's own pod is known to listen on the port: no kernel sends it then. Which rule it is only a trace of the packet through the node's rules tells (--trace-rules).",
  remedy:
    'Look through the rules of the node that are not of Kubernetes (nft list ruleset, iptables-save, firewall-cmd --list-all, ufw status) and admit what pods listen on.',
  limits:
    'Proven only by --trace-rules: what the rules say is not readable without rights on the node. Rules of iptables-legacy and of eBPF are not in the trace. A port that is filtered between nodes (a security group) looks the same, where it is filtered for one node only.',
  experiments: ['identities', 'endpoints'],
  suspects: nodeGates,
  arm: (gate, evidence) => ({ paths: gate.paths, fails: isShut(evidence, gate) }),
  contrasts: ({ node, far, port, direction, paths, stop }, evidence) => {
    if (stop !== null) return [ruleContrast(!paths.some((path) => isByIdentity(evidence, path)), '')];
    const ours = paths.filter(({ to }) => to?.kind === 'control');
    const sources = new Set(paths.map(({ from }) => from.id));
    const ends = new Set(paths.map(farNode));
    const otherPort = measured(evidence).filter(
      (path) => sources.has(path.from.id) && ends.has(farNode(path)) && isOtherPort(path),
    );
    const open = otherPort.filter(isWorking);
    // Of what leaves a node: the same pods, as others ask them.
    const elsewhere = crossing(evidence, direction).filter(
      (each) => each.node !== node && each.port === port && (direction === 'in' || ends.has(farNode(each.path))),
    );
    const working = elsewhere.filter(({ path }) => isWorking(path));
    const isEach = direction === 'in' || [...ends].every((end) => working.some(({ path }) => farNode(path) === end));
    return [
      {
        label: 'Everybody',
        holds: ours.length > 0,
        says: `port ${port} of kprobe's own pod on ${list([...new Set(ours.map((path) => farNode(path) ?? '?'))])}, which no policy selects, fails alike (${count(ours.length, 'path')})`,
        attempts: ours.flatMap(({ unanswered }) => unanswered).slice(0, 10),
        settles: '',
      },
      {
        label: 'Other port',
        holds: otherPort.length === 0 ? null : open.length === otherPort.length,
        says: `another port of the same pod answers the same sources in ${duration(open[0]?.median('total') ?? 0)}`,
        attempts: open.flatMap(({ answered }) => answered).slice(0, 10),
        settles: `Ask another port of a pod ${direction === 'in' ? `on ${node}` : `from ${node}`}.`,
      },
      {
        label: 'Elsewhere',
        holds: elsewhere.length === 0 ? null : working.length > 0 && isEach,
        says: `the same port answers ${direction === 'in' ? 'on' : 'what comes from'} ${list([...new Set(working.map((each) => each.node))])}`,
        attempts: working.flatMap(({ path }) => path.answered).slice(0, 10),
        settles: `Ask port ${port} of a pod ${direction === 'in' ? 'on' : 'from'} another node.`,
      },
      ...untraced(evidence, { node, far, paths }),
    ];
  },
  suffer: ({ node, far, port, direction, paths, stop }, evidence) => {
    const own =
      stop?.packet.isOuter === true
        ? overlaid(evidence, node)
        : pathsAt(evidence, node).filter(
            (path) =>
              portOf(path) === port &&
              isBroken(path) &&
              (direction === 'in' || path.from.node === node) &&
              (far === null || farNode(path) === far),
          );
    return [...own, ...above(evidence, [...paths, ...own])];
  },
  shows: ({ paths }, evidence) => throughProxy(evidence, paths),
  blame: (gate, evidence) => {
    const { paths, stop } = gate;
    const isRejected = paths.every(({ state }) => state === 'rejected' || state === 'refused');
    const timer = isRejected ? null : (proxyTimer(evidence) ?? { name: 'SYN retransmission', ms: 1000 });
    if (stop !== null) return { ...blameOf(stop, evidence), timer, why: whyThatLong(evidence) };
    return { ...guessOf(gate, isRejected ? 'rejects' : 'drops', evidence), timer, why: whyThatLong(evidence) };
  },
});

/** Without a trace: the node whose gate is shut; between two, neither of them. */
function guessOf(
  gate: Gate,
  does: 'rejects' | 'drops',
  evidence: Evidence,
): Pick<Blame, 'title' | 'object' | 'where' | 'lines' | 'fix'> {
  const { node, far, port, direction } = gate;
  const isBack = direction === 'between' && areAnswersLost(evidence, gate);
  const lost = isBack
    ? `the answers of port ${port} on ${far} to pods of ${node}; others get theirs`
    : `what pods of ${node} send to port ${port} on ${far}, or the answers; others are answered there`;
  const what = {
    in: `Something on node ${node} ${does} what comes for port ${port} of its pods, whoever sends it`,
    out: `Something on node ${node} ${does} what its pods send to port ${port} on other nodes, whoever is asked`,
    between: `Something on node ${node} or ${far} ${does} ${lost}`,
  };
  return {
    title: what[direction],
    object: direction === 'between' ? null : { kind: 'Node', namespace: null, name: node },
    where: {
      from: direction === 'in' ? 'all other nodes' : node,
      to: direction === 'in' ? node : (far ?? 'all other nodes'),
    },
    lines: isBack
      ? [line('Arrives', `SYNs of ${node} do arrive at kprobe's own pod on ${far}: it holds them half-open`)]
      : [],
    fix: {
      says: `On ${node}${far === null ? '' : ` and ${far}`}: nft list ruleset (or iptables-save) and look for port ${port} outside the chains of Kubernetes and the CNI; firewall-cmd --list-all, ufw status.`,
      manifest: null,
    },
  };
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

/** A trace that saw packets pass speaks against any rule, but for those that it cannot see: then it is no more than possible. */
function untraced(evidence: Evidence, { node, far, paths }: Pick<Gate, 'node' | 'far' | 'paths'>): Contrast[] {
  const open = ruleContrast(
    null,
    `Follow one such packet through the rules of ${node}${far === null ? '' : ` and ${far}`} (--trace-rules): it names the rule that drops it.`,
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

function isOtherPort(path: PathEvidence): boolean {
  const { to, probe } = path.path;
  return (
    path.to?.kind === 'control' && to.kind === 'agent' && to.port === null && probe.kind === 'tcp' && !isLarge(path)
  );
}
