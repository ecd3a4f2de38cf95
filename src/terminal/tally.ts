/** The present state of a run, made of the events so far. */
import type { Progress } from '../model/progress.ts';

type PathEvent = Extract<Progress, { kind: 'path' }>;
type AgentEvent = Extract<Progress, { kind: 'agent' }>;

export interface Tally {
  stage: string;
  says: string;
  readonly agents: Map<string, AgentEvent>;
  /** By id; the one that changed last is last. */
  readonly paths: Map<string, PathEvent>;
  limitations: number;
  /** Of a sweep: those with a verdict, and how many of them are not healthy. */
  targets: number;
  unhealthy: number;
}

export function emptyTally(): Tally {
  return { stage: '', says: '', agents: new Map(), paths: new Map(), limitations: 0, targets: 0, unhealthy: 0 };
}

/** Adds one event. */
export function count(tally: Tally, event: Progress): void {
  switch (event.kind) {
    case 'stage':
      tally.stage = event.stage;
      tally.says = event.says;
      return;
    case 'agent':
      tally.agents.set(event.agent, event);
      return;
    case 'path':
      tally.paths.delete(event.id);
      tally.paths.set(event.id, event);
      return;
    case 'target':
      tally.targets += 1;
      if (event.status !== 'healthy') tally.unhealthy += 1;
      return;
    case 'limitation':
      tally.limitations += 1;
      return;
    default:
      event satisfies never;
  }
}

export interface Totals {
  readonly paths: number;
  readonly pathsDone: number;
  readonly schedules: number;
  readonly shotsDone: number;
}

export function totals(tally: Tally): Totals {
  const all = [...tally.paths.values()];
  return {
    paths: all.length,
    pathsDone: all.filter(({ done, planned }) => done >= planned).length,
    schedules: all.reduce((sum, { planned }) => sum + planned, 0),
    shotsDone: all.reduce((sum, { done }) => sum + done, 0),
  };
}
