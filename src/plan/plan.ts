/** Pure: cluster + target → what a run will do. */
import type { Cluster } from '../model/cluster.ts';
import type { Plan } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { castAgents } from './cast.ts';
import { choosePaths, unresolvedGaps } from './paths.ts';
import { assignShots } from './shots.ts';
import type { Timing } from './shots.ts';

export interface PlanSettings extends Timing {
  /** Pods on the host network may be made (`--no-host` forbids them). */
  readonly hostVantages: boolean;
  /** Instead of twins of the pods of `--from`, containers in them. Absent: no. */
  readonly inside?: boolean;
}

export function makePlan(cluster: Cluster, target: Target, settings: PlanSettings): Plan {
  const cast = castAgents(cluster, target, settings);
  const everyone = [cast.local, ...cast.controls, ...cast.hosts, ...cast.askers, ...cast.stands];
  const paths = choosePaths(cluster, target, cast);
  const wanted = new Set(paths.flatMap(({ path: { from, to } }) => (to.kind === 'agent' ? [from, to.agent] : [from])));
  const agents = [...new Map(everyone.map((agent) => [agent.id, agent])).values()].filter(({ id }) => wanted.has(id));
  return {
    agents,
    paths: paths.map(({ path }) => path),
    gaps: [...cast.gaps, ...unresolvedGaps(target)],
    assignments: assignShots(agents, paths, settings),
  };
}
