/** When Linux repeats a SYN that nobody answers, and when it gives up. */

export interface SynSchedule {
  readonly kind: 'linear' | 'exponential';
  /** Milliseconds after the first SYN at which the 1st, 2nd, … retransmission leaves. */
  readonly retransmissionsMs: readonly number[];
  /** Milliseconds after the first SYN at which connect fails with ETIMEDOUT. */
  readonly giveUpMs: number;
}

/** TCP_TIMEOUT_INIT: the retransmission timeout before any round trip is known (ip-sysctl.rst, RFC 6298). */
const FIRST_TIMEOUT_MS = 1000;
/** TCP_RTO_MAX. */
const LONGEST_TIMEOUT_MS = 120_000;
/** The kernel's own default and upper limit of tcp_syn_retries. */
const DEFAULT_RETRIES = 6;
const MOST_RETRIES = 127;

/**
 * The schedule for these sysctls. With `linear` = 4 (Linux 6.5 and later) there are four linear timeouts plus the first exponential
 * step, so five gaps of 1 s; 0 is the older schedule. It ends by count (retries + linear) or by elapsed time, which
 * is modelled from the exponential schedule whatever `linear` is (net/ipv4/tcp_timer.c, tcp_write_timeout).
 */
export function synSchedule(linear: number, retries: number = DEFAULT_RETRIES): SynSchedule {
  const modelledMs = modelledTimeout(retries);
  const retransmissionsMs: number[] = [];
  let atMs = 0;
  for (let fired = 0; ; fired++) {
    atMs += fired < linear ? FIRST_TIMEOUT_MS : Math.min(FIRST_TIMEOUT_MS * 2 ** (fired - linear), LONGEST_TIMEOUT_MS);
    const isOver = fired >= retries + linear || (fired > 0 && atMs >= modelledMs);
    if (isOver) return { kind: linear > 0 ? 'linear' : 'exponential', retransmissionsMs, giveUpMs: atMs };
    retransmissionsMs.push(atMs);
  }
}

/** tcp_model_timeout for a first timeout of 1 s: doubling up to 120 s, then steps of 120 s. */
function modelledTimeout(retries: number): number {
  const doublings = Math.floor(Math.log2(LONGEST_TIMEOUT_MS / FIRST_TIMEOUT_MS));
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * FIRST_TIMEOUT_MS;
  return (2 ** (doublings + 1) - 1) * FIRST_TIMEOUT_MS + (retries - doublings) * LONGEST_TIMEOUT_MS;
}

type Sysctls = Readonly<Record<string, string | null>>;

/** The schedule of a network namespace by its live sysctls; null when they were not read. A null value means an older kernel. */
export function scheduleFrom(sysctls: Sysctls): SynSchedule | null {
  const linear = sysctls['net.ipv4.tcp_syn_linear_timeouts'];
  if (linear === undefined) return null;
  const retries = wholeNumber(sysctls['net.ipv4.tcp_syn_retries'], DEFAULT_RETRIES);
  return synSchedule(wholeNumber(linear, 0), retries);
}

function wholeNumber(text: string | null | undefined, fallback: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= 0 && value <= MOST_RETRIES ? value : fallback;
}
