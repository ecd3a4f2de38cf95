/** The SYN ladder of a path: who retransmitted how often, on which schedule, and how many SYNs get lost. */
import type { PathEvidence, Proportion, Rung, Attempt } from './evidence.ts';
import { proportion } from './intervals.ts';
import { retransmissionsOf } from './retransmissions.ts';
import { scheduleFrom, synSchedule } from './syn-schedule.ts';
import type { SynSchedule } from './syn-schedule.ts';
import { isWithin } from './window.ts';

type Sysctls = Readonly<Record<string, string | null>>;

/** What the SYN retransmissions of one path amount to. */
export interface Ladder {
  readonly rungs: readonly Rung[];
  /** null: the sysctl was not read and the times do not tell. */
  readonly schedule: SynSchedule | null;
  readonly knownBy: 'sysctl' | 'times' | null;
  /** How many of the connections that got through did so when their schedule says. */
  readonly fitting: Proportion;
  /** Lost SYNs (or their answers) of all SYNs sent, each one a trial. */
  readonly loss: Proportion;
}

/** Sums up the ladder of a path; `sysctls` are those of the namespace that the probes started in. */
export function ladderOf(path: Pick<PathEvidence, 'ladder' | 'attempts'>, sysctls: Sysctls): Ladder {
  const rungs = path.ladder;
  const live = scheduleFrom(sysctls);
  const schedule = live ?? inferred(rungs);
  const connected = rungs.filter((rung) => rung.connectMs !== null);
  const fitting = connected.filter((rung) => fits(rung, schedule)).length;
  return {
    rungs,
    schedule,
    knownBy: live !== null ? 'sysctl' : schedule === null ? null : 'times',
    fitting: proportion(fitting, connected.length),
    loss: lossOf(path.attempts, schedule),
  };
}

/** A path of connects that never got an answer lost all its SYNs; a refusal is an answer to the last one. */
function lossOf(attempts: readonly Attempt[], schedule: SynSchedule | null): Proportion {
  let lost = 0;
  let sent = 0;
  for (const { sample } of attempts) {
    if (sample.phases.connect === undefined) continue;
    const { outcome } = sample;
    const retransmissions = retransmissionsOf(sample, schedule);
    const isUnanswered = (outcome.kind === 'silent' || outcome.kind === 'cut') && outcome.phase === 'connect';
    lost += retransmissions + (isUnanswered ? 1 : 0);
    sent += retransmissions + 1;
  }
  return proportion(lost, sent);
}

/** Only rungs beyond the first tell the schedules apart: 2 s against 3 s, 3 s against 7 s. */
function inferred(rungs: readonly Rung[]): SynSchedule | null {
  const linear = synSchedule(4);
  const exponential = synSchedule(0);
  const telling = rungs.filter((rung) => rung.connectMs !== null && rung.retransmissions > 1);
  const asLinear = telling.filter((rung) => fits(rung, linear)).length;
  const asExponential = telling.filter((rung) => fits(rung, exponential)).length;
  if (asLinear === asExponential) return null;
  return asLinear > asExponential ? linear : exponential;
}

/** Without a known schedule only the first rung can be checked: it is at 1 s on both. */
function fits({ retransmissions, connectMs }: Rung, schedule: SynSchedule | null): boolean {
  const nominalMs = (schedule ?? synSchedule(0, 1)).retransmissionsMs[retransmissions - 1];
  return nominalMs !== undefined && connectMs !== null && isWithin(connectMs, nominalMs);
}
