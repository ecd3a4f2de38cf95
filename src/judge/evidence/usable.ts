/** Which samples may be believed: neither the prober's own trouble nor an early end of the run is the network's doing. */
import type { Sample } from '../../../probes/wire.ts';
import { isStarved } from './retransmissions.ts';

/** `untimed` is an answer whose time is the prober's own doing: it counts for reachability. `set-aside` is no evidence. */
export type Use = 'answered' | 'untimed' | 'unanswered' | 'set-aside';

/** A stall below this is ordinary scheduling. */
const LARGE_STALL_MS = 50;
/** A stall explains a time only where it is a good part of it: 60 ms do not explain 5 s. */
const LARGE_SHARE = 0.3;
/** A wait that was cut sooner says nothing: two SYN retransmissions of the newer schedule, or musl's whole DNS retry, fit in. */
const TELLING_WAIT_MS = 2500;

/** It has ended, or was cut after a wait that tells something. A connection that idles waits for nothing. */
export function tellsSomething(outcome: Sample['outcome']): boolean {
  return outcome.kind !== 'cut' || (outcome.phase !== 'idle' && outcome.waitedMs >= TELLING_WAIT_MS);
}

/** Past the window of the 5 s timers of proxies and resolvers, so that a failover would have shown. */
const FAILOVER_WAIT_MS = 5500;

/** Errors of this machine, not of the path: no descriptors, no ports, no rights, no memory, no process, nothing that could be sent. */
const LOCAL_ERRORS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EACCES',
  'EPERM',
  'ENOBUFS',
  'ENOMEM',
  'EAFNOSUPPORT',
  'ESPAWN',
  'EBADADDRESS',
  'EBADNAME',
  'EBADREQUEST',
]);

/** Decides for one sample. `retransmissions` are its SYN retransmissions; `isOurs`: kprobe answers at the far end, without any proxy between that could fail over. */
export function useOf(
  sample: Sample,
  retransmissions: number,
  { slowAfterMs, isOurs }: { readonly slowAfterMs: number; readonly isOurs: boolean },
): Use {
  const { outcome } = sample;
  switch (outcome.kind) {
    case 'answered':
      return isOwnDelay(sample, retransmissions, slowAfterMs) ? 'untimed' : 'answered';
    case 'silent':
      return isOwnDelay(sample, retransmissions, 0) ? 'set-aside' : 'unanswered';
    case 'cut':
      return isTelling(sample, retransmissions, isOurs) ? 'unanswered' : 'set-aside';
    case 'error':
      return LOCAL_ERRORS.has(outcome.code) ? 'set-aside' : 'unanswered';
    case 'refused':
    case 'unreachable':
    case 'reset':
      return 'unanswered';
    default:
      return outcome satisfies never;
  }
}

/**
 * Whether the prober's own stall, throttling or waiting for a CPU may have made this time. Never where the kernel repeated a SYN (it does not
 * stall with us, unless all of the node waits), and never for an answer in good time: a stall only adds.
 */
function isOwnDelay(sample: Sample, retransmissions: number, slowAfterMs: number): boolean {
  if ((retransmissions > 0 && !isStarved(sample)) || isUnheard(sample) || sample.totalMs < slowAfterMs) return false;
  const ownMs = Math.max(sample.stalledMs, sample.throttledMs, sample.cpuWaitMs);
  return ownMs > LARGE_STALL_MS && ownMs > LARGE_SHARE * sample.totalMs;
}

/** A request on a kept connection that the kernel sent again and again: it does not stall with us. One repetition may be a lost segment. */
function isUnheard({ kept, dataRetransmissions, outcome }: Sample): boolean {
  return kept?.end === 'used' && outcome.kind !== 'answered' && dataRetransmissions > 1;
}

/** Whether a wait that the end of the run cut short was long enough to call it unanswered. */
function isTelling(sample: Sample, retransmissions: number, isOurs: boolean): boolean {
  const { outcome, phases } = sample;
  if (outcome.kind !== 'cut' || outcome.phase === 'idle' || isOwnDelay(sample, retransmissions, 0)) return false;
  if (outcome.phase === 'connect') return outcome.waitedMs >= TELLING_WAIT_MS && retransmissions > 0;
  const mayFailOver = phases.connect !== undefined && !isOurs;
  return outcome.waitedMs >= (mayFailOver ? FAILOVER_WAIT_MS : TELLING_WAIT_MS);
}
