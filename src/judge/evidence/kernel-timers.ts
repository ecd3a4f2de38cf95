/** Timers of the Linux kernel: handshake, refusals, retransmission of data. */
import { scheduleFrom, synSchedule } from './syn-schedule.ts';
import type { SynSchedule } from './syn-schedule.ts';
import {
  icmpError,
  noOwnDataRetransmitted,
  oneSynPerStep,
  ownDataRetransmitted,
  refusal,
  retransmittedSyn,
  seenAtFarEnd,
  unreachable,
} from './timer-needs.ts';
import type { Delay, Timer } from './timers.ts';

const ESTABLISHED = ['tls', 'send', 'first-byte', 'body'] as const;
/** Tail loss probe and retransmission timeout start from tcp_rto_min 200 ms and double (ip-sysctl.rst, net/ipv4/tcp_timer.c). */
const DATA_SERIES = [200, 400, 800, 1600, 3200, 6400];

/** What the kernels of the prober, of the peer and of routers between make of lost packets. */
export const kernelTimers: readonly Timer[] = [
  {
    id: 'syn-retransmission',
    name: 'SYN retransmission',
    series: (delay) => liveSchedule(delay).retransmissionsMs,
    phases: ['connect'],
    ends: 'answered',
    needs: [oneSynPerStep],
    source: 'Linux ip-sysctl.rst, tcp_syn_linear_timeouts; measured',
  },
  {
    id: 'syn-give-up',
    name: 'tcp_syn_retries',
    series: (delay) => [liveSchedule(delay).giveUpMs],
    phases: ['connect'],
    ends: 'failed',
    needs: [retransmittedSyn],
    source: 'Linux net/ipv4/tcp_timer.c, tcp_write_timeout; measured',
  },
  {
    id: 'synack-retransmission',
    name: 'SYN-ACK retransmission of the server',
    series: () => synSchedule(0, 5).retransmissionsMs,
    phases: ['connect'],
    ends: 'answered',
    needs: [retransmittedSyn, seenAtFarEnd],
    source: 'Linux ip-sysctl.rst, tcp_synack_retries',
  },
  {
    id: 'rate-limited-reject',
    name: 'ICMP rate limit (icmp_ratelimit)',
    series: (delay) => liveSchedule(delay).retransmissionsMs,
    phases: ['connect'],
    ends: 'failed',
    needs: [refusal, retransmittedSyn, icmpError],
    source: 'Linux ip-sysctl.rst, icmp_ratelimit; measured',
  },
  {
    id: 'neighbour-failure',
    name: 'neighbour resolution (mcast_solicit × retrans_time_ms)',
    series: () => [3000],
    phases: ['connect', 'dns'],
    ends: 'failed',
    needs: [unreachable],
    source: 'Linux ip-sysctl.rst, neigh/*/mcast_solicit; measured 3.07 s',
  },
  {
    id: 'lost-request-segment',
    name: 'TCP retransmission of the request',
    series: () => DATA_SERIES,
    phases: ESTABLISHED,
    ends: 'answered',
    needs: [ownDataRetransmitted],
    source: 'Linux ip-sysctl.rst, tcp_rto_min_us, tcp_early_retrans; measured',
  },
  {
    id: 'lost-answer-segment',
    name: 'TCP retransmission of the answer',
    series: () => DATA_SERIES,
    phases: ESTABLISHED,
    ends: 'answered',
    needs: [noOwnDataRetransmitted, seenAtFarEnd],
    source: 'Linux ip-sysctl.rst, tcp_rto_min_us; measured',
  },
  {
    id: 'delayed-ack',
    name: 'delayed ACK (TCP_DELACK_MIN)',
    series: () => [40],
    phases: ESTABLISHED,
    ends: 'answered',
    needs: [seenAtFarEnd],
    source: 'Linux include/net/tcp.h; the 40 ms mode was not measured',
  },
  {
    id: 'mtu-probing',
    name: 'path MTU probing (tcp_mtu_probing)',
    series: () => [6500],
    phases: ['tls', 'first-byte', 'body'],
    ends: 'answered',
    needs: [noOwnDataRetransmitted, seenAtFarEnd],
    source: 'Linux ip-sysctl.rst, tcp_mtu_probing, tcp_retries1; measured 6.52 s',
  },
  {
    id: 'tcp-retries2',
    name: 'tcp_retries2',
    series: (delay) => [retries2Ms(delay.sysctls['net.ipv4.tcp_retries2'])],
    phases: ESTABLISHED,
    ends: 'failed',
    needs: [],
    source: 'Linux ip-sysctl.rst, tcp_retries2; net/ipv4/tcp_timer.c, tcp_model_timeout',
  },
];

/** Where the sysctl was not read, the schedule that all kernels since 6.5 (2023) have. */
function liveSchedule({ sysctls }: Delay): SynSchedule {
  return scheduleFrom(sysctls) ?? synSchedule(4);
}

/** tcp_model_timeout with the minimal retransmission timeout: doubling from 200 ms, capped at 120 s; 924.6 s for the default of 15. */
function retries2Ms(sysctl: string | null | undefined): number {
  const value = Number(sysctl ?? 15);
  const retries = Number.isInteger(value) && value >= 0 ? value : 15;
  const doublings = Math.floor(Math.log2(120_000 / 200));
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * 200;
  return (2 ** (doublings + 1) - 1) * 200 + (retries - doublings) * 120_000;
}
