/**
 * A port of the pods that has the name of the Service's port, where the Service sends to one of another name: the same request there. Nothing where
 * names agree, or nobody named them.
 */
import type { Cluster } from '../model/cluster.ts';
import type { Destination } from '../model/plan.ts';
import { namesakeOf } from '../model/namesake-port.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { endpointPaths } from './endpoints.ts';
import { backendsOf } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { nearest } from './vantages.ts';
import type { Vantages } from './vantages.ts';

/** Pods of one template declare alike: the second shows that the first is no exception. */
const MOST_PODS = 2;
/** It serves the request or it does not. */
const ATTEMPTS = 2;

export function namesakePortPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const doubtful = backendsOf(target).flatMap((backend) => {
    const namesake = namesakeOf(cluster, target, backend);
    return namesake === null ? [] : [{ ...backend, port: namesake.port }];
  });
  if (doubtful.length === 0) return [];
  return [
    ...endpointPaths(cluster, target, vantages),
    ...doubtful.slice(0, MOST_PODS).flatMap(({ address, port, node, pod }) => {
      const to: Destination = { kind: 'backend', address, port, node, pod };
      const from = nearest(vantages.controls, node);
      if (from === null) return [];
      return [{ ...weighted('experiment', from, to, application(target, { address, port })), attempts: ATTEMPTS }];
    }),
  ];
}
