/**
 * The controlled experiment: from one source to the twin of a backend and to a control beside it. What differs is the
 * policy's doing. The control also answers on a port that nobody chose, so that "this port" is told from "this node".
 */
import type { Cluster } from '../model/cluster.ts';
import type { Target } from '../model/target.ts';
import { echo } from './echo.ts';
import { backendsOf } from './facts.ts';
import type { WeightedPath } from './path.ts';
import { neutralOf } from './vantages.ts';
import type { Vantages } from './vantages.ts';

export function identityPaths(_: Cluster, target: Target, vantages: Vantages): WeightedPath[] {
  const port = backendsOf(target)[0]?.port ?? null;
  const nodes = new Set(backendsOf(target).map((backend) => backend.node));
  const beside = vantages.controls.filter((agent) => nodes.size === 0 || nodes.has(agent.node));
  return [...vantages.sourcesUnderTest, ...neutralOf(vantages)].flatMap((from) => [
    ...vantages.destinationTwins.map((stand) => echo(from, stand, port)),
    ...beside.filter((control) => control.id !== from.id).map((control) => echo(from, control, port)),
    ...beside.filter((control) => control.id !== from.id).map((control) => echo(from, control, null)),
  ]);
}
