/** The samples of one path, summed up. */
import type { Phase, Sample } from '../../../probes/wire.ts';
import type { Agent, Path } from '../../model/plan.ts';
import type { PathEvidence, PathState, Rung, Shot } from './evidence.ts';
import { proportion } from './intervals.ts';
import { retransmissionsOf, rungsOf } from './retransmissions.ts';
import { modesOf } from './modes.ts';
import { reasonsOf } from './refusal.ts';
import type { SynSchedule } from './syn-schedule.ts';
import { useOf } from './usable.ts';

/** One path with all that was recorded on it. */
export interface Measured {
  readonly path: Path;
  readonly from: Agent;
  readonly to: Agent | null;
  /** All samples of this path, usable or not. */
  readonly shots: readonly Shot[];
  /** Of the namespace that the probes started in; null where it was not read. */
  readonly schedule: SynSchedule | null;
  readonly slowAfterMs: number;
}

export function pathEvidence(measured: Measured): PathEvidence {
  const { path, from, to, schedule, slowAfterMs } = measured;
  const uses = measured.shots.map(({ sample }) => useOf(sample, retransmissionsOf(sample, schedule), slowAfterMs));
  const answered = measured.shots.filter((_, index) => uses[index] === 'answered');
  const unanswered = measured.shots.filter((_, index) => uses[index] === 'unanswered');
  const shots = measured.shots.filter((_, index) => uses[index] !== 'set-aside');
  const ladder = rungsOf(shots, schedule);
  return {
    path,
    from,
    to,
    state: stateOf(answered, unanswered, ladder),
    shots,
    setAside: measured.shots.length - shots.length,
    answered,
    unanswered,
    lost: proportion(unanswered.length, shots.length),
    modes: modesOf(shots.filter(({ sample }) => hasEnded(sample)).map((shot) => ({ ms: shot.sample.totalMs, shot }))),
    ladder,
    seenAs: addressesSeen(answered.length > 0 ? answered : shots),
    median: medianOver(answered),
  };
}

function stateOf(answered: readonly Shot[], unanswered: readonly Shot[], ladder: readonly Rung[]): PathState {
  if (answered.length + unanswered.length === 0) return 'unmeasured';
  if (answered.length > 0) return unanswered.length > 0 || ladder.length > 0 ? 'lossy' : 'open';
  const reasons = new Set(reasonsOf(unanswered.map(({ sample }) => sample)));
  const [only] = reasons;
  return reasons.size === 1 && only !== undefined && only !== 'other' ? only : 'dead';
}

/** An attempt that the prober gave up, or that the end of the run cut, has no time of its own. */
function hasEnded({ outcome }: Sample): boolean {
  if (outcome.kind === 'cut') return false;
  return outcome.kind !== 'silent' || outcome.code !== null;
}

function addressesSeen(shots: readonly Shot[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { sample } of shots) {
    if (sample.seen === null) continue;
    const address = withoutPort(sample.seen);
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([address]) => address);
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `::ffff:10.0.0.1` and bare addresses alike: the address, IPv4 where it is mapped. */
export function withoutPort(endpoint: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(endpoint)?.[1];
  const plain = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(endpoint)?.[1];
  const mappedWithPort = /^(::ffff:\d+\.\d+\.\d+\.\d+):\d+$/i.exec(endpoint)?.[1];
  return (bracketed ?? plain ?? mappedWithPort ?? endpoint).replace(/^::ffff:(?=\d+\.\d+\.)/i, '');
}

function medianOver(answered: readonly Shot[]): PathEvidence['median'] {
  const known = new Map<Phase | 'total', number | null>();
  return (phase) => {
    const before = known.get(phase);
    if (before !== undefined) return before;
    const values = answered
      .map(({ sample }) => (phase === 'total' ? sample.totalMs : sample.phases[phase]))
      .filter((ms) => ms !== undefined)
      .toSorted((a, b) => a - b);
    const middle = values.length / 2;
    const low = values[Math.ceil(middle) - 1];
    const high = values[Math.floor(middle)];
    const median = low === undefined || high === undefined ? null : (low + high) / 2;
    known.set(phase, median);
    return median;
  };
}
