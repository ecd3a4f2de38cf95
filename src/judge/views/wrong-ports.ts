/** What a Service says of its port, and its pods do not: a number, a name, a protocol. */
import type { Service } from '../../model/cluster.ts';
import { isUnread } from '../../model/unread.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { backendViews } from './backends.ts';
import type { BackendView } from './backends.ts';
import { podsSelected } from './selector.ts';
import { serviceOf } from './service.ts';

/** What is wrong with the port of the asked Service. */
export type WrongPort =
  /** A number that no container of its pods declares. */
  | { readonly by: 'number'; readonly service: Service; readonly views: readonly BackendView[] }
  /** A name that none of its pods has. `pods`: what they declare. */
  | { readonly by: 'name'; readonly service: Service; readonly port: string; readonly pods: readonly string[] }
  /** It passes the port on by UDP alone, and is asked by TCP. */
  | { readonly by: 'protocol'; readonly service: Service; readonly port: number };

export function wrongPorts(evidence: Evidence): WrongPort[] {
  return [...byProtocol(evidence), ...byNumber(evidence), ...byName(evidence)];
}

/** The Service's port is a number that no container of its pods declares. */
function byNumber(evidence: Evidence): WrongPort[] {
  const service = serviceOf(evidence);
  const views = backendViews(evidence).filter(({ unobstructed }) => unobstructed.length > 0);
  const isDeclared = views.every(({ pod, backend }) => {
    const ports = pod?.ports.map(({ port }) => port) ?? [];
    return ports.length === 0 || ports.includes(backend.port);
  });
  return service === null || views.length === 0 || isDeclared ? [] : [{ by: 'number', service, views }];
}

function byProtocol(evidence: Evidence): WrongPort[] {
  const service = serviceOf(evidence);
  const asked = evidence.target.service;
  if (service === null || asked === null || asked.protocol !== 'UDP') return [];
  const isBoth = service.ports.some(({ port, protocol }) => port === asked.port && protocol === 'TCP');
  return isBoth ? [] : [{ by: 'protocol', service, port: asked.port }];
}

/** It is a name that no container of its pods has, so none of them is an endpoint of this port. */
function byName(evidence: Evidence): WrongPort[] {
  const { cluster, target } = evidence;
  const service = serviceOf(evidence);
  const asked = service?.ports.find(({ port }) => port === target.service?.port)?.targetPort;
  if (service === null || typeof asked !== 'string' || (target.service?.backends.length ?? 0) > 0) return [];
  const pods = podsSelected(cluster, service);
  const isKnown = !isUnread(cluster, 'pods', 'services', 'endpointslices');
  const isNamed = pods.some(({ ports }) => ports.some(({ name }) => name === asked));
  if (!isKnown || isNamed || !pods.some(({ ready }) => ready)) return [];
  const declared = pods.flatMap(({ ports }) => ports.map(({ name, port }) => name ?? String(port)));
  return [{ by: 'name', service, port: asked, pods: [...new Set(declared)] }];
}
