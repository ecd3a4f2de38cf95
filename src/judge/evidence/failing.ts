/** Which paths fail, and which of them are meant to: the arms that a verdict must account for. */
import type { Sample } from '../../../probes/wire.ts';
import { writtenNameOf } from '../../model/written-name.ts';
import type { Evidence, PathEvidence } from './evidence.ts';
import { isBroken, isMute, isWorking } from './state.ts';

/** One lost attempt beside answered ones is chance, the second a pattern. */
const OFTEN = 2;

/** Nothing was answered or only errors, attempts are lost again and again, or the answers are not those of its siblings. */
export function isFailing(evidence: Evidence, path: PathEvidence): boolean {
  if (path.state === 'unmeasured') return false;
  const errors = path.answered.filter(({ sample }) => isErrorAnswer(sample)).length;
  const failed = path.unanswered.length + errors;
  return errors === path.answered.length || failed >= OFTEN || evidence.differences.has(path.path.id);
}

/** Answers that say "I failed": HTTP 5xx (RFC 9110, 15.6), and DNS codes that say nothing of the name (RFC 1035, 4.1.1: all but NOERROR and NXDOMAIN). */
export function isErrorAnswer({ http, dns }: Sample): boolean {
  return (http?.status ?? 0) >= 500 || (dns !== null && dns.rcode !== 'NOERROR' && dns.rcode !== 'NXDOMAIN');
}

/**
 * Policy denies it to this identity, and not even a connect got through; or a matrix tries which packets pass whole, or it is a mere contrast: that
 * it fails is an answer. Not where the same vantage is answered by the endpoints behind, or by the same server over the other transport.
 */
export function isMeantToFail(evidence: Evidence, measured: PathEvidence): boolean {
  const { path } = measured;
  if (evidence.target.kind === 'nodes' && path.to.kind === 'agent' && !path.userFacing) return true;
  if (isMereContrast(measured) || isPartlyDenied(evidence, measured) || isAskedAmiss(evidence, measured)) return true;
  if (isElsewhere(evidence, measured) || isNeedlessName(evidence, measured)) return true;
  const isDenied = isBroken(measured) && evidence.expectations.get(path.id)?.verdict === 'deny';
  return isDenied && !evidence.paths.some((other) => isWorking(other) && isSameAsked(measured, other));
}

/** Codes of probes/kinds/http.ts: what came is no HTTP. */
const NO_HTTP: ReadonlySet<string> = new Set(['EBADANSWER', 'ETLSRECORD']);

/**
 * How proxies speak to endpoints (TLS, HTTP/2, the PROXY protocol) is not in the API of every controller: where all endpoints alike take
 * connections and none understands the request, while every entry answers it, it is kprobe that asks them amiss.
 */
function isAskedAmiss({ paths, target }: Evidence, measured: PathEvidence): boolean {
  const isBehind = ({ path: { to } }: PathEvidence) => to.kind === 'backend' || to.kind === 'service';
  if (target.kind !== 'ingress' || !isBehind(measured)) return false;
  const isMeasured = ({ state, path }: PathEvidence) => state !== 'unmeasured' && path.probe.kind === 'http';
  const entries = paths.filter((path) => path.path.to.kind === 'entry' && isMeasured(path));
  const isServed = ({ answered, unanswered }: PathEvidence) =>
    unanswered.length === 0 && answered.every(({ sample }) => !isErrorAnswer(sample));
  return (
    entries.length > 0 &&
    entries.every(isServed) &&
    paths.filter((path) => isBehind(path) && isMeasured(path)).every(isNotUnderstood)
  );
}

function isNotUnderstood(path: PathEvidence): boolean {
  if (path.answered.length > 0 || path.unanswered.length === 0) return false;
  const isNoHttp = ({ sample: { outcome } }: PathEvidence['unanswered'][number]) =>
    outcome.kind === 'error' && NO_HTTP.has(outcome.code);
  return isMute(path) || path.unanswered.every(isNoHttp);
}

/** A host outside, asked beside the client from a node where nobody needs it: such nodes may have no way out. */
function isElsewhere({ paths }: Evidence, { path, from }: PathEvidence): boolean {
  const isBeside = (other: PathEvidence) => other.from.node === from.node && other.path.userFacing;
  return path.to.kind === 'external' && !path.userFacing && !paths.some(isBeside);
}

/** What a search list makes of a name, or leaves of it, while the lookup itself is answered: it is found, under whichever name. */
function isNeedlessName({ paths, target }: Evidence, { path: { probe, userFacing }, from }: PathEvidence): boolean {
  const name = writtenNameOf(target);
  if (name === null || userFacing) return false;
  const asked = probe.kind === 'resolver' || probe.kind === 'dns' ? probe.name : '';
  const isFound = (other: PathEvidence) =>
    other.from.id === from.id && other.path.to.kind === 'resolver' && other.path.to.name === name && isWorking(other);
  return asked.startsWith(`${name}.`) && paths.some(isFound);
}

/** A neutral identity asks a Service that chooses among endpoints, some of which policy keeps from it. */
function isPartlyDenied({ expectations }: Evidence, { path, from }: PathEvidence): boolean {
  const isNeutral = !path.userFacing && !from.underTest && path.to.kind === 'service';
  return isNeutral && expectations.get(path.id)?.isPartlyDenied === true;
}

/** One vantage asks a Service and an endpoint of the target, or one DNS server in two ways. */
function isSameAsked({ from, path: { to } }: PathEvidence, other: PathEvidence): boolean {
  if (other.from.id !== from.id) return false;
  const far = other.path.to;
  if (to.kind === 'service') return far.kind === 'backend';
  return to.kind === 'dns-server' && far.kind === 'dns-server' && far.address === to.address;
}

const CONTRASTS: ReadonlySet<string> = new Set(['declared-ports', 'namesake-ports']);

/** Nobody sends there: only where the port that is sent to fails does it matter whether this one answers. */
export function isMereContrast({ path: { experiments } }: Pick<PathEvidence, 'path'>): boolean {
  return experiments.length > 0 && experiments.every((id) => CONTRASTS.has(id));
}
