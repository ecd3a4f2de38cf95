/** Timers of the Linux kernel: handshake, refusals, retransmission of data. */
import { scheduleFrom, synSchedule } from './syn-schedule.ts';
import type { SynSchedule } from './syn-schedule.ts';
import {
  byForeignClient,
  icmpError,
  noOwnDataRetransmitted,
  oneSynPerStep,
  ownDataRetransmitted,
  refusal,
  retransmittedSyn,
  seenAtFarEnd,
  unreachable,
  noIcmp,
} from './timer-needs.ts';
import type { Delay, Timer } from './timer.ts';

const ESTABLISHED = ['tls', 'send', 'first-byte', 'body'] as const;
/** Tail loss probe and retransmission timeout start from tcp_rto_min 200 ms and double (ip-sysctl.rst, net/ipv4/tcp_timer.c). */
const DATA_SERIES = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 102_400];

/** What the kernels of the prober, of the peer and of routers between make of lost packets. */
export const kernelTimers: readonly Timer[] = [
  {
    id: 'syn-retransmission',
    name: 'SYN retransmission',
    of: 'kernel',
    series: (delay) => liveSchedule(delay).retransmissionsMs,
    phases: ['connect'],
    ends: 'answered',
    needs: [oneSynPerStep],
    distinguishedBy:
      'kprobe counts the SYNs that each connect repeated, per path: the paths that lose them name the hop',
    source: 'Linux ip-sysctl.rst, tcp_syn_linear_timeouts',
    backing: 'measured',
  },
  {
    id: 'syn-give-up',
    name: 'tcp_syn_retries',
    of: 'kernel',
    series: (delay) => [liveSchedule(delay).giveUpMs],
    phases: ['connect'],
    ends: 'failed',
    needs: [retransmittedSyn],
    distinguishedBy: 'a connect by IP to the same address and port that never answers either',
    source: 'Linux net/ipv4/tcp_timer.c, tcp_write_timeout',
    backing: 'by documentation',
  },
  {
    id: 'synack-retransmission',
    name: 'SYN-ACK retransmission of the server',
    of: 'kernel',
    series: () => synSchedule(0, 5).retransmissionsMs,
    phases: ['connect'],
    ends: 'answered',
    needs: [retransmittedSyn, seenAtFarEnd],
    distinguishedBy: 'the server’s own counters (TcpExt.TCPTimeouts, sockets in SYN_RECV)',
    source: 'Linux ip-sysctl.rst, tcp_synack_retries',
    backing: 'by documentation',
  },
  {
    id: 'rate-limited-reject',
    name: 'ICMP rate limit (icmp_ratelimit)',
    of: 'kernel',
    series: (delay) => liveSchedule(delay).retransmissionsMs,
    phases: ['connect'],
    ends: 'failed',
    needs: [refusal, retransmittedSyn, icmpError],
    distinguishedBy:
      'the error is "refused" or "unreachable" after 1 s, and IcmpMsg.InType3 rises; attempts at least 1 s apart are refused at once',
    source: 'Linux ip-sysctl.rst, icmp_ratelimit',
    backing: 'measured',
  },
  {
    id: 'neighbour-failure',
    name: 'neighbour resolution (mcast_solicit × retrans_time_ms)',
    of: 'kernel',
    series: () => [3000],
    phases: ['connect', 'dns'],
    ends: 'failed',
    needs: [unreachable],
    distinguishedBy: 'the error is EHOSTUNREACH at 3.0 to 3.1 s, and /proc/net/arp has the address without an entry',
    source: 'Linux ip-sysctl.rst, neigh/*/mcast_solicit; measured 3.07 s',
    backing: 'measured',
  },
  {
    id: 'neighbour-second-comer',
    name: 'neighbour resolution begun by an earlier packet',
    of: 'kernel',
    series: () => [],
    between: () => [0, 3000],
    phases: ['connect'],
    ends: 'failed',
    needs: [unreachable, noIcmp],
    distinguishedBy: 'the error is EHOSTUNREACH, and a lone attempt after half a minute waits the whole 3.0 s',
    source: 'Linux net/core/neighbour.c; measured: 1.57 and 0.57 s beside 3.08 s',
    backing: 'measured',
  },
  {
    id: 'reject-on-own-machine',
    name: 'ICMP reject on the client’s own machine, met by a blocking connect',
    of: 'kernel',
    series: () => [1000],
    phases: ['connect'],
    ends: 'failed',
    needs: [byForeignClient, refusal],
    distinguishedBy:
      'curl, Go and Node are refused at once where bash, busybox wget and Python take 1.0 s; over IPv6 all of them take 1.0 s',
    source: 'measured on Linux 6.18 (IPv4 blocking, IPv6 either way)',
    backing: 'measured',
  },
  {
    id: 'lost-request-segment',
    name: 'TCP retransmission of the request',
    of: 'kernel',
    series: () => DATA_SERIES,
    phases: ESTABLISHED,
    ends: 'answered',
    needs: [ownDataRetransmitted],
    distinguishedBy: 'the client’s TcpExt.TCPLossProbes and Tcp.RetransSegs rise with it',
    source: 'Linux ip-sysctl.rst, tcp_rto_min_us, tcp_early_retrans',
    backing: 'measured',
  },
  {
    id: 'lost-answer-segment',
    name: 'TCP retransmission of the answer',
    of: 'kernel',
    series: () => DATA_SERIES,
    phases: ESTABLISHED,
    ends: 'answered',
    needs: [noOwnDataRetransmitted, seenAtFarEnd],
    distinguishedBy: 'the client’s counters stand still, the server’s RetransSegs rise',
    source: 'Linux ip-sysctl.rst, tcp_rto_min_us',
    backing: 'measured',
  },
  {
    id: 'delayed-ack',
    name: 'delayed ACK (TCP_DELACK_MIN)',
    of: 'kernel',
    series: () => [40],
    phases: ESTABLISHED,
    ends: 'answered',
    needs: [seenAtFarEnd],
    distinguishedBy: 'TCP_NODELAY on the side that writes twice makes it go',
    source: 'Linux include/net/tcp.h; measured on 6.18: 40.5 to 44 ms for each exchange of two writes',
    backing: 'measured',
  },
  {
    id: 'mtu-probing',
    name: 'path MTU probing (tcp_mtu_probing)',
    of: 'kernel',
    series: () => [6500],
    phases: ['tls', 'first-byte', 'body'],
    ends: 'answered',
    needs: [noOwnDataRetransmitted, seenAtFarEnd],
    distinguishedBy: 'small answers are fast, those of more than a packet take 6.5 s',
    source: 'Linux ip-sysctl.rst, tcp_mtu_probing, tcp_retries1; 6.52 s seen',
    backing: 'by documentation',
  },
  {
    id: 'tcp-retries2',
    name: 'tcp_retries2',
    of: 'kernel',
    series: (delay) => [retries2Ms(delay.sysctls['net.ipv4.tcp_retries2'])],
    phases: ESTABLISHED,
    ends: 'failed',
    needs: [],
    distinguishedBy: 'it ends in ETIMEDOUT after minutes, never in an answer',
    source: 'Linux ip-sysctl.rst, tcp_retries2; net/ipv4/tcp_timer.c, tcp_model_timeout',
    backing: 'by documentation',
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
