/** Limits of requests that the target's route declares, and the answers by which they are met. */
import type { Sample } from '../../../probes/wire.ts';
import type { RequestLimit } from '../../model/cluster.ts';
import { TOO_MANY_REQUESTS, UNAVAILABLE } from '../../model/limit-statuses.ts';
import { ruleOf } from '../../model/route-match.ts';
import type { Evidence } from './evidence.ts';
import { controllerOf } from './proxy.ts';

/** The answer itself says that a limit was met. */
export function saysTooMany({ http }: Pick<Sample, 'http'>): boolean {
  return http?.status === TOO_MANY_REQUESTS;
}

export interface DeclaredLimit extends RequestLimit {
  readonly status: number;
}

type Question = Pick<Evidence, 'cluster' | 'target'>;

/** Each with the status that answers what is beyond it. */
export function declaredLimits(question: Question): DeclaredLimit[] {
  const { limits = [] } = ruleOf(question.cluster.routes, question.target) ?? {};
  const set = controllerOf(question)?.limitStatus;
  return limits.map((each) => ({
    ...each,
    status: each.status ?? (each.inMs === null ? set?.connections : set?.requests) ?? UNAVAILABLE,
  }));
}
