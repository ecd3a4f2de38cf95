/** The timers that are drawn into the charts: those that findings name, the ingress's own, and the kernel's repeated SYNs. */
import type { Sample } from '../../../probes/wire.ts';
import { scheduleFrom, synSchedule } from '../../judge/evidence/syn-schedule.ts';
import type { Recording } from '../../model/recording.ts';
import type { Verdict } from '../../model/verdict.ts';

export interface DrawnTimer {
  readonly name: string;
  readonly ms: number;
}

/** An attempt bears the mark of a timer when it ended at it or soon after: the rest of the request comes on top. */
const JUST_BEFORE = 0.95;
const SOON_AFTER = 1.25;
/** Linux 6.5 and later, where an agent's sysctls are unknown. */
const DEFAULT_LINEAR_TIMEOUTS = 4;

/** Timers by which requests of this run may have waited, by duration. */
export function timersOf(verdict: Verdict, recording: Recording): DrawnTimer[] {
  const named = verdict.findings.flatMap(({ timer }) => (timer === null ? [] : [timer]));
  const proxies = recording.cluster.controllers
    .filter(({ className }) => className === recording.target.className)
    .flatMap(({ implementation, connectTimeoutMs }) =>
      connectTimeoutMs === null ? [] : [{ name: `${implementation} connect timeout`, ms: connectTimeoutMs }],
    );
  const timers = new Map<number, DrawnTimer>();
  for (const timer of [...proxies, ...named]) if (timer.ms > 0) timers.set(timer.ms, timer);
  return [...timers.values()].toSorted((a, b) => a.ms - b.ms);
}

/** Those of `timers` at which one of these attempts ended. */
export function marked(timers: readonly DrawnTimer[], samples: readonly Sample[]): DrawnTimer[] {
  const isAt = (ms: number) => (sample: Sample) =>
    sample.totalMs >= ms * JUST_BEFORE && sample.totalMs <= ms * SOON_AFTER && sample.outcome.kind !== 'cut';
  return timers.filter(({ ms }) => samples.some(isAt(ms)));
}

/** When the kernel of this agent sent its SYN again during these attempts, in milliseconds after the first; empty where it did not. */
export function synRetransmissionsMs(samples: readonly Sample[], recording: Recording, agent: string): number[] {
  const most = Math.max(0, ...samples.map(({ synRetransmissions }) => synRetransmissions));
  if (most === 0) return [];
  const hello = recording.hellos.find((each) => each.agent === agent);
  const schedule = scheduleFrom(hello?.sysctls ?? {}) ?? synSchedule(DEFAULT_LINEAR_TIMEOUTS);
  return schedule.retransmissionsMs.slice(0, most);
}
