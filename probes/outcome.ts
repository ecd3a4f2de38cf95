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

/**
 * What ICMPv6 "administratively prohibited" and "reject route" become (Linux net/ipv6/icmp.c, tab_unreach and icmpv6_err_convert; no
 * ICMPv4 message does). The same code before anything was sent is this machine's own refusal: a prohibit route, a security module.
 */
const PROHIBITED = 'EACCES';

/** How an attempt died: in which phase, after how many milliseconds there, and whether anything of it had been sent before. */
export interface Death {
  readonly failure: Failure;
  readonly phase: Phase;
  readonly waitedMs: number;
  readonly hasSent: boolean;
}

export function outcomeOf({ failure, phase, waitedMs, hasSent }: Death): Outcome {
  const code = failure.code ?? 'UNKNOWN';
  if (code === 'ECONNREFUSED') return { kind: 'refused', phase };
  if (UNREACHABLE.has(code) || (hasSent && code === PROHIBITED)) return { kind: 'unreachable', phase, code };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return { kind: 'reset', phase };
  if (code === 'ETIMEDOUT') return { kind: 'silent', phase, waitedMs, code };
  const message = failure.message.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
  return { kind: 'error', phase, code: code.slice(0, 64), message };
}
