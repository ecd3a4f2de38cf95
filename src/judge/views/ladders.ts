/** The SYN ladders of several paths, summed up in words. */
import { count } from '../../model/format.ts';
import type { Evidence, PathEvidence, Proportion } from '../evidence/evidence.ts';
import { hellosOf } from '../evidence/delay.ts';
import { proportion } from '../evidence/intervals.ts';
import { ladderOf } from '../evidence/ladder.ts';
import { isWithin } from '../evidence/window.ts';

export interface LadderSum {
  /** e.g. `1, 2, 3, 4, 5, 7 s`, or `unknown`. */
  readonly schedule: string;
  /** e.g. "1 retransmission (5 times, 1.02 s)". */
  readonly says: string;
  /** Nearly all connects that got through did so at the times of their schedule. */
  readonly fits: boolean;
  readonly loss: Proportion;
  /** A delay that lost SYNs alone would make, for a proxy that connects on the way. */
  readonly isOnSchedule: (ms: number) => boolean;
}

/** One in five may be off: a connect can meet a loss and a busy machine at once. */
const FITTING_SHARE = 0.8;

export function sumLadders(evidence: Evidence, paths: readonly PathEvidence[]): LadderSum {
  const hellos = hellosOf(evidence);
  const sysctlsOf = (agent: string) => hellos.get(agent)?.sysctls ?? {};
  const ladders = paths.map((path) => ladderOf(path, sysctlsOf(path.from.id)));
  const sum = (pick: (ladder: (typeof ladders)[number]) => Proportion) =>
    proportion(total(ladders.map((each) => pick(each).count)), total(ladders.map((each) => pick(each).of)));
  const fitting = sum((ladder) => ladder.fitting);
  const times = ladders.flatMap((ladder) => ladder.schedule?.retransmissionsMs ?? []);
  const steps = Map.groupBy(
    ladders.flatMap((ladder) => ladder.rungs),
    (rung) => rung.retransmissions,
  );
  return {
    schedule: scheduleWords(ladders.find((ladder) => ladder.schedule !== null)?.schedule?.retransmissionsMs ?? []),
    says: [...steps]
      .toSorted(([a], [b]) => a - b)
      .map(([retransmissions, rungs]) => `${count(retransmissions, 'retransmission')} (${count(rungs.length, 'time')})`)
      .join(', '),
    fits: fitting.of > 0 && fitting.share >= FITTING_SHARE,
    loss: sum((ladder) => ladder.loss),
    isOnSchedule: (ms) => times.some((nominal) => isWithin(ms, nominal)),
  };
}

function scheduleWords(times: readonly number[]): string {
  return times.length === 0
    ? 'schedule unknown'
    : `${times
        .slice(0, 6)
        .map((ms) => ms / 1000)
        .join(', ')} s`;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
