/** Which route serves a host and path: as ingress controllers and Gateways choose. */
import type { Cluster, Route } from '../model/cluster.ts';
import { covers } from './routes.ts';

/** Exact host before wildcard before any host; then an exact path, then the longest prefix. null: no route has the host. */
export function findRoute(cluster: Cluster, host: string, path: string): Route | null {
  const pathname = path.split('?')[0] ?? '/';
  return choose(
    cluster.routes.filter((route) => route.host !== null && covers(route.host, host)),
    pathname,
  );
}

/** The route for hosts that no other route names; null where there is none. */
export function findDefaultRoute(cluster: Cluster, path: string): Route | null {
  const pathname = path.split('?')[0] ?? '/';
  return choose(
    cluster.routes.filter((route) => route.host === null),
    pathname,
  );
}

export function knownHosts(cluster: Cluster): string[] {
  return [...new Set(cluster.routes.flatMap(({ host }) => host ?? []))];
}

function choose(routes: readonly Route[], path: string): Route | null {
  const fitting = routes.filter((route) => matches(route, path));
  // A host that exists with no rule for this path is still the host asked about: its nearest rule tells most.
  const [best = null] = (fitting.length > 0 ? fitting : routes).toSorted((a, b) => rank(b) - rank(a));
  return best;
}

function matches({ path, pathType }: Route, asked: string): boolean {
  if (pathType === 'Exact') return path === asked;
  const prefix = path.replace(/\/+$/, '');
  return prefix === '' || asked === prefix || asked.startsWith(`${prefix}/`);
}

/** Hosts first: an exact one beats a wildcard whatever the paths. */
function rank({ host, path, pathType }: Route): number {
  const byHost = host === null ? 0 : host.startsWith('*.') ? 1 : 2;
  return byHost * 100_000 + (pathType === 'Exact' ? 50_000 : 0) + Math.min(path.length, 10_000);
}
