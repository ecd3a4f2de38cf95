/** Hosts and paths that a proxy answers for by itself: its controller refuses the route, or no rule has the path. */
import type { ObjectName, Route, RouteCondition } from '../../model/cluster.ts';
import { denialsOf, matchesPath, mayHavePath, namesHost, ownRules } from '../../model/route-match.ts';
import { isUnread } from '../../model/unread.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';

/** References that lead nowhere are wrong-backend-port's. */
const OF_REFERENCES: ReadonlySet<string> = new Set(['RefNotPermitted', 'BackendNotFound']);

/** What the controller says against the route of the target, the route's own status first. */
export function refusalOf({ cluster, target }: Evidence): RouteCondition | null {
  const all = denialsOf(cluster.routes, target);
  return all.find(({ reason }) => !OF_REFERENCES.has(reason)) ?? null;
}

/** What the target's own route leaves its path to, where that is not there; null where a rule serves the path, or HTTPProxies could not be listed. */
export function absentIncludeOf({ cluster, target }: Evidence): ObjectName | null {
  const rules = ownRules(cluster.routes, target).filter((rule) => mayHavePath(rule, target.path));
  const [first] = rules;
  const isLost = rules.every(({ absentInclude }) => absentInclude !== undefined) && !isUnread(cluster, 'httpproxies');
  return (isLost ? first?.absentInclude : undefined) ?? null;
}

const ROUTES = [
  'ingresses',
  'httproutes',
  'httpproxies',
  'virtualservices.networking.istio.io',
  'ingressroutes.traefik.io',
] as const;

/** The rules of the host, where none of them has the path that was asked; none where one may have it. */
export function rulesWithoutPath({ cluster, target }: Evidence): Route[] {
  const { host } = target;
  if (host === null) return [];
  const named = cluster.routes.filter((route) => namesHost(route, host));
  const rules = named.length > 0 ? named : cluster.routes.filter((route) => route.host === null);
  return rules.some((rule) => mayHavePath(rule, target.path)) || isUnread(cluster, ...ROUTES) ? [] : rules;
}

/** From here on HTTP says that somebody did wrong (RFC 9110, 15.5). */
const FIRST_ERROR = 400;

/** Not one page: nobody answers there, or only with errors. */
export function isRefused(path: PathEvidence): boolean {
  return path.answered.every(({ sample }) => (sample.http?.status ?? 0) >= FIRST_ERROR);
}

/** Not found (RFC 9110, 15.5.5). */
const NOT_FOUND = 404;

/**
 * A rule of an Ingress is sure to have the path, every entry says "not found" to everybody all the same, and the endpoints answer the same request.
 * Routes of other kinds may be for another listener than the one that is asked.
 */
export function isUnknownToProxies({ cluster, paths, target }: Evidence): boolean {
  const [asked = '/'] = target.path.split('?');
  const hasRule = ownRules(cluster.routes, target).some(
    (rule) => rule.kind === 'Ingress' && rule.isConditional !== true && matchesPath(rule, asked),
  );
  const to = (kind: PathEvidence['path']['to']['kind']) =>
    paths.filter(({ path, state }) => path.to.kind === kind && state !== 'unmeasured');
  const [entries, direct] = [to('entry'), to('backend')];
  const isNotFound = ({ answered }: PathEvidence) =>
    answered.length > 0 && answered.every(({ sample }) => sample.http?.status === NOT_FOUND);
  return (
    hasRule &&
    !isUnread(cluster, ...ROUTES) &&
    target.service !== null &&
    entries.length > 0 &&
    entries.every(isNotFound) &&
    direct.some(({ path }) => path.probe.kind === 'http') &&
    !direct.some((path) => path.answered.length > 0 && isRefused(path))
  );
}
