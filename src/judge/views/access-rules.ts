/** Answers that a proxy gives, or is late with, before the request has come to an endpoint, beside what its route has it ask or refuse. */
import type { AccessRule } from '../../model/cluster.ts';
import { ruleOf } from '../../model/route-match.ts';
import { derived } from '../derived.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { hellosOf } from '../evidence/delay.ts';
import { inIpBlock } from '../policy/address.ts';

export interface MetRule {
  readonly rule: AccessRule;
  /** Through the proxy: those that met it each time, and those that never did. */
  readonly met: readonly PathEvidence[];
  readonly spared: readonly PathEvidence[];
  /** Straight to endpoints, all served at once. */
  readonly straight: readonly PathEvidence[];
}

/** What each setting answers where it refuses (ingress-nginx, annotations.md; nginx: ngx_http_access_module, ngx_http_auth_request_module, 400 and 403 of ssl_verify_client). */
const REFUSALS: Readonly<Record<AccessRule['setting'], readonly number[]>> = {
  'allowlist-source-range': [403],
  'whitelist-source-range': [403],
  'denylist-source-range': [403],
  'auth-url': [401, 403, 500, 502, 503, 504],
  'auth-type': [401, 503],
  'auth-tls-secret': [400, 403, 495, 496],
  'enable-modsecurity': [403],
};

/** From here on HTTP says that somebody did wrong (RFC 9110, 15.5). */
const FIRST_ERROR = 400;
/** And from here on that the server did (15.6). */
const FIRST_FAILURE = 500;

/** null: none is set, none is met, or the endpoints do as much by themselves. */
export const metRule = derived((evidence: Evidence): MetRule | null => {
  const { cluster, target, paths, symptoms, slowAfterMs } = evidence;
  const rules = target.kind === 'ingress' ? (ruleOf(cluster.routes, target)?.access ?? []) : [];
  const asked = paths.filter(({ path, attempts }) => path.probe.kind === 'http' && attempts.length > 0);
  const straight = asked.filter(({ path: { to } }) => to.kind === 'backend');
  const hindered = new Set(symptoms.map(({ attempt }) => attempt));
  // Late ones whose prober had no CPU tell nothing: neither that the rule was met, nor that it was not.
  const isQuick = (attempt: Attempt) => isWell(attempt) && attempt.sample.totalMs < slowAfterMs;
  if (straight.length === 0 || !straight.every(({ attempts }) => attempts.every(isQuick))) return null;
  const entries = asked
    .filter(({ path: { to } }) => to.kind === 'entry')
    .map((path) => ({ path, telling: path.attempts.filter((each) => hindered.has(each) || isQuick(each)) }))
    .filter(({ telling }) => telling.length > 0);
  for (const rule of rules) {
    const met = entries.filter(({ telling }) => telling.every((each) => hindered.has(each) && meets(rule, each)));
    const spared = entries.filter(({ telling }) => telling.every((each) => !hindered.has(each)));
    if (met.length === 0 || met.length + spared.length < entries.length) continue;
    return { rule, met: met.map(({ path }) => path), spared: spared.map(({ path }) => path), straight };
  }
  return null;
});

function isWell({ sample: { outcome, http } }: Attempt): boolean {
  return outcome.kind === 'answered' && (http?.status ?? 0) < FIRST_ERROR;
}

/** Who brings a password, a cookie or a certificate may well be let in: kprobe brings none, and only strangers are known to be refused. */
export function mayBeMeant({ rule, met }: MetRule): boolean {
  const statuses = met.flatMap(({ answered }) => answered.flatMap(({ sample }) => sample.http?.status ?? []));
  return (
    !('ranges' in rule) &&
    statuses.length > 0 &&
    statuses.every((status) => status >= FIRST_ERROR && status < FIRST_FAILURE)
  );
}

/** It refuses; or, where somebody else is asked first, that takes its time. */
function meets(rule: AccessRule, { sample }: Attempt): boolean {
  const status = sample.http?.status ?? null;
  const isRefusal = status !== null && REFUSALS[rule.setting].includes(status);
  return isRefusal || (rule.setting === 'auth-url' && (status === null || status < FIRST_ERROR));
}

/** Of these paths, those whose vantage has an address that the rule names: all, none, or neither. */
export function inRanges(evidence: Evidence, { rule }: MetRule, paths: readonly PathEvidence[]): 'all' | 'none' | null {
  if (!('ranges' in rule) || paths.length === 0) return null;
  const hellos = hellosOf(evidence);
  const isIn = paths.map(({ from }) =>
    (hellos.get(from.id)?.addresses ?? []).some((each) => isNamed(each, rule.ranges)),
  );
  if (isIn.every(Boolean)) return 'all';
  return isIn.some(Boolean) ? null : 'none';
}

/** A bare address is a range of one. */
function isNamed(address: string, ranges: readonly string[]): boolean {
  return ranges.some((range) => {
    const cidr = range.includes('/') ? range : `${range}/${range.includes(':') ? 128 : 32}`;
    return inIpBlock(address, { cidr }).is === 'yes';
  });
}
