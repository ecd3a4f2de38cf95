/** Hosts and paths that a proxy answers for by itself: its controller refuses the route, or no rule has the path. */
import type { Route, RouteCondition } from '../../model/cluster.ts';
import { matchesPath, namesHost } from '../../model/route-match.ts';
import { isUnread } from '../../model/unread.ts';
import type { Evidence } from '../evidence/evidence.ts';

/** References that lead nowhere are wrong-backend-port's. */
const OF_REFERENCES: ReadonlySet<string> = new Set(['RefNotPermitted', 'BackendNotFound']);

/** What the controller says against the route of the target, the route's own status first. */
export function refusalOf({ cluster, target }: Evidence): RouteCondition | null {
  const own = cluster.routes.filter(
    ({ kind, namespace, name, className }) =>
      kind === target.route?.kind &&
      namespace === target.route.namespace &&
      name === target.route.name &&
      className === target.className,
  );
  const all = own.flatMap(({ conditions = [] }) => conditions);
  return all.find(({ reason }) => !OF_REFERENCES.has(reason)) ?? null;
}

/** What its path means is the controller's own matter: the begin of a path also within a segment, or a pattern. */
function isByController({ kind, pathType }: Route): boolean {
  return pathType === 'ImplementationSpecific' || (kind === 'HTTPProxy' && pathType !== 'Exact');
}

/** Characters that make a path of an Ingress a regular expression where its controller is told so. */
const PATTERN = /[()[\]*+?|^$\\]/u;

/** The rules of the host, where none of them has the path that was asked; none where one may have it. */
export function rulesWithoutPath({ cluster, target }: Evidence): Route[] {
  const { host } = target;
  if (host === null) return [];
  const asked = target.path.split('?')[0] ?? '/';
  const named = cluster.routes.filter((route) => namesHost(route, host));
  const rules = named.length > 0 ? named : cluster.routes.filter((route) => route.host === null);
  const mayHave = (rule: Route) =>
    matchesPath(rule, asked) || (isByController(rule) && (asked.startsWith(rule.path) || PATTERN.test(rule.path)));
  return rules.some(mayHave) || isUnread(cluster, 'ingresses', 'httproutes', 'httpproxies') ? [] : rules;
}
