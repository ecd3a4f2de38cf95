/** Who was to send what is followed and sent nothing, and how far it came: for whom placing has nothing to tell. Pure. */
import type { Hello, Sample } from '../../../probes/wire.ts';
import type { Limitation } from '../../model/cluster.ts';
import type { Plan } from '../../model/plan.ts';

export interface Sent {
  readonly hellos: readonly Pick<Hello, 'agent'>[];
  readonly samples: readonly Pick<Sample, 'path'>[];
  /** Told of it already. */
  readonly limitations: readonly Limitation[];
}

export function unsent(
  { assignments }: Pick<Plan, 'assignments'>,
  { hellos, samples, limitations }: Sent,
): Limitation[] {
  return Object.values(assignments).flatMap(({ agent, schedules }) => {
    const hasSent = samples.some(({ path }) => schedules.some((schedule) => schedule.path === path));
    const isTold = limitations.some(({ subject }) => subject?.kind === 'agent' && subject.agent === agent);
    if (schedules.length === 0 || hasSent || isTold) return [];
    const because = hellos.some((hello) => hello.agent === agent)
      ? 'it was there, and had begun no attempt by the end'
      : 'its pod runs, and had said nothing by the end';
    return [{ what: `agent ${agent}`, because, subject: { kind: 'agent', agent } }];
  });
}
