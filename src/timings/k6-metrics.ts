/** k6's names of what a request takes (grafana.com/docs/k6, "Built-in metrics"), and which phase each is. */
import type { Phase } from '../../probes/wire.ts';
import type { TimedAttempt } from './timings.ts';

/** http_req_blocked holds the lookup, which k6 does not tell by itself, connect and TLS. */
export const K6_PHASES: Readonly<Record<string, Phase>> = {
  http_req_connecting: 'connect',
  http_req_tls_handshaking: 'tls',
  http_req_sending: 'send',
  http_req_waiting: 'first-byte',
  http_req_receiving: 'body',
};
export const K6_DURATION = 'http_req_duration';
export const K6_BLOCKED = 'http_req_blocked';
/** k6's default limit of a request. */
export const K6_LIMIT_MS = 60_000;
export const K6_REMARK =
  'k6 counts lookup, connect and TLS as http_req_blocked, beside http_req_duration and not in it';

/** One attempt from what k6 told of one request, by metric, milliseconds. */
export function k6Attempt(
  told: ReadonlyMap<string, number>,
  end: Pick<TimedAttempt, 'ended' | 'status'>,
): TimedAttempt | null {
  const duration = told.get(K6_DURATION);
  if (duration === undefined) return null;
  const phases: Partial<Record<Phase, number>> = {};
  for (const [name, phase] of Object.entries(K6_PHASES)) phases[phase] = told.get(name) ?? 0;
  const blocked = told.get(K6_BLOCKED) ?? 0;
  phases.dns = Math.max(0, blocked - (phases.connect ?? 0) - (phases.tls ?? 0));
  return { totalMs: duration + blocked, phases, ...end };
}
