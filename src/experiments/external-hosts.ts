/** A host outside the cluster, from each vantage: its name as pods resolve it, and its address as it was resolved here. */
import type { Cluster } from '../model/cluster.ts';
import type { Destination } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

export function externalPaths(_: Cluster, target: Target, { local, askers }: Vantages): WeightedPath[] {
  if (target.kind !== 'external') return [];
  return target.direct.flatMap((far) => {
    const to: Destination = { kind: 'external', address: far.address, port: far.port };
    return [local, ...askers].flatMap((from) => [
      weighted('user', from, to, application(target, far)),
      ...(target.host === null
        ? []
        : [weighted('user', from, { kind: 'resolver', name: target.host }, { kind: 'resolver', name: target.host })]),
    ]);
  });
}
