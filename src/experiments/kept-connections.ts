/** The same request again on a connection that was kept idle, beside the fresh ones that others make: what proxies and clients with a pool do. */
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Destination, Probe } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { backendsOf, podNamed } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/**
 * Above the limits of the servers that close soonest, gunicorn's 2 s, and the 5 s of Node, Apache and uvicorn, to which Node adds 1 s
 * (their documentation: keepalive; keepAliveTimeout and keepAliveTimeoutBuffer; KeepAliveTimeout; --timeout-keep-alive), and well above: a server
 * without a CPU was 0.2 s late, and the request met its end. Milliseconds.
 */
export const USUAL_IDLE_MS = 7500;
/** What is left for both requests: together with the usual idle time the usual limit of an attempt, 16.7 s. Milliseconds. */
const ASKING_MS = 9200;

/**
 * One connection to one endpoint, as the proxy or the named client makes it; where an idle time was asked for, one through the Service's address
 * and one through an entry as well, for each has its own memory of connections on its way.
 */
export function keptConnectionPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { idleMs = null } = vantages;
  const [from] = vantages.sourcesUnderTest;
  if (from === undefined || target.kind === 'external') return [];
  const far = idleMs === null ? [] : [serviceOf(target), entryOf(target)];
  const [backend] = backendsOf(target);
  const to: Place | null =
    backend === undefined
      ? null
      : {
          kind: 'backend',
          address: backend.address,
          port: backend.port,
          node: podNamed(cluster, backend.pod)?.node ?? backend.node,
          pod: backend.pod,
        };
  return [to, ...far].flatMap((each) => {
    if (each === null) return [];
    const asking: Agent = each.kind === 'entry' ? (vantages.controls[0] ?? vantages.local) : from;
    return kept(asking, each, application(target, each), idleMs ?? USUAL_IDLE_MS);
  });
}

type Place = Extract<Destination, { kind: 'backend' | 'service' | 'entry' }>;

function serviceOf({ service }: Target): Place | null {
  if (service === null || service.clusterIp === null) return null;
  return {
    kind: 'service',
    namespace: service.namespace,
    name: service.name,
    address: service.clusterIp,
    port: service.port,
  };
}

function entryOf({ entries: [entry] }: Target): Place | null {
  return entry === undefined ? null : { kind: 'entry', address: entry.address, port: entry.port, node: entry.node };
}

function kept(from: Agent, to: Place, probe: Probe, idleMs: number): WeightedPath[] {
  if (probe.kind !== 'http') return [];
  return [{ ...weighted('single', from, to, { ...probe, idleMs }), limitMs: idleMs + ASKING_MS }];
}
