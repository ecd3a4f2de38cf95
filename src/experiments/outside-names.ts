/**
 * A name outside the cluster, beside the cluster's own: as it is and with the client's search list, by getaddrinfo; and of the DNS servers, who ask
 * others for it. What the search list adds is asked for by itself where the API tells it.
 */
import ipaddr from 'ipaddr.js';
import type { Cluster } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import { resolverOf } from '../model/resolver.ts';
import type { Target } from '../model/target.ts';
import { dnsServersOf, isPodClient, query } from './dns-query.ts';
import { plainPaths } from './dns-servers.ts';
import { podNamed, rotate } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** An answer that was given twice is no coincidence. */
const ATTEMPTS = 2;
/** Replicas that one vantage asks; with more, vantages take turns. */
const SERVERS_PER_VANTAGE = 2;

export function outsideNamePaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { kind, host } = target;
  if (kind !== 'external' || host === null || ipaddr.isValid(host)) return [];
  const name = host.replace(/\.$/u, '');
  const { fronts, replicas } = dnsServersOf(cluster);
  const asking = vantages.sourcesUnderTest.filter((agent) => agent.kind === 'control' || isPodClient(agent));
  return [
    ...plainPaths(cluster, vantages),
    ...asking.flatMap((from, position) => [
      asItIs(from, name),
      ...[...fronts, ...rotate(replicas, position).slice(0, SERVERS_PER_VANTAGE)].map((to) => ({
        ...query(from, to, { name }),
        attempts: ATTEMPTS,
      })),
      ...searchedNames(cluster, from, name).flatMap((searched) =>
        fronts.slice(0, 1).map((to) => ({ ...query(from, to, { name: searched }), attempts: ATTEMPTS })),
      ),
    ]),
  ];
}

/** With a trailing dot getaddrinfo leaves the search list alone. */
function asItIs(from: Agent, name: string): WeightedPath {
  const full = `${name}.`;
  return {
    ...weighted('experiment', from, { kind: 'resolver', name: full }, { kind: 'resolver', name: full }),
    attempts: ATTEMPTS,
  };
}

/** Under the domains that the client's own `dnsConfig` adds to those of the cluster. */
function searchedNames(cluster: Cluster, from: Agent, name: string): string[] {
  const pod = podNamed(cluster, from.of);
  if (pod === null) return [];
  const own = new Set(pod.dnsConfig?.searches);
  const { searches } = resolverOf(cluster, pod);
  return searches
    .filter((domain) => own.has(domain) && !/(^|\.)svc\.|^cluster\.local\.?$/u.test(domain))
    .map((domain) => `${name}.${domain.replace(/\.$/u, '')}`);
}
