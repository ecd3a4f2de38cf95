/** Pure: cluster + target → what a run will do. */
import { limitsOf, pathsOf } from '../experiments/index.ts';
import type { Cluster } from '../model/cluster.ts';
import { experiments } from '../model/experiment.ts';
import type { ExperimentId } from '../model/experiment.ts';
import type { Plan } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import { chooseVantages } from './vantages.ts';
import { assignSchedules } from './schedules.ts';
import type { Timing } from './schedules.ts';

export interface PlanSettings extends Timing {
  /** Pods on the host network may be made (`--no-host` forbids them). */
  readonly hostVantages: boolean;
  /** Instead of twins of the pods of `--from`, containers in them. Absent: no. */
  readonly inside?: boolean;
  /** How long kept connections are to idle, milliseconds. Absent or null: nobody asked. */
  readonly idleMs?: number | null;
  /** Only paths of these are made. Absent: of all. */
  readonly experiments?: readonly ExperimentId[];
}

const EVERY_EXPERIMENT = Object.keys(experiments) as ExperimentId[];

export function makePlan(cluster: Cluster, target: Target, settings: PlanSettings): Plan {
  const vantages = { ...chooseVantages(cluster, target, settings), idleMs: settings.idleMs ?? null };
  const everyone = [
    vantages.local,
    ...vantages.controls,
    ...vantages.hosts,
    ...vantages.sourcesUnderTest,
    ...vantages.destinationTwins,
  ];
  const wantedExperiments = settings.experiments ?? EVERY_EXPERIMENT;
  const paths = pathsOf(wantedExperiments, cluster, target, vantages);
  const wanted = new Set(paths.flatMap(({ path: { from, to } }) => (to.kind === 'agent' ? [from, to.agent] : [from])));
  const agents = [...new Map(everyone.map((agent) => [agent.id, agent])).values()].filter(({ id }) => wanted.has(id));
  return {
    agents,
    paths: paths.map(({ path }) => path),
    limitations: [...vantages.limitations, ...limitsOf(wantedExperiments, cluster, target, vantages)],
    assignments: assignSchedules(agents, paths, settings),
  };
}
