/** All experiments that were asked for, as one list of paths: the same path is made once, for all that it is an arm of. */
import type { Cluster } from '../../model/cluster.ts';
import type { ExperimentId } from '../../model/experiment.ts';
import type { Target } from '../../model/target.ts';
import type { Vantages } from '../cast.ts';
import { dnsPaths } from './dns.ts';
import { endpointPaths, identityPaths, servicePaths } from './endpoints.ts';
import { entryPaths, externalPaths } from './entries.ts';
import { nodePaths } from './nodes.ts';
import { WEIGHTS } from './path.ts';
import type { WeightedPath } from './path.ts';

export interface Question {
  readonly cluster: Cluster;
  readonly target: Target;
  readonly vantages: Vantages;
  readonly experiments: readonly ExperimentId[];
}

export function pathsFor({ cluster, target, vantages, experiments }: Question): WeightedPath[] {
  const all = [
    ...entryPaths(cluster, target, vantages),
    ...externalPaths(target, vantages),
    ...endpointPaths(cluster, target, vantages),
    ...servicePaths(target, vantages),
    ...identityPaths(target, vantages),
    ...nodePaths(vantages),
    ...dnsPaths(cluster, target, vantages),
  ];
  const isAsked = ({ path }: WeightedPath) => path.experiments.some((id) => experiments.includes(id));
  return [...Map.groupBy(all.filter(isAsked), ({ path }) => path.id).values()].map(united);
}

/** Tried as often as the experiment wants it that wants it most. */
function united(same: readonly WeightedPath[]): WeightedPath {
  const [most = same[0]] = same.toSorted((a, b) => WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight));
  if (most === undefined) throw new Error('a group has a member');
  const experiments = [...new Set(same.flatMap(({ path }) => path.experiments))];
  return { ...most, path: { ...most.path, experiments } };
}
