/** The Services that have a share of what the target's route gets: several backends of one rule, by weight. */
import type { Limitation, Service } from '../../model/cluster.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { mayHavePath, ownRules } from '../../model/route-match.ts';
import { endpointsOf } from '../../model/service-slices.ts';
import { shareViews } from './backends.ts';

/** Those beside the Service that stands for the target. */
export function otherBackends({ cluster, target }: Evidence): Service[] {
  const { route, service } = target;
  if (route === null || service === null) return [];
  const rules = ownRules(cluster.routes, target);
  const isIt = (each: { service: string; serviceNamespace: string }) =>
    each.service === service.name && each.serviceNamespace === service.namespace;
  const own = rules.find((each) => isIt(each) && mayHavePath(each, target.path));
  const beside = rules.filter((each) => !isIt(each) && each.path === own?.path && each.pathType === own.pathType);
  return cluster.services.filter(({ namespace, name }) =>
    beside.some((each) => each.service === name && each.serviceNamespace === namespace),
  );
}

/** Their endpoints are not asked: where users are served badly, that is told with what to ask. */
export function unaskedShares(evidence: Evidence): Limitation[] {
  const { route } = evidence.target;
  if (evidence.symptoms.length === 0 || route === null) return [];
  const asked = shareViews(evidence).filter(({ views }) => views.some(({ all }) => all.length > 0));
  const isAsked = ({ namespace, name }: Service) =>
    asked.some(({ service }) => service.namespace === namespace && service.name === name);
  const unasked = otherBackends(evidence).filter((service) => !isAsked(service));
  return unasked.map(({ namespace, name }) => ({
    what: `the endpoints of Service ${namespace}/${name}, which has a share of what ${route.kind} ${route.namespace}/${route.name} gets`,
    because: `those of the largest share are asked: kprobe diagnose svc/${name} -n ${namespace}`,
  }));
}

/** No slice of it has a ready address. */
export function hasNoEndpoint({ cluster }: Evidence, service: Service): boolean {
  return endpointsOf(cluster, service).every(({ ready }) => !ready);
}

/** What a proxy says by itself when nobody is behind it: unavailable (RFC 9110, 15.6.4). */
const UNAVAILABLE = 503;

/** Through the ingress, where some answers at least are that nobody is there. */
export function unavailablePaths({ paths }: Evidence): PathEvidence[] {
  return paths.filter(
    ({ path, answered }) =>
      path.to.kind === 'entry' && answered.some(({ sample }) => sample.http?.status === UNAVAILABLE),
  );
}
