/** The proxy in front of the target, with the timers that hold for this route. */
import type { IngressController } from '../../model/cluster.ts';
import type { Evidence } from './evidence.ts';

/** null where the target has no proxy, or none was recognised. What the route sets for itself goes over its controller's settings. */
export function proxyOf({ cluster, target }: Pick<Evidence, 'cluster' | 'target'>): IngressController | null {
  const controller = cluster.controllers.find((each) => each.className === target.className);
  if (target.kind !== 'ingress' || controller === undefined) return null;
  const { route } = target;
  const own = cluster.routes.find(
    (each) => each.kind === route?.kind && each.namespace === route.namespace && each.name === route.name,
  )?.timers;
  if (own === undefined || own === null) return controller;
  return {
    ...controller,
    connectTimeoutMs: own.connectTimeoutMs ?? controller.connectTimeoutMs,
    readTimeoutMs: own.readTimeoutMs ?? controller.readTimeoutMs,
    tries: own.tries ?? controller.tries,
    timersFrom:
      own.connectTimeoutMs === null
        ? controller.timersFrom
        : `annotations of ${route?.kind} ${route?.namespace}/${route?.name}`,
  };
}
