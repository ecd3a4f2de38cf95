import { count, duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { isLarge } from '../views/hops.ts';
import { above, measured, pathsAt } from '../views/node-trouble.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';

/** One port of the pods of one node. */
interface Gate {
  readonly node: string;
  readonly port: number;
  /** What comes for it from other nodes. */
  readonly paths: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'node-firewall',
  class: 'retransmit-drop',
  layer: 'node',
  title: 'A rule on a node, outside Kubernetes, drops or rejects a port',
  why: "firewalld, ufw, a security agent or a rule of somebody's own decides on the node before or after everything Kubernetes has put there. Pods of this node are then reached on some ports and not on others, whoever asks and whatever policy says.",
  test: "The port of the application fails on this node for the application's pods and for kprobe's own pod, which no policy selects and where kprobe answers; another port of the same pod answers the same sources, and the same port answers on other nodes. Which rule it is only a trace of the packet through the node's rules tells.",
  remedy:
    'Look through the rules of the node that are not of Kubernetes (nft list ruleset, iptables-save, firewall-cmd --list-all, ufw status) and admit what pods listen on.',
  limits:
    'Never proven: what the rules say is not readable without rights on the node. A port that is filtered between nodes (a security group) looks the same, where it is filtered for one node only.',
  experiments: ['identities', 'endpoints'],
  suspects: (evidence): Gate[] =>
    [...Map.groupBy(comingIn(evidence), ({ node, port }) => `${node}\n${port}`).values()].flatMap(([first, ...rest]) =>
      first === undefined
        ? []
        : [{ node: first.node, port: first.port, paths: [first, ...rest].map(({ path }) => path) }],
    ),
  arm: ({ paths }) => ({ paths, fails: paths.length > 0 && paths.every(isFiltered) }),
  contrasts: ({ node, port, paths }, evidence) => {
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
      {
        label: 'Rule',
        holds: null,
        says: '',
        attempts: [],
        settles: `Follow one such packet through the rules of ${node} (nft monitor trace): it names the rule that drops it.`,
      },
    ];
  },
  suffer: ({ node, port, paths }, evidence) => {
    const own = pathsAt(evidence, node).filter((path) => portOf(path) === port && isBroken(path));
    return [...own, ...above(evidence, [...paths, ...own])];
  },
  shows: ({ paths }, evidence) => throughProxy(evidence, paths),
  blame: ({ node, port, paths }, evidence) => {
    const isRejected = paths.every(({ state }) => state === 'rejected');
    return {
      title: `Something on node ${node} ${isRejected ? 'rejects' : 'drops'} what comes for port ${port} of its pods, whoever sends it`,
      object: { kind: 'Node', namespace: null, name: node },
      where: { from: 'all other nodes', to: node },
      timer: isRejected ? null : (proxyTimer(evidence) ?? { name: 'SYN retransmission', ms: 1000 }),
      why: whyThatLong(evidence),
      fix: {
        says: `On ${node}: nft list ruleset (or iptables-save) and look for port ${port} outside the chains of Kubernetes and the CNI; firewall-cmd --list-all, ufw status.`,
        manifest: null,
      },
    };
  },
});

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
