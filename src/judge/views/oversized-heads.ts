/** Answers whose head is longer than what the proxy takes from an endpoint, and what the proxy then says. */
import type { HeadLimit } from '../../model/cluster.ts';
import { ruleOf } from '../../model/route-match.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { controllerOf } from '../evidence/proxy.ts';

/** What nginx says of an answer that it cannot use (RFC 9110, 15.6.3). */
const BAD_GATEWAY = 502;

export interface OversizedHeads {
  readonly limit: HeadLimit;
  /** Straight to endpoints: those that answered with a longer head each time. */
  readonly paths: readonly PathEvidence[];
  /** Straight to endpoints: those that did not. */
  readonly fitting: readonly PathEvidence[];
  /** Longest head, bytes. */
  readonly headBytes: number;
  /** Through the proxy. */
  readonly entries: readonly PathEvidence[];
}

/** null: no head is longer, or nothing is known of what the proxy takes. */
export const oversizedHeads = derived((evidence: Evidence): OversizedHeads | null => {
  const { cluster, target, paths } = evidence;
  const limit = ruleOf(cluster.routes, target)?.headLimit ?? controllerOf(evidence)?.headLimit ?? null;
  if (limit === null) return null;
  const asked = paths.filter(({ path, answered }) => path.probe.kind === 'http' && answered.length > 0);
  const direct = asked.filter(({ path: { to } }) => to.kind === 'backend');
  const isLonger = ({ answered }: PathEvidence) => answered.every((each) => headOf(each) > limit.bytes);
  const longer = direct.filter(isLonger);
  if (longer.length === 0) return null;
  return {
    limit,
    paths: longer,
    fitting: direct.filter((path) => !isLonger(path)),
    headBytes: Math.max(...longer.flatMap(({ answered }) => answered.map(headOf))),
    entries: asked.filter(({ path: { to } }) => to.kind === 'entry'),
  };
});

export function isBadGateway({ sample: { http } }: Attempt): boolean {
  return http?.status === BAD_GATEWAY;
}

/** 0: shorter than is told. */
function headOf({ sample: { http } }: Attempt): number {
  return http?.headBytes ?? 0;
}
