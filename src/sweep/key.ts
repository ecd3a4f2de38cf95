/** What tells one target from all others. */
import type { SweepTarget } from '../model/sweep.ts';

/** `namespace/target` or `target`, and ` from WORKLOAD`. */
export function keyOf({ target, namespace, from }: Pick<SweepTarget, 'target' | 'namespace' | 'from'>): string {
  const where = namespace === null ? target : `${namespace}/${target}`;
  return from === null ? where : `${where} from ${from}`;
}
