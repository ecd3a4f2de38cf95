/** The SYN ladder of some paths: how often connects retransmitted, on which schedule, and how many SYNs get lost. */
import type { Hello } from '../../../probes/wire.ts';
import { duration } from '../../model/format.ts';
import type { PathEvidence, Proportion, Rung } from './evidence.ts';
import { proportion } from './intervals.ts';
import { retransmissionsOf } from './retransmissions.ts';
import { scheduleFrom, synSchedule } from './syn-schedule.ts';
import type { SynSchedule } from './syn-schedule.ts';
import { isWithin } from './window.ts';

/** Of the times on a ladder, at least this share must stand where the schedule says; the rest may be the peer's doing. */
const ENOUGH_FIT = 0.9;
/** Rungs that tell the schedules apart and are ever waited for; later ones are the same doubling. */
const NAMED_RUNGS = 6;

export interface Ladder {
  readonly rungs: readonly Rung[];
  /** Its first times, `1-2-3-4-5-7 s` or `1-3-7-15-31-63 s`; both where the vantages differ, `unknown` where nothing tells. */
  readonly schedule: string;
  readonly knownBy: 'sysctl' | 'times' | null;
  /** Connections that got through when their schedule says, of all that got through after a retransmission. */
  readonly fitting: Proportion;
  readonly fits: boolean;
  /** Lost SYNs (or lost answers to them) of all SYNs sent, each one a trial. */
  readonly loss: Proportion;
  /** "1 to 3 SYN retransmissions and connected after 1.02 s to 3.1 s". */
  readonly says: string;
  /** Whether a time, milliseconds, is one that this ladder makes. */
  isOnSchedule(ms: number): boolean;
}

/** Sums up the ladder of these paths; each path's schedule is that of the vantage it starts from. */
export function describeLadder(paths: readonly PathEvidence[], hellos: readonly Hello[]): Ladder {
  const live = new Map(hellos.map((hello) => [hello.agent, scheduleFrom(hello.sysctls)]));
  const rungs = paths.flatMap((path) => path.ladder);
  const guess = inferred(rungs);
  const scheduled = paths.map((path) => ({ path, schedule: live.get(path.from.id) ?? guess }));
  const schedules = [...new Map(scheduled.map(({ schedule }) => [nameOf(schedule), schedule]))];
  const connected = rungs.filter((rung) => rung.connectMs !== null);
  const onTime = scheduled.flatMap(({ path, schedule }) => path.ladder.filter((rung) => fits(rung, schedule)));
  const fitting = proportion(onTime.length, connected.length);
  const isLive = paths.length > 0 && paths.every((path) => (live.get(path.from.id) ?? null) !== null);
  return {
    rungs,
    schedule: schedules.map(([name]) => name).join(' and ') || nameOf(null),
    knownBy: isLive ? 'sysctl' : guess === null ? null : 'times',
    fitting,
    fits: fitting.of > 0 && fitting.share >= ENOUGH_FIT,
    loss: lossOf(scheduled),
    says: sentence(rungs),
    isOnSchedule: (ms) =>
      schedules.some(
        ([, schedule]) => schedule?.retransmissionsMs.some((nominalMs) => isWithin(ms, nominalMs)) ?? false,
      ),
  };
}

interface Scheduled {
  readonly path: PathEvidence;
  readonly schedule: SynSchedule | null;
}

/** A connect that never got an answer lost all its SYNs; a refusal is an answer to the last one. */
function lossOf(scheduled: readonly Scheduled[]): Proportion {
  let lost = 0;
  let sent = 0;
  for (const { path, schedule } of scheduled) {
    for (const { sample } of path.shots) {
      if (sample.phases.connect === undefined) continue;
      const { outcome } = sample;
      const retransmissions = retransmissionsOf(sample, schedule);
      const isUnanswered = (outcome.kind === 'silent' || outcome.kind === 'cut') && outcome.phase === 'connect';
      lost += retransmissions + (isUnanswered ? 1 : 0);
      sent += retransmissions + 1;
    }
  }
  return proportion(lost, sent);
}

/** Only rungs beyond the first tell the schedules apart: 2 s against 3 s, 3 s against 7 s. */
function inferred(rungs: readonly Rung[]): SynSchedule | null {
  const [linear, exponential] = [synSchedule(4), synSchedule(0)];
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

function nameOf(schedule: SynSchedule | null): string {
  if (schedule === null) return 'unknown';
  return `${schedule.retransmissionsMs
    .slice(0, NAMED_RUNGS)
    .map((ms) => ms / 1000)
    .join('-')} s`;
}

function sentence(rungs: readonly Rung[]): string {
  const counts = rungs.map((rung) => rung.retransmissions);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const waits = rungs.map((rung) => rung.connectMs).filter((ms) => ms !== null);
  const [shortest, longest] = [duration(Math.min(...waits)), duration(Math.max(...waits))];
  if (rungs.length === 0) return 'no SYN retransmission';
  const often = `${fewest === most ? '' : `${fewest} to `}${most} SYN retransmission${most === 1 ? '' : 's'}`;
  if (waits.length === 0) return `${often} and never connected`;
  return `${often} and connected after ${shortest}${shortest === longest ? '' : ` to ${longest}`}`;
}
