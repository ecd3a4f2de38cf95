/** Which paths a run measures: what the user does, the suspected hops, and the experiments that settle what they show. */
import type { Cluster, Gap, Node } from '../model/cluster.ts';
import type { Agent, Destination, Probe } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { Where } from '../../probes/wire.ts';
import type { Cast } from './cast.ts';
import { dnsPaths } from './dns-paths.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { backendsOf, podNamed } from './vantages.ts';

/** A Service of more backends than this is sampled: one bad endpoint in twelve still shows as a path of its own. */
const MOST_BACKENDS = 12;
/** More proxies than these behave alike or are each other's spares; those that stand on the backends' nodes come first. */
const MOST_ENTRIES = 6;
/** Vantages that ask each entry, so that its shots come faster than one a second and vantage a second. */
const MOST_ENTRY_VANTAGES = 3;
/** Large enough for several full-size segments in both directions of an overlay of any usual MTU. */
const LARGE_BYTES = 20_000;
/** A datagram whose answer still fits an overlay with an MTU of 1450 but not one of 1280. */
const DATAGRAM_BYTES = 1200;

export function choosePaths(cluster: Cluster, target: Target, cast: Cast): WeightedPath[] {
  const all = [
    ...entryPaths(cluster, target, cast),
    ...externalPaths(target, cast),
    ...backendPaths(cluster, target, cast),
    ...servicePaths(target, cast),
    ...identityPaths(target, cast),
    ...meshPaths(cast),
    ...dnsPaths(cluster, target, cast),
  ];
  return [...new Map(all.map((each) => [each.path.id, each])).values()];
}

/** Entries: what the user does. */
function entryPaths(cluster: Cluster, target: Target, cast: Cast): WeightedPath[] {
  return target.entries.slice(0, MOST_ENTRIES).flatMap((entry, position) => {
    const to: Destination = { kind: 'entry', address: entry.address, port: entry.port, node: entry.node };
    const inside = rotate(cast.controls, position).slice(0, MOST_ENTRY_VANTAGES);
    const vantages = isOutside(cluster, entry.address) ? [cast.local, ...inside] : inside;
    return vantages.map((from) => weighted('user', from, to, application(target, entry)));
  });
}

/** Pods' own addresses are not for the world outside; all others may be. */
function isOutside(cluster: Cluster, address: string): boolean {
  return !cluster.pods.some((pod) => !pod.hostNetwork && pod.addresses.includes(address));
}

/** A host outside the cluster: its name as pods resolve it, and its address as it was resolved here, where it was. */
function externalPaths(target: Target, cast: Cast): WeightedPath[] {
  if (target.kind !== 'external') return [];
  // Of a name that it does not resolve, this machine has nothing more to tell.
  const vantages = target.direct.length === 0 ? cast.askers : [cast.local, ...cast.askers];
  return vantages.flatMap((from) => [
    ...target.direct.map(({ address, port }) =>
      weighted('user', from, { kind: 'external', address, port }, application(target, { address, port })),
    ),
    ...(target.host === null
      ? []
      : [weighted('user', from, { kind: 'resolver', name: target.host }, { kind: 'resolver', name: target.host })]),
  ]);
}

/** What is not measured of a host outside whose name this machine does not resolve. */
export function unresolvedGaps({ kind, host, direct }: Target): Gap[] {
  if (kind !== 'external' || host === null || direct.length > 0) return [];
  const because = 'this machine does not resolve the name: the probes look it up, and nothing connects to it';
  return [{ what: `connects to ${host}`, because, subject: { kind: 'name', name: host } }];
}

/** The last hop, from the asked identity and from a neutral one, from each node. */
function backendPaths(cluster: Cluster, target: Target, cast: Cast): WeightedPath[] {
  if (target.kind === 'external') return [];
  const isUsers = target.entries.length === 0 && target.service === null;
  return backendsOf(target)
    .slice(0, MOST_BACKENDS)
    .flatMap((backend) => {
      const pod = podNamed(cluster, backend.pod);
      const node = pod?.node ?? backend.node ?? nodeOfAddress(cast.nodes, backend.address);
      const to: Destination = { kind: 'backend', address: backend.address, port: backend.port, node, pod: backend.pod };
      const neutral = cast.controls.filter((agent) => !agent.asks);
      const local = isUsers && pod === null ? [cast.local] : [];
      return [
        ...[...cast.askers, ...local].map((from) =>
          weighted(isUsers ? 'user' : 'hop', from, to, application(target, backend)),
        ),
        ...neutral.map((from) => weighted('experiment', from, to, application(target, backend))),
      ];
    });
}

