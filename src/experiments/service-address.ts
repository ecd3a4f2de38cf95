/** The Service's address beside its endpoints' own, from every source under test and from the nodes' controls. */
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { endpointPaths } from './endpoints.ts';
import { backendsOf } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

export function serviceAddressPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const { service } = target;
  if (service === null || service.clusterIp === null) return [];
  const { namespace, name, port } = service;
  const to: Destination = { kind: 'service', namespace, name, address: service.clusterIp, port };
  const probe = application(target, { address: service.clusterIp, port });
  const weight = target.entries.length === 0 ? 'user' : 'experiment';
  return [
    ...vantages.sourcesUnderTest.map((from) => ({ ...weighted(weight, from, to, probe), ...often(target, from) })),
    ...neutralOf(vantages).map((from) => weighted('experiment', from, to, probe)),
    ...endpointPaths(cluster, target, vantages),
  ];
}

/** Chance that a client which is one of several endpoints met itself less than twice though it asked so often. */
const MISSED = 0.01;
/** More take longer than anyone waits. */
const MOST_ATTEMPTS = 30;
const QUICKLY_MS = 350;

/** Who is an endpoint itself meets itself by chance only: it asks until it has done so twice, as good as surely. */
function often(target: Target, from: Agent): Pick<WeightedPath, 'attempts' | 'everyMs'> {
  const endpoints = backendsOf(target);
  const isItself = endpoints.some(({ pod }) => pod?.namespace === from.of?.namespace && pod?.name === from.of?.name);
  if (from.kind !== 'inside' || endpoints.length < 2 || !isItself) return {};
  let attempts = 2;
  while (attempts < MOST_ATTEMPTS && lessThanTwice(attempts, 1 / endpoints.length) > MISSED) attempts += 1;
  return { attempts, everyMs: QUICKLY_MS };
}

/** Probability of no or one success. */
function lessThanTwice(attempts: number, share: number): number {
  return (1 - share) ** attempts + attempts * share * (1 - share) ** (attempts - 1);
}
