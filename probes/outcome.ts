/** What an error of the system means for an attempt. */
import type { Outcome, Phase } from './wire.ts';

/** The part of Node's system errors that is used; kinds make their own ones in the same shape. */
export interface Failure {
  readonly code?: string | undefined;
  readonly message: string;
  readonly syscall?: string | undefined;
}

const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ENONET']);
const LONGEST_MESSAGE = 300;

/** ICMPv6 admin-prohibited arrives as EACCES (Linux net/ipv6/icmp.c, tab_unreach), where the IPv4 one is EHOSTUNREACH. This machine's own ban has another code or call. */
function isProhibited({ code, syscall }: Failure): boolean {
  return code === 'EACCES' && syscall === 'connect';
}

/** The outcome of an attempt that died in `phase` after `waitedMs` there. */
export function outcomeOf(failure: Failure, phase: Phase, waitedMs: number): Outcome {
  const code = failure.code ?? 'UNKNOWN';
  if (code === 'ECONNREFUSED') return { kind: 'refused', phase };
  if (UNREACHABLE.has(code) || isProhibited(failure)) return { kind: 'unreachable', phase, code };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return { kind: 'reset', phase };
  if (code === 'ETIMEDOUT') return { kind: 'silent', phase, waitedMs, code };
  const message = failure.message.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
  return { kind: 'error', phase, code: code.slice(0, 64), message };
}