function servicePaths(target: Target, cast: Cast): WeightedPath[] {
  const { service } = target;
  if (service === null || service.clusterIp === null) return [];
  const { namespace, name, port } = service;
  const to: Destination = { kind: 'service', namespace, name, address: service.clusterIp, port };
  const where = { address: service.clusterIp, port };
  const isUsers = target.entries.length === 0;
  const others = cast.controls.filter((agent) => !agent.asks);
  return [
    ...cast.askers.map((from) => weighted(isUsers ? 'user' : 'experiment', from, to, application(target, where))),
    ...others.map((from) => weighted('experiment', from, to, application(target, where))),
  ];
}

/**
 * The controlled experiment: from one source to the twin of a backend and to a control beside it. What differs is the
 * policy's doing. The control also answers on a port that nobody chose, so that "this port" is told from "this node".
 */
function identityPaths(target: Target, cast: Cast): WeightedPath[] {
  const port = backendsOf(target)[0]?.port ?? null;
  const nodes = new Set(backendsOf(target).map((backend) => backend.node));
  const beside = cast.controls.filter((agent) => nodes.size === 0 || nodes.has(agent.node));
  return [...cast.askers, ...cast.controls.filter((agent) => !agent.asks)].flatMap((from) => [
    ...cast.stands.map((stand) => echo(from, stand, port)),
    ...beside.filter((control) => control.id !== from.id).map((control) => echo(from, control, port)),
    ...beside.filter((control) => control.id !== from.id).map((control) => echo(from, control, null)),
  ]);
}

/** Every control to every other, over TCP, UDP and with a large answer; and the nodes themselves under the overlay. */
function meshPaths(cast: Cast): WeightedPath[] {
  const pairs = (agents: readonly Agent[]) =>
    agents.flatMap((from) => agents.filter((to) => to.id !== from.id).map((to) => [from, to] as const));
  return [
    ...pairs(cast.controls).flatMap(([from, to]) => [
      echo(from, to, null),
      weighted('experiment', from, agentAt(to, null), {
        kind: 'udp',
        to: { agent: to.id, port: 'udp' },
        bytes: DATAGRAM_BYTES,
      }),
      weighted('single', from, agentAt(to, null), { ...tcpEcho(to, null), bytes: LARGE_BYTES }),
    ]),
    ...pairs(cast.hosts).map(([from, to]) => echo(from, to, null)),
    ...cast.hosts.flatMap((from) => cast.controls.map((to) => echo(from, to, null))),
  ];
}

/** What the application would do: an HTTP request, or a bare connect where nothing is known of the protocol. */
function application(target: Target, where: { address: string; port: number }): Probe {
  const to: Where = { address: where.address, port: where.port };
  if (target.scheme === 'tcp') return { kind: 'tcp', to, echo: false, bytes: 0 };
  const isProxied = target.entries.some((entry) => entry.address === where.address && entry.port === where.port);
  const isTls = target.scheme === 'https' && (isProxied || target.kind !== 'ingress');
  return { kind: 'http', to, tls: isTls, host: target.host ?? where.address, path: target.path };
}

function echo(from: Agent, to: Agent, port: number | null): WeightedPath {
  return weighted('experiment', from, agentAt(to, port), tcpEcho(to, port));
}

function tcpEcho(to: Agent, port: number | null): Probe & { kind: 'tcp' } {
  return { kind: 'tcp', to: { agent: to.id, port: port ?? 'tcp' }, echo: true, bytes: 0 };
}

function agentAt(to: Agent, port: number | null): Destination {
  return { kind: 'agent', agent: to.id, port, node: to.node };
}

/** Only to the node's own addresses; a pod range does not prove that an address lives there. */
function nodeOfAddress(nodes: readonly Node[], address: string): string | null {
  return nodes.find((node) => node.addresses.includes(address))?.name ?? null;
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
