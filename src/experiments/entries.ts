/** Entries: the same request through each, from outside and from inside. What the user does. */
import type { Cluster, Limitation } from '../model/cluster.ts';
import { hasPodIdentity } from '../model/plan.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Entry, Target } from '../model/target.ts';
import { localServiceAt, nodesServing, sharedServiceAt } from '../model/local-entry.ts';
import { application } from './application.ts';
import { rotate } from './facts.ts';
import { admittedAttempts, limitsOn } from './request-limits.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** More proxies than these behave alike or are each other's spares; those that stand on the backends' nodes come first. */
const MOST_ENTRIES = 6;
/** Vantages that ask each entry, so that its attempts come faster than one a second and vantage a second. */
const MOST_ENTRY_VANTAGES = 3;
/** No user asks six times at once: one vantage begins with all entries, and nobody else asks for so long, milliseconds. */
const ALONE_MS = 500;
/** The agent on this machine begins so much sooner than any pod (0.3 to 0.8 s in the lab, more on a real cluster) that pods need not wait as long for it. */
const ALONE_BESIDE_LOCAL_MS = 200;
/** All entries have begun within this time, milliseconds: first with the one that is alone, then with all others. */
const ALONE_WITHIN_MS = 150;
const WITHIN_MS = 300;
/** An Envoy's connect attempt belongs to the endpoint and not to a request: all that wait for it fail when its timer fires, whenever they came (measured, Envoy 1.40.0). */
const SHARES_CONNECTS = /envoy|contour|istio|cilium|emissary|ambassador/i;
const ALONE_SLACK_MS = 500;

export function entryPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const limitedTo = admittedAttempts(cluster, target, askersOf(target, vantages));
  const attempts = limitedTo === null ? {} : { attempts: limitedTo, isCounted: true as const };
  const own = target.entries.slice(0, MOST_ENTRIES).flatMap((entry, position) => {
    const to: Destination = { kind: 'entry', address: entry.address, port: entry.port, node: entry.node };
    const inside = [
      ...rotate(vantages.controls, position).slice(0, MOST_ENTRY_VANTAGES),
      ...clientsOf(target, vantages),
    ];
    // The one on this machine first: pods need a moment to start.
    const isFromHere = isOutside(cluster, entry.address);
    const all = isFromHere ? [vantages.local, ...inside] : inside;
    const aloneMs = aloneFor(cluster, target, isFromHere ? ALONE_BESIDE_LOCAL_MS : ALONE_MS);
    return all.map((from, place) => ({
      ...weighted('user', from, to, application(target, entry)),
      ...attempts,
      ...(place === 0 ? { withinMs: ALONE_WITHIN_MS } : { withinMs: WITHIN_MS, delayMs: aloneMs }),
    }));
  });
  return [...own, ...besideEntryPaths(cluster, target, vantages)];
}

/** How many vantages ask one entry, at most. */
function askersOf(target: Target, vantages: Vantages): number {
  return 1 + Math.min(MOST_ENTRY_VANTAGES, vantages.controls.length) + clientsOf(target, vantages).length;
}

const SERVING_NODES = 2;
const BESIDE_ATTEMPTS = 2;

/** The same port of other nodes, where the port of one node was asked for. */
function besideEntryPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { local, controls } = vantages;
  return target.entries.slice(0, MOST_ENTRIES).flatMap((entry) =>
    nodesBeside(cluster, entry, vantages).flatMap((node) => {
      const [address] = node.addresses;
      if (address === undefined || target.entries.some((each) => each.address === address)) return [];
      const where = { address, port: entry.port };
      const beside = controls.find((control) => control.node !== node.name && control.node !== entry.node);
      return [local, ...(beside === undefined ? [] : [beside])].map((from) => ({
        ...weighted('experiment', from, { kind: 'entry', ...where, node: node.name }, application(target, where)),
        attempts: BESIDE_ATTEMPTS,
      }));
    }),
  );
}

/**
 * Of a node that has no endpoint and may not ask others (externalTrafficPolicy Local) those that have one. Else one that is like it, with an endpoint
 * or without: what differs then is the node alone.
 */
function nodesBeside(cluster: Cluster, entry: Entry, { nodes }: Vantages): Vantages['nodes'] {
  const [local, shared] = [localServiceAt(cluster, entry), sharedServiceAt(cluster, entry)];
  const service = local ?? shared;
  if (service === null || entry.node === null) return [];
  const serving = new Set(nodesServing(cluster, service));
  if (local !== null)
    return serving.has(entry.node) ? [] : nodes.filter(({ name }) => serving.has(name)).slice(0, SERVING_NODES);
  const isServing = serving.has(entry.node);
  return nodes.filter(({ name }) => name !== entry.node && serving.has(name) === isServing).slice(0, 1);
}

function aloneFor({ controllers }: Cluster, { className }: Target, usualMs: number): number {
  const proxy = controllers.find((each) => each.className === className);
  if (proxy === undefined || !SHARES_CONNECTS.test(proxy.implementation)) return usualMs;
  return Math.max(ALONE_MS, (proxy.connectTimeoutMs ?? 0) + ALONE_SLACK_MS);
}

/** What users do cannot be measured where no address leads to the proxies. */
export function entryLimits(cluster: Cluster, target: Target): Limitation[] {
  const { controllers, ingressClasses } = cluster;
  const beyond = beyondLimits(cluster, target);
  const { kind, host, entries, className, entryNames = [] } = target;
  const names = entryNames.map(({ name }) => name);
  const unresolved = names.map((name): Limitation => {
    const subject = { kind: 'name' as const, name };
    return { what: `the load balancer ${name}`, because: 'this machine does not resolve its name', subject };
  });
  if (kind !== 'ingress' || entries.length > 0) return [...unresolved, ...beyond];
  const controller = controllers.find((each) => each.className === className);
  const by = controller?.controller ?? ingressClasses.find(({ name }) => name === className)?.controller ?? null;
  const who = by === null ? `what serves class ${className ?? '(none)'}` : by;
  const because =
    names.length > 0
      ? `the proxies of ${who} stand outside the cluster, and this machine does not resolve ${names.join(', ')}: ask from one that does`
      : `no proxy of ${who} is known in the cluster, and no address is published for it`;
  return [{ what: `what users meet at ${host ?? 'the host'}`, because, subject: { kind: 'user-path' } }];
}

/** Told even of a healthy target: users may ask faster than kprobe does. */
function beyondLimits(cluster: Cluster, target: Target): Limitation[] {
  const { route } = target;
  return limitsOn(cluster, target).map(({ setting, requests }) => ({
    what: `what clients meet that ask faster than ${setting}: ${requests} admits`,
    because: `${route?.kind} ${route?.namespace}/${route?.name} sets it, and kprobe asks so that its own requests stay below it`,
  }));
}

/** Who was named with `--from` is a user of the entries as well. */
function clientsOf(target: Target, { sourcesUnderTest }: Vantages): Agent[] {
  return target.from === null ? [] : sourcesUnderTest.filter(hasPodIdentity);
}

/** Pods' own addresses are not for the world outside; all others may be. */
function isOutside(cluster: Cluster, address: string): boolean {
  return !cluster.pods.some((pod) => !pod.hostNetwork && pod.addresses.includes(address));
}
