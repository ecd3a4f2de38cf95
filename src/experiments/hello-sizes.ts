/** The same TLS handshake with a ClientHello of one segment and of two: at each entry, or at the endpoints where there is none. */
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Destination, Probe } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { backendsOf } from './facts.ts';
import { weighted } from './path.ts';
import { isTight } from './request-limits.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** Proxies of one class behave alike; the second shows whether it is one of them. */
const MOST_PLACES = 2;
/** Twice unanswered beside answers to the small one is no coincidence. */
const ATTEMPTS = 2;

export function helloSizePaths(cluster: Cluster, target: Target, { controls, local }: Vantages): WeightedPath[] {
  if (target.scheme !== 'https' || isTight(cluster, target)) return [];
  return placesOf(target)
    .slice(0, MOST_PLACES)
    .flatMap((to, position) => {
      const probe = application(target, to);
      const from: Agent = controls[position % Math.max(1, controls.length)] ?? local;
      return probe.kind === 'http' && probe.tls ? sizes(from, to, probe) : [];
    });
}

type Place = Extract<Destination, { kind: 'entry' | 'backend' | 'external' }>;

function placesOf(target: Target): Place[] {
  if (target.kind === 'external')
    return target.direct.map(({ address, port }) => ({ kind: 'external', address, port }));
  if (target.entries.length > 0)
    return target.entries.map(({ address, port, node }) => ({ kind: 'entry', address, port, node }));
  return backendsOf(target).map(({ address, port, node, pod }) => ({ kind: 'backend', address, port, node, pod }));
}

function sizes(from: Agent, to: Place, probe: Extract<Probe, { kind: 'http' }>): WeightedPath[] {
  return (['small', 'large'] as const).map((hello) => ({
    ...weighted('experiment', from, to, { ...probe, hello }),
    attempts: ATTEMPTS,
  }));
}
