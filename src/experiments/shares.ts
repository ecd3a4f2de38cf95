/** The endpoints of the other Services that a rule shares its requests with: a small share that fails is easily missed at the entries. */
import type { Cluster } from '../model/cluster.ts';
import type { Agent, Destination } from '../model/plan.ts';
import type { Backend, Target } from '../model/target.ts';
import { application } from './application.ts';
import { podNamed } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { nearest, neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

/** A rule with more Services than these is told as such: those of the largest shares are asked. */
const MOST_SHARES = 2;
/** A release that is being tried has few pods, and what is wrong with it is wrong with each. */
const MOST_ENDPOINTS = 3;
/** It serves or it does not: the second attempt is no coincidence. */
const ATTEMPTS = 2;

export function sharePaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const endpoints = (target.shares ?? [])
    .slice(0, MOST_SHARES)
    .flatMap(({ backends }) => backends.filter(({ ready }) => ready).slice(0, MOST_ENDPOINTS));
  return endpoints.flatMap((backend) => {
    const node = podNamed(cluster, backend.pod)?.node ?? backend.node;
    const beside = nearest(neutralOf(vantages), node);
    const sources = new Set([...vantages.sourcesUnderTest, ...(beside === null ? [] : [beside])]);
    return [...sources].map((from) => straight(from, target, { ...backend, node }));
  });
}

function straight(from: Agent, target: Target, { address, port, node, pod }: Backend): WeightedPath {
  const to: Destination = { kind: 'backend', address, port, node, pod };
  return { ...weighted('experiment', from, to, application(target, { address, port })), attempts: ATTEMPTS };
}
