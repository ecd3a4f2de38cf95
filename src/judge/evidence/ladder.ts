/** The SYN ladder of a path: who retransmitted how often, on which schedule, and how many SYNs get lost. */
import type { Sample } from '../../../probes/wire.ts';
import type { PathEvidence, Proportion, Rung, Shot } from './evidence.ts';
import { proportion } from './intervals.ts';
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
export function ladderOf(path: Pick<PathEvidence, 'ladder' | 'shots'>, sysctls: Sysctls): Ladder {
  const rungs = path.ladder;
  const live = scheduleFrom(sysctls);
  const schedule = live ?? inferred(rungs);
  const connected = rungs.filter((rung) => rung.connectMs !== null);
  const fitting = schedule === null ? 0 : connected.filter((rung) => fits(rung, schedule)).length;
  return {
    rungs,
    schedule,
    knownBy: live !== null ? 'sysctl' : schedule === null ? null : 'times',
    fitting: proportion(fitting, connected.length),
    loss: lossOf(path.shots, schedule),
  };
}

/** The connections among these that needed SYN retransmissions. */
export function rungsOf(shots: readonly Shot[], schedule: SynSchedule | null): readonly Rung[] {
  return shots.flatMap((shot) => {
    const retransmissions = retransmissionsOf(shot.sample, schedule);
    return retransmissions === 0 ? [] : [{ retransmissions, connectMs: connectMsOf(shot.sample), shot }];
  });
}

/**
 * SYN retransmissions of one connection. Its row in /proc/net/tcp is sampled and vanishes within a round trip of the last
 * retransmission, so one may be missed: the connect time on the schedule, backed by the namespace's counter, says so.
 */
export function retransmissionsOf(sample: Sample, schedule: SynSchedule | null): number {
  const counted = sample.counters['TcpExt.TCPSynRetrans'] ?? 0;
  const connectMs = connectMsOf(sample);
  if (counted <= sample.synRetransmissions || connectMs === null) return sample.synRetransmissions;
  const times = schedule?.retransmissionsMs ?? [];
  const step = 1 + times.findLastIndex((nominalMs) => isWithin(connectMs, nominalMs));
  return step > sample.synRetransmissions && step <= counted ? step : sample.synRetransmissions;
}

/** Time to connect; null where the connection was never made or there is none (UDP). */
export function connectMsOf(sample: Sample): number | null {
  const { outcome } = sample;
  const isDead = outcome.kind !== 'answered' && outcome.phase === 'connect';
  return isDead ? null : (sample.phases.connect ?? null);
}

/** A path of connects that never got an answer lost all its SYNs; a refusal is an answer to the last one. */
function lossOf(shots: readonly Shot[], schedule: SynSchedule | null): Proportion {
  let lost = 0;
  let sent = 0;
  for (const { sample } of shots) {
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

function fits(rung: Rung, schedule: SynSchedule): boolean {
  const nominalMs = schedule.retransmissionsMs[rung.retransmissions - 1];
  return nominalMs !== undefined && rung.connectMs !== null && isWithin(rung.connectMs, nominalMs);
}
