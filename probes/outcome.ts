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

/** The outcome of an attempt that died in `phase` after `waitedMs` there. */
export function outcomeOf(failure: Failure, phase: Phase, waitedMs: number): Outcome {
  const code = failure.code ?? 'UNKNOWN';
  if (code === 'ECONNREFUSED') return { kind: 'refused', phase };
  if (UNREACHABLE.has(code)) return { kind: 'unreachable', phase, code };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return { kind: 'reset', phase };
  if (code === 'ETIMEDOUT') return { kind: 'silent', phase, waitedMs, code };
  const message = failure.message.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
  return { kind: 'error', phase, code: code.slice(0, 64), message };
}
