/** One path: its stable id, its locality, and how often it is tried. */
import type { ExperimentId } from '../../model/experiment.ts';
import type { Agent, Destination, Path, Probe } from '../../model/plan.ts';

/** Exists in every cluster; an NXDOMAIN under another cluster domain is an answer as well. */
export const DNS_PROBE_NAME = 'kubernetes.default.svc.cluster.local';

/** How often a path is tried, the most first, see shots.ts. `user`: it stands for what the user feels. */
export const WEIGHTS = ['user', 'hop', 'experiment', 'single'] as const;
export type Weight = (typeof WEIGHTS)[number];
export interface WeightedPath {
  readonly path: Path;
  readonly weight: Weight;
  /** Instead of what the weight says. */
  readonly attempts?: number;
  /** Begins so much later than it would, milliseconds. */
  readonly delayMs?: number;
  /** Instead of the usual limit of an attempt, milliseconds. */
  readonly limitMs?: number;
}

/** Who asks whom what, as an arm of one experiment. */
export interface Asked {
  readonly experiment: ExperimentId;
  readonly weight: Weight;
  readonly from: Agent;
  readonly to: Destination;
  readonly probe: Probe;
}

export function weighted({ experiment, weight, from, to, probe }: Asked): WeightedPath {
  return {
    weight,
    path: {
      id: `${from.id} > ${nameOf(to)} ${nameOfProbe(probe)}`,
      from: from.id,
      to,
      locality: localityOf(from, to),
      isUsers: weight === 'user',
      experiments: [experiment],
      probe,
    },
  };
}

function nameOf(to: Destination): string {
  switch (to.kind) {
    case 'agent':
      return to.port === null ? to.agent : `${to.agent}:${to.port}`;
    case 'resolver':
      return to.name;
    case 'entry':
    case 'service':
    case 'backend':
    case 'dns-server':
    case 'external':
      return `${to.address.includes(':') ? `[${to.address}]` : to.address}:${to.port}`;
    default:
      return to satisfies never;
  }
}

function nameOfProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return probe.bytes > 0 ? `tcp ${probe.bytes} B` : 'tcp';
    case 'http':
      return probe.tls ? 'https' : 'http';
    case 'dns':
      return `dns/${probe.transport} ${probe.type}${probe.name === DNS_PROBE_NAME ? '' : ` ${probe.name}`}`;
    case 'udp':
      return 'udp';
    case 'resolver':
      return 'getaddrinfo';
    default:
      return probe satisfies never;
  }
}

function localityOf(from: Agent, to: Destination): Path['locality'] {
  const node = 'node' in to ? to.node : null;
  if (from.node === null || node === null) return 'external';
  return from.node === node ? 'same-node' : 'cross-node';
}
