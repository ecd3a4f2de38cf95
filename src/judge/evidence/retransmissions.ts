/** SYN retransmissions of one connection, read from its sample. */
import type { Sample } from '../../../probes/wire.ts';
import type { Rung, Attempt } from './evidence.ts';
import type { SynSchedule } from './syn-schedule.ts';
import { isWithin } from './window.ts';

/** The connections among these that needed SYN retransmissions. */
export function rungsOf(attempts: readonly Attempt[], schedule: SynSchedule | null): readonly Rung[] {
  return attempts.flatMap((attempt) => {
    const retransmissions = retransmissionsOf(attempt.sample, schedule);
    return retransmissions === 0 || isStarved(attempt.sample)
      ? []
      : [{ retransmissions, connectMs: connectMsOf(attempt.sample), attempt }];
  });
}

/** The shortest SYN timer, milliseconds. */
const FIRST_SYN_TIMER_MS = 1000;

/**
 * The prober itself waited so long for a CPU that its node may have taken as long to take in an answer: what is repeated then need not have
 * been lost. Of a connect that nobody answered at all it excuses nothing.
 */
export function isStarved({ cpuWaitMs, outcome }: Sample): boolean {
  return outcome.kind === 'answered' && cpuWaitMs >= FIRST_SYN_TIMER_MS;
}

/** An event loop that stood still for this share of the connect may have made its time. */
const STALLED_SHARE = 0.3;

/**
 * Its row in /proc/net/tcp is sampled and vanishes within a round trip of the last retransmission, so one may be missed:
 * then the connect time on the schedule, backed by the namespace's counter, says so.
 */
export function retransmissionsOf(sample: Sample, schedule: SynSchedule | null): number {
  const counted = sample.counters['TcpExt.TCPSynRetrans'] ?? 0;
  const connectMs = connectMsOf(sample);
  if (counted <= sample.synRetransmissions || connectMs === null) return sample.synRetransmissions;
  if (sample.stalledMs > STALLED_SHARE * connectMs) return sample.synRetransmissions;
  const times = schedule?.retransmissionsMs ?? [];
  const step = 1 + times.findLastIndex((nominalMs) => isWithin(connectMs, nominalMs));
  return step > sample.synRetransmissions && step <= counted ? step : sample.synRetransmissions;
}

/** Time to connect, milliseconds; null where the connection was never made or there is none (UDP). */
export function connectMsOf({ outcome, phases }: Sample): number | null {
  const isDead = outcome.kind !== 'answered' && outcome.phase === 'connect';
  return isDead ? null : (phases.connect ?? null);
}
