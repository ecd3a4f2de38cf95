/** What every experiment is made from, and what it may say. */
import type { Cluster, Limitation, Node } from '../model/cluster.ts';
import type { Agent } from '../model/plan.ts';
import type { Target } from '../model/target.ts';
import type { WeightedPath } from './path.ts';

/** The agents that a run can have; it has those that some path needs. */
export interface Vantages {
  readonly nodes: readonly Node[];
  readonly local: Agent;
  readonly controls: readonly Agent[];
  readonly hosts: readonly Agent[];
  /** Those with the identity that the question is about: the ingress's, or that of `--from`; else the controls. */
  readonly sourcesUnderTest: readonly Agent[];
  /** Answering twins of backend pods. */
  readonly destinationTwins: readonly Agent[];
  /** How long kept connections are to idle, milliseconds. Absent or null: nobody asked. */
  readonly idleMs?: number | null;
}

/** All arms of one experiment. Others may have the same paths. */
export type PathMaker = (cluster: Cluster, target: Target, vantages: Vantages) => WeightedPath[];

/** What of one experiment these vantages cannot measure. */
export type LimitMaker = (cluster: Cluster, target: Target, vantages: Vantages) => Limitation[];

/** On the pod's own node there is no network between that could be at fault; null: there are none at all. */
export function nearest(controls: readonly Agent[], node: string | null): Agent | null {
  return controls.find((agent) => agent.node === node) ?? controls[0] ?? null;
}

/** Controls that are not under test themselves. */
export function neutralOf({ controls }: Vantages): Agent[] {
  return controls.filter((agent) => !agent.underTest);
}
