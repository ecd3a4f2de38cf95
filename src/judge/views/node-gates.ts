/** What a rule on a node may stop: a port of the pods of one node, as all others ask it, of all others', as that node's pods ask it, or of one other's. */
import { hellosOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { withoutPort } from '../evidence/path-evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { followedIn } from '../traces/followed.ts';
import type { Stop } from '../traces/followed.ts';
import { measured } from './node-trouble.ts';
import { chainOf, isOutside, stopsAt } from './traced-rules.ts';

/** Nodes that a sender's own gate is told by. */
const FEWEST_ENDS = 2;

/** One port of the pods of one node, or of all others' as that node's pods ask them. */
export interface Gate {
  readonly node: string;
  readonly port: number;
  /** What comes to the node for it, or leaves it; `between`: what leaves it for one other node, `far`, that others reach, so that either of both may be at fault. */
  readonly direction: 'in' | 'out' | 'between';
  /** Of `between` alone. */
  readonly far: string | null;
  /** Between this node and others; of a rule that was only found by a trace, whatever it stopped. */
  readonly paths: readonly PathEvidence[];
  /** The rule, where a trace has named it. */
  readonly stop: Stop | null;
}

/** Each port into a node and out of it, and what else a trace found to be stopped: every rule once. */
export function nodeGates(evidence: Evidence): Gate[] {
  const into = gatesOf(evidence, 'in');
  // A rule that is met before the way is chosen drops both: that is one gate.
  const isBoth = ({ node, port }: Gate) =>
    into.some((gate) => gate.node === node && gate.port === port && isShut(evidence, gate));
  const out = gatesOf(evidence, 'out').filter((gate) => !isBoth(gate));
  const shut = [...into, ...out].filter((gate) => isShut(evidence, gate));
  const between = gatesBetween(evidence).filter(
    ({ node, far, port }) =>
      !shut.some((gate) => gate.port === port && gate.node === (gate.direction === 'in' ? far : node)),
  );
  const gates = [...into, ...out, ...between];
  const found = gates.filter((gate) => gate.stop !== null && isShut(evidence, gate));
  return [
    ...gates,
    ...tracedGates(evidence, new Set(found.flatMap(({ stop }) => (stop === null ? [] : ruleOf(stop))))),
  ];
}

/** Nothing gets through, and no kernel answers by itself so. */
export function isShut(evidence: Evidence, { port, paths, stop }: Gate): boolean {
  if (paths.length === 0 || !paths.every(isBroken)) return false;
  if (stop !== null || !paths.some(isRefused)) return true;
  // An RST is a kernel's own answer where nobody listens: where kprobe listens, somebody put it in.
  return paths.some(
    (path) =>
      isRefused(path) &&
      hellosOf(evidence)
        .get(path.to?.id ?? '')
        ?.tcp.includes(port),
  );
}

/** `node` is the one whose gate it passes: where it arrives, or where it leaves. */
export interface Crossing {
  readonly node: string;
  readonly port: number;
  readonly path: PathEvidence;
}

/** Connects between nodes to a port that an application's pod has, at such pods and at kprobe's own beside them. */
export function crossing(evidence: Evidence, direction: Gate['direction']): Crossing[] {
  return measured(evidence).flatMap((path) => {
    const node = direction === 'in' ? farNode(path) : path.from.node;
    const port = portOf(path);
    // What a node itself sends passes other chains than what it passes on.
    const isOwn = direction !== 'in' && path.from.identity.hostNetwork;
    return port === null || node === null || isOwn || path.path.locality !== 'cross-node' ? [] : [{ node, port, path }];
  });
}

export function farNode({ path: { to } }: PathEvidence): string | null {
  return 'node' in to ? to.node : null;
}

/** null: not a port of a pod that somebody chose. */
export function portOf({ path: { to, probe }, to: agent }: PathEvidence): number | null {
  if (probe.kind !== 'tcp' && probe.kind !== 'http') return null;
  if (to.kind === 'backend') return to.port;
  return to.kind === 'agent' && agent !== null && agent.kind !== 'host' ? to.port : null;
}

function gatesOf(evidence: Evidence, direction: Gate['direction']): Gate[] {
  const grouped = Map.groupBy(crossing(evidence, direction), ({ node, port }) => `${node}\n${port}`);
  return [...grouped.values()].flatMap((all): Gate[] => {
    const [first] = all;
    if (first === undefined) return [];
    const { node, port } = first;
    const paths = all.map(({ path }) => path);
    // A node that sends to one other alone may well be kept out there.
    if (direction === 'out' && new Set(paths.map(farNode)).size < FEWEST_ENDS) return [];
    return [{ node, far: null, port, direction, paths, stop: stopsAt(evidence, paths, node).find(isOutside) ?? null }];
  });
}

/** One port from one node to one other, where whoever else asks there is answered. */
function gatesBetween(evidence: Evidence): Gate[] {
  const all = crossing(evidence, 'out');
  const grouped = Map.groupBy(all, ({ node, port, path }) => `${node}\n${port}\n${farNode(path)}`);
  return [...grouped.values()].flatMap((own): Gate[] => {
    const [first] = own;
    const far = first === undefined ? null : farNode(first.path);
    if (first === undefined || far === null || !own.every(({ path }) => isBroken(path))) return [];
    const { node, port } = first;
    const isReached = all.some(
      (each) => each.node !== node && each.port === port && farNode(each.path) === far && isWorking(each.path),
    );
    return isReached ? [{ node, far, port, direction: 'between', paths: own.map(({ path }) => path), stop: null }] : [];
  });
}

/** kprobe's own pod at the far end holds connections of these senders that only their SYN has opened: what they sent arrives, and its answers do not. */
export function areAnswersLost(evidence: Evidence, { port, paths }: Gate): boolean {
  const hellos = hellosOf(evidence);
  return paths.some(({ from, to }) =>
    evidence.recording.halfOpen.some(
      (each) =>
        each.agent === to?.id &&
        each.port === port &&
        hellos.get(from.id)?.addresses.includes(withoutPort(each.from)) === true,
    ),
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
    const { node, destinationPort: port } = stop.packet.trace;
    return [{ node, far: null, port, direction: 'in', paths, stop }];
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

function isRefused({ state }: PathEvidence): boolean {
  return state === 'refused';
}
