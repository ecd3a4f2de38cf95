/** One path: its stable id, its locality, and how often it is tried. */
import type { Agent, Destination, Path, Probe } from '../model/plan.ts';

/** How often a path is tried, see shots.ts. `user`: it stands for what the user feels. */
export type Weight = 'user' | 'hop' | 'experiment' | 'single';
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

export function weighted(weight: Weight, from: Agent, to: Destination, probe: Probe): WeightedPath {
  return {
    weight,
    path: {
      id: `${from.id} > ${nameOf(to)} ${nameOfProbe(probe)}`,
      from: from.id,
      to,
      locality: localityOf(from, to),
      isUsers: weight === 'user',
      experiments: [],
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
      return `dns/${probe.transport} ${probe.type}`;
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
