/** The port that the Service sends to beside the one that its pods declare. Nothing where the two are one, as they mostly are. */
import type { Cluster } from '../model/cluster.ts';
import type { Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { endpointPaths } from './endpoints.ts';
import { backendsOf, podNamed } from './facts.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import { nearest } from './vantages.ts';
import type { Vantages } from './vantages.ts';

/** Pods of one template declare alike: the second shows that the first is no exception. */
const MOST_PODS = 2;
/** A port that is open is open the first time; the second bears out a lost SYN. */
const ATTEMPTS = 2;

export function declaredPortPaths(cluster: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const doubtful = backendsOf(target).flatMap((backend) => {
    const pod = podNamed(cluster, backend.pod);
    const declared = (pod?.ports ?? []).filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port);
    const [first] = declared;
    return first === undefined || declared.includes(backend.port) ? [] : [{ ...backend, port: first }];
  });
  if (doubtful.length === 0) return [];
  return [
    ...endpointPaths(cluster, target, vantages),
    ...doubtful.slice(0, MOST_PODS).flatMap(({ address, port, node, pod }) => {
      const to: Destination = { kind: 'backend', address, port, node, pod };
      const from = nearest(vantages.controls, node);
      if (from === null) return [];
      return [
        {
          ...weighted('experiment', from, to, { kind: 'tcp', to: { address, port }, echo: false, bytes: 0 }),
          attempts: ATTEMPTS,
        },
      ];
    }),
  ];
}
