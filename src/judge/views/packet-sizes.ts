/** Large answers between probe pods, and the small ones beside them. */
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { duration } from '../../model/format.ts';
import { isLarge } from './hops.ts';
import { meshOf } from './mesh.ts';

/** Between probe pods, and measured. */
export function largePaths({ paths }: Evidence): PathEvidence[] {
  return paths.filter((path) => path.to !== null && isLarge(path) && path.state !== 'unmeasured');
}

/** The same pairs as these with a small answer. */
export function smallBeside(evidence: Evidence, large: readonly PathEvidence[]): Contrast {
  const small = large.map(({ from, to }) => meshOf(evidence).between(from.node ?? '', to?.node ?? '')?.path ?? null);
  const answered = small.filter((path) => path !== null).filter(isWorking);
  return {
    label: 'Small',
    holds: small.includes(null) ? null : answered.length === small.length,
    says: `small answers between the same nodes take ${duration(answered[0]?.median('total') ?? 0)}`,
    attempts: answered.flatMap((path) => path.answered).slice(0, 10),
    settles: 'Ask for a small answer between the same nodes.',
  };
}
