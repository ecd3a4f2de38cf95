/** Which targets are worth telling somebody about who did not ask. Pure. */
import type { Finding } from '../model/verdict.ts';
import type { Change, SweepReport, TargetReport } from '../model/sweep.ts';

/** In the order in which they are told. */
const TOLD: readonly Change[] = ['new', 'worse', 'first', 'gone'];

/**
 * New faults, worse ones, faults at the first look (else a sweep without a history would never tell any), and those that are gone, in
 * this order and otherwise in that of the file.
 */
export function newsOf({ targets }: SweepReport): TargetReport[] {
  return targets
    .filter(({ change, state }) => (change === 'first' ? state === 'faulty' : TOLD.includes(change)))
    .sort((a, b) => TOLD.indexOf(a.change) - TOLD.indexOf(b.change));
}

/**
 * Faults that began or ended, for Kubernetes Events. A fault at the first look counts only where there is something to compare with:
 * without a history each sweep would say the same again.
 */
export function stateChangesOf(report: SweepReport): TargetReport[] {
  return newsOf(report).filter(({ change }) => change !== 'worse' && (change !== 'first' || report.before !== null));
}

/** What explains most; null for a target that is well, whatever its verdict says (`unreachable`, as expected). */
export function topFinding({ state, verdict }: TargetReport): Finding | null {
  return state === 'healthy' ? null : (verdict?.findings[0] ?? null);
}
