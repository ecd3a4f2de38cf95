/** What a route names, and there is not: a Service, its port, the leave to refer to it. */
import { ONLY_PORT } from '../../model/cluster.ts';
import type { Route, Service } from '../../model/cluster.ts';
import { nearestFirst } from '../../model/nearest.ts';
import { mayHavePath, ownRules } from '../../model/route-match.ts';
import { isUnread } from '../../model/unread.ts';
import type { Evidence } from '../evidence/evidence.ts';

/** What is wrong with the backend that a route names. */
export type WrongReference =
  /** The Service is in another namespace, which does not let it be referred to. */
  | { readonly by: 'grant'; readonly route: Route }
  /** The Service has no such port. */
  | { readonly by: 'route'; readonly service: Service; readonly route: Route }
  /** There is no such Service. `known`: those of the namespace that it looks in, nearest name first. */
  | { readonly by: 'nothing'; readonly route: Route; readonly known: readonly string[] };

export function wrongReferences(evidence: Evidence): WrongReference[] {
  return [...byGrant(evidence), ...byRoute(evidence)];
}

/** The rules that the target's path falls under, of the route that serves it. */
function rulesOf({ cluster, target }: Evidence): Route[] {
  return ownRules(cluster.routes, target).filter((rule) => mayHavePath(rule, target.path));
}

/** The route names a Service of another namespace, which does not let it. */
function byGrant(evidence: Evidence): WrongReference[] {
  if (evidence.target.route === null) return [];
  const refused = rulesOf(evidence).filter(
    (route) => route.serviceNamespace !== route.namespace && (route.isUngranted === true || isSaidOf(route)),
  );
  return refused.slice(0, 1).map((route) => ({ by: 'grant', route }));
}

/** The reason by which controllers say that a reference crosses namespaces without a ReferenceGrant (RouteReasonRefNotPermitted). */
export const NOT_PERMITTED = 'RefNotPermitted';

function isSaidOf({ conditions = [] }: Route): boolean {
  return conditions.some(({ reason }) => reason === NOT_PERMITTED);
}

/** The route names a port that its Service does not have, or a Service that does not exist. */
function byRoute(evidence: Evidence): WrongReference[] {
  const { cluster, target } = evidence;
  if (target.route === null || target.service !== null || isUnread(cluster, 'services')) return [];
  return rulesOf(evidence).flatMap((route): WrongReference[] => {
    if (route.absentInclude !== undefined) return [];
    if (route.leadsTo !== undefined) return route.leadsTo === 'nothing' ? [{ by: 'nothing', route, known: [] }] : [];
    const service = cluster.services.find(
      ({ namespace, name }) => namespace === route.serviceNamespace && name === route.service,
    );
    if (service === undefined) return [{ by: 'nothing', route, known: servicesNear(cluster, route) }];
    const isThere = service.ports.some(({ name, port }) => name === route.port || port === Number(route.port));
    if (route.port === ONLY_PORT) return [];
    return isThere ? [] : [{ by: 'route', service, route }];
  });
}

function servicesNear({ services }: Evidence['cluster'], { serviceNamespace, service }: Route): string[] {
  const there = services.filter(({ namespace }) => namespace === serviceNamespace);
  return nearestFirst(
    service,
    there.map(({ name }) => name),
  );
}
