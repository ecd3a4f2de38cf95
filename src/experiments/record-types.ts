/** The same name for A, for AAAA, and for both at once from one socket, as libc asks: of the DNS Service and of its replicas. */
import type { Cluster } from '../model/cluster.ts';
import type { Target } from '../model/target.ts';
import { plainPaths } from './dns-servers.ts';
import { dnsServersOf, query, resolvingVantages } from './dns-query.ts';
import { rotate } from './facts.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** Twice unanswered beside answers for A is no coincidence. */
const AAAA_ATTEMPTS = 2;
/** Replicas that one vantage asks for all types; with more, vantages take turns. */
const SERVERS_PER_VANTAGE = 3;

export function recordTypePaths(cluster: Cluster, _: Target, vantages: Vantages): WeightedPath[] {
  const { fronts, replicas } = dnsServersOf(cluster);
  return [
    ...plainPaths(cluster, vantages),
    ...resolvingVantages(vantages).flatMap((from, position) => {
      const some = rotate(replicas, position * SERVERS_PER_VANTAGE).slice(0, SERVERS_PER_VANTAGE);
      return [...some, ...fronts].flatMap((to) => [
        query(cluster, from, to, { type: 'A+AAAA' }),
        { ...query(cluster, from, to, { type: 'AAAA' }), attempts: AAAA_ATTEMPTS },
      ]);
    }),
  ];
}
