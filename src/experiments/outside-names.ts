/**
 * A name outside the cluster, beside the cluster's own: as it is and with the client's search list, by getaddrinfo; and of the DNS servers, who ask
 * others for it. What the search list adds is asked for by itself where the API tells it, also for names of the cluster.
 */
import ipaddr from 'ipaddr.js';
import type { Cluster } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import { domainOf, resolverOf } from '../model/resolver.ts';
import type { Target } from '../model/target.ts';
import { writtenNameOf } from '../model/written-name.ts';
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
  const name = writtenNameOf(target);
  if (name === null || ipaddr.isValid(name)) return [];
  const { fronts, replicas } = dnsServersOf(cluster);
  const asking = vantages.sourcesUnderTest.filter((agent) => agent.kind === 'control' || isPodClient(agent));
  if (target.kind !== 'external') {
    return asking.flatMap((from) => {
      const searched = searchedPaths(cluster, from, name);
      return searched.length === 0 ? [] : [asItIs(from, name), ...searched];
    });
  }
  return [
    ...plainPaths(cluster, vantages),
    ...asking.flatMap((from, position) => [
      asItIs(from, name),
      ...[...fronts, ...rotate(replicas, position).slice(0, SERVERS_PER_VANTAGE)].map((to) => ({
        ...query(cluster, from, to, { name }),
        attempts: ATTEMPTS,
      })),
      ...searchedPaths(cluster, from, name),
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

function searchedPaths(cluster: Cluster, from: Agent, name: string): WeightedPath[] {
  const [front] = dnsServersOf(cluster).fronts;
  if (front === undefined) return [];
  return searchedNames(cluster, from, name).map((searched) => ({
    ...query(cluster, from, front, { name: searched }),
    attempts: ATTEMPTS,
  }));
}

/** Under the domains that the client's own `dnsConfig` adds to those of the cluster. */
function searchedNames(cluster: Cluster, from: Agent, name: string): string[] {
  const pod = podNamed(cluster, from.of);
  if (pod === null) return [];
  const [own, domain] = [new Set(pod.dnsConfig?.searches), domainOf(cluster)];
  const { searches, ndots } = resolverOf(cluster, pod);
  const dots = name.split('.').length - 1;
  // A name with that many is tried as it is before any other.
  if (ndots !== null && dots >= ndots) return [];
  const foreign = searches
    .map((each) => each.replace(/\.$/u, ''))
    .filter((each) => each !== domain && !each.endsWith(`.${domain}`));
  return foreign.filter((each) => own.has(each) || own.has(`${each}.`)).map((each) => `${name}.${each}`);
}
