/** One path: its stable id, its locality, and how often it is tried. */
import { atPort } from '../model/format.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Destination, Path, Probe } from '../model/plan.ts';
import { domainOf } from '../model/resolver.ts';

/** How often a path is tried, see schedules.ts. `user`: it stands for what the user feels. */
export type Weight = 'user' | 'hop' | 'experiment' | 'single';

const LIGHTEST_FIRST: readonly Weight[] = ['single', 'experiment', 'hop', 'user'];

/** The API server's own Service, which every cluster has. */
const CLUSTER_PROBE = 'kubernetes.default.svc';

/** A name that exists in every cluster; where its domain could not be read, an NXDOMAIN is an answer as well. */
export function clusterProbeName(cluster: Cluster): string {
  return `${CLUSTER_PROBE}.${domainOf(cluster)}`;
}

export function isClusterProbeName(name: string): boolean {
  return name.startsWith(`${CLUSTER_PROBE}.`);
}

export interface WeightedPath {
  readonly path: Path;
  readonly weight: Weight;
  /** Fewer than the weight says. */
  readonly attempts?: number;
  /** No more than these, however long the run is. */
  readonly isCounted?: true;
  /** Begins so much later than it would, milliseconds. */
  readonly delayMs?: number;
  /** Between two of its attempts at least, instead of the usual second; milliseconds. */
  readonly everyMs?: number;
  /** The paths of a vantage begin spread over some time (plan/schedules.ts); this one within another, milliseconds. */
  readonly withinMs?: number;
  /** Instead of the usual limit of an attempt, milliseconds. */
  readonly limitMs?: number;
}

export function weighted(weight: Weight, from: Agent, to: Destination, probe: Probe): WeightedPath {
  return {
    weight,
    path: {
      id: `${from.id} > ${nameOf(to)} ${nameOfProbe(probe)}`,
      from: from.id,
      to,
      locality: localityOf(from, to),
      userFacing: weight === 'user',
      experiments: [],
      probe,
    },
  };
}

/** Of two ways to try one path the one that tries it more often; the first where both do as often. */
export function heavier(one: WeightedPath, other: WeightedPath): WeightedPath {
  const more = LIGHTEST_FIRST.indexOf(other.weight) - LIGHTEST_FIRST.indexOf(one.weight);
  if (more !== 0) return more > 0 ? other : one;
  return (other.attempts ?? Infinity) > (one.attempts ?? Infinity) ? other : one;
}

function nameOf(to: Destination): string {
  switch (to.kind) {
    case 'agent':
      return `${to.agent}${to.port === null ? '' : `:${to.port}`}${to.family === undefined ? '' : `/${to.family}`}`;
    case 'resolver':
      return to.name;
    case 'entry':
    case 'service':
    case 'backend':
    case 'dns-server':
    case 'external':
      return atPort(to.address, to.port);
    default:
      return to satisfies never;
  }
}

function nameOfProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return probe.bytes > 0 ? `tcp ${probe.bytes} B` : 'tcp';
    case 'http':
      return nameOfHttp(probe);
    case 'dns':
      return `dns/${probe.transport} ${probe.type}${isClusterProbeName(probe.name) ? '' : ` ${probe.name}`}`;
    case 'udp':
      return 'udp';
    case 'resolver':
      return 'getaddrinfo';
    default:
      return probe satisfies never;
  }
}

function nameOfHttp({ tls, hello, idleMs }: Extract<Probe, { kind: 'http' }>): string {
  const kind = tls ? `https${hello === undefined ? '' : ` ${hello} hello`}` : 'http';
  return idleMs === undefined ? kind : `${kind} idle`;
}

function localityOf(from: Agent, to: Destination): Path['locality'] {
  const node = 'node' in to ? to.node : null;
  if (from.node === null || node === null) return 'external';
  return from.node === node ? 'same-node' : 'cross-node';
}
