/** A host outside the cluster, from each vantage: its name as pods resolve it, and its address as it was resolved here, where it was. */
import type { Cluster, Limitation } from '../model/cluster.ts';
import type { Target } from '../model/target.ts';
import { application } from './application.ts';
import { weighted } from './path.ts';
import type { WeightedPath } from './path.ts';
import type { Vantages } from './vantages.ts';

export function externalPaths(_: Cluster, target: Target, { local, sourcesUnderTest }: Vantages): WeightedPath[] {
  if (target.kind !== 'external') return [];
  // Of a name that it does not resolve, this machine has nothing more to tell.
  const vantages = target.direct.length === 0 ? sourcesUnderTest : [local, ...sourcesUnderTest];
  return vantages.flatMap((from) => [
    ...target.direct.map(({ address, port }) =>
      weighted('user', from, { kind: 'external', address, port }, application(target, { address, port })),
    ),
    ...(target.host === null
      ? []
      : [weighted('user', from, { kind: 'resolver', name: target.host }, { kind: 'resolver', name: target.host })]),
  ]);
}

/** What is not measured of a host outside whose name this machine does not resolve. */
export function unresolvedLimits(_: Cluster, { kind, host, direct }: Target): Limitation[] {
  if (kind !== 'external' || host === null || direct.length > 0) return [];
  const because = 'this machine does not resolve the name: the probes look it up, and nothing connects to it';
  return [{ what: `connects to ${host}`, because, subject: { kind: 'name', name: host } }];
}
