/** The same question to each DNS server: the Service in front and every replica, by UDP and by TCP. */
import type { Cluster } from '../model/cluster.ts';
import type { Target } from '../model/target.ts';
import { dnsServersOf, isPodClient, query, resolvingVantages } from './dns-query.ts';
import { rotate, serviceName } from './facts.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

/** What a server says of one name does not depend on who asks: a second vantage is for the way there. */
const CONTROLS_PER_REPLICA = 2;
/** An answer that was given twice is no coincidence. */
const NAME_ATTEMPTS = 2;
/** It works or it does not, and by UDP it was tried more often. */
const TCP_ATTEMPTS = 1;

export function dnsServerPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  return [...plainPaths(cluster, vantages), ...targetNamePaths(cluster, target, vantages)];
}

export function dnsTransportPaths(cluster: Cluster, _: Target, vantages: Vantages): WeightedPath[] {
  const servers = allServers(cluster);
  return [
    ...plainPaths(cluster, vantages),
    ...resolvingVantages(vantages).flatMap((from) =>
      servers.map((to) => ({ ...query(cluster, from, to, { transport: 'tcp' }), attempts: TCP_ATTEMPTS })),
    ),
  ];
}

/** The name that every cluster has, from all. */
export function plainPaths(cluster: Cluster, vantages: Vantages): WeightedPath[] {
  const servers = allServers(cluster);
  return resolvingVantages(vantages).flatMap((from) => servers.map((to) => query(cluster, from, to)));
}

/** Replicas that watch the API each by itself may know different names: each is asked for the one that matters. */
function targetNamePaths(cluster: Cluster, { service }: Target, vantages: Vantages): WeightedPath[] {
  if (service === null) return [];
  const name = serviceName(cluster, service).full;
  const clients = vantages.sourcesUnderTest.filter(isPodClient);
  return dnsServersOf(cluster).replicas.flatMap((to, position) =>
    [...rotate(vantages.controls, position).slice(0, CONTROLS_PER_REPLICA), ...clients].map((from) => ({
      ...query(cluster, from, to, { name }),
      attempts: NAME_ATTEMPTS,
    })),
  );
}

function allServers(cluster: Cluster) {
  const { fronts, replicas } = dnsServersOf(cluster);
  return [...replicas, ...fronts];
}
