/** The timers of the Kubernetes network path that make a delay or a failure, as data. Longer than most files: it is a table. */
import type { IngressController } from '../../model/cluster.ts';
import { resolverSeries, resolverTotal } from './resolver-waits.ts';
import { scheduleFrom, synSchedule } from './syn-schedule.ts';
import type { SynSchedule } from './syn-schedule.ts';
import {
  answersWith,
  asksBy,
  byForeignClient,
  icmpError,
  noOwnDataRetransmitted,
  oneSynPerStep,
  ownDataRetransmitted,
  refusal,
  retransmittedSyn,
  seenAtFarEnd,
  through,
  unreachable,
} from './timer-needs.ts';
import type { Delay, Timer } from './timers.ts';

const at =
  (...ms: readonly number[]) =>
  () =>
    ms;

const ESTABLISHED = ['tls', 'send', 'first-byte', 'body'] as const;
/** Tail loss probe and retransmission timeout start from tcp_rto_min 200 ms and double (ip-sysctl.rst, net/ipv4/tcp_timer.c). */
const DATA_SERIES = [200, 400, 800, 1600, 3200, 6400];

/** More tries than this take longer than anyone waits. */
const MOST_TRIES = 10;

const kernelTimers: readonly Timer[] = [
  {
    id: 'syn-retransmission',
    name: 'SYN retransmission',
    series: (delay) => liveSchedule(delay).retransmissionsMs,
    phases: ['connect'],
    ends: 'answered',
    clock: 'kernel',
    needs: [oneSynPerStep],
    source: 'Linux ip-sysctl.rst, tcp_syn_linear_timeouts; measured',
  },
  {
    id: 'syn-give-up',
    name: 'tcp_syn_retries',
    series: (delay) => [liveSchedule(delay).giveUpMs],
    phases: ['connect'],
    ends: 'failed',
    clock: 'kernel',
    needs: [retransmittedSyn],
    source: 'Linux net/ipv4/tcp_timer.c, tcp_write_timeout; measured',
  },
  {
    id: 'synack-retransmission',
    name: 'SYN-ACK retransmission of the server',
    series: () => synSchedule(0, 5).retransmissionsMs,
    phases: ['connect'],
    ends: 'answered',
    clock: 'kernel',
    needs: [retransmittedSyn, seenAtFarEnd],
    source: 'Linux ip-sysctl.rst, tcp_synack_retries',
  },
  {
    id: 'rate-limited-reject',
    name: 'ICMP rate limit (icmp_ratelimit)',
    series: (delay) => liveSchedule(delay).retransmissionsMs,
    phases: ['connect'],
    ends: 'failed',
    clock: 'kernel',
    needs: [refusal, retransmittedSyn, icmpError],
    source: 'Linux ip-sysctl.rst, icmp_ratelimit; measured',
  },
  {
    id: 'neighbour-failure',
    name: 'neighbour resolution (mcast_solicit × retrans_time_ms)',
    series: at(3000),
    phases: ['connect', 'dns'],
    ends: 'failed',
    clock: 'kernel',
    needs: [unreachable],
    source: 'Linux ip-sysctl.rst, neigh/*/mcast_solicit; measured 3.07 s',
  },
  {
    id: 'lost-request-segment',
    name: 'TCP retransmission of the request',
    series: at(...DATA_SERIES),
    phases: ESTABLISHED,
    ends: 'answered',
    clock: 'kernel',
    needs: [ownDataRetransmitted],
    source: 'Linux ip-sysctl.rst, tcp_rto_min_us, tcp_early_retrans; measured',
  },
  {
    id: 'lost-answer-segment',
    name: 'TCP retransmission of the answer',
    series: at(...DATA_SERIES),
    phases: ESTABLISHED,
    ends: 'answered',
    clock: 'kernel',
    needs: [noOwnDataRetransmitted, seenAtFarEnd],
    source: 'Linux ip-sysctl.rst, tcp_rto_min_us; measured',
  },
  {
    id: 'delayed-ack',
    name: 'delayed ACK (TCP_DELACK_MIN)',
    series: at(40),
    phases: ESTABLISHED,
    ends: 'answered',
    clock: 'kernel',
    needs: [seenAtFarEnd],
    source: 'Linux include/net/tcp.h; the 40 ms mode was not measured',
  },
  {
    id: 'mtu-probing',
    name: 'path MTU probing (tcp_mtu_probing)',
    series: at(6500),
    phases: ['tls', 'first-byte', 'body'],
    ends: 'answered',
    clock: 'kernel',
    needs: [noOwnDataRetransmitted, seenAtFarEnd],
    source: 'Linux ip-sysctl.rst, tcp_mtu_probing, tcp_retries1; measured 6.52 s',
  },
  {
    id: 'tcp-retries2',
    name: 'tcp_retries2',
    series: (delay) => [retries2Ms(delay.sysctls['net.ipv4.tcp_retries2'])],
    phases: ESTABLISHED,
    ends: 'failed',
    clock: 'kernel',
    needs: [],
    source: 'Linux ip-sysctl.rst, tcp_retries2; net/ipv4/tcp_timer.c, tcp_model_timeout',
  },
];

const resolverTimers: readonly Timer[] = [
  {
    id: 'glibc-resend',
    name: 'glibc resolver timeout',
    series: (delay) => resolverSeries(delay.resolver),
    phases: ['dns'],
    ends: 'answered',
    clock: 'user',
    needs: [asksBy('resolver')],
    source: 'glibc resolv/resolv.h RES_TIMEOUT, resolv/res_send.c; measured',
  },
  {
    id: 'glibc-give-up',
    name: 'glibc resolver attempts',
    series: (delay) => [resolverTotal(delay.resolver)],
    phases: ['dns'],
    ends: 'failed',
    clock: 'user',
    needs: [asksBy('resolver')],
    source: 'glibc resolv/resolv.h RES_DFLRETRY; measured',
  },
  {
    id: 'musl-resend',
    name: 'musl resolver retry',
    series: at(2500, 5000),
    phases: ['dns'],
    ends: 'either',
    clock: 'user',
    needs: [asksBy('resolver')],
    source: 'musl src/network/res_msend.c, resolvconf.c; measured',
  },
  {
    id: 'cares-resend',
    name: 'c-ares timeout',
    series: at(2000, 3000, 5000),
    phases: ['dns'],
    ends: 'either',
    clock: 'user',
    needs: [byForeignClient],
    source:
      'c-ares RELEASE-NOTES 1.20.0, src/lib/ares_metrics.c; Node rounds 2 s up to 3 s (src/cares_wrap.cc), measured',
  },
  {
    id: 'coredns-forward',
    name: 'CoreDNS forward read timeout',
    series: at(2000, 4000, 6000),
    phases: ['dns'],
    ends: 'either',
    clock: 'user',
    needs: [asksBy('dns', 'resolver'), seenAtFarEnd],
    source: 'coredns plugin/forward/forward.go, plugin/pkg/proxy/connect.go',
  },
];

const proxyTimers: readonly Timer[] = [
  {
    id: 'nginx-connect-timeout',
    name: 'nginx proxy-connect-timeout',
    series: (delay) => tries(delay).slice(0, -1),
    phases: ['first-byte'],
    ends: 'answered',
    clock: 'user',
    needs: [through('nginx')],
    source: 'ingress-nginx internal/ingress/controller/config/config.go; measured with nginx',
  },
  {
    id: 'nginx-connect-give-up',
    name: 'nginx proxy-connect-timeout × tries',
    series: (delay) => tries(delay),
    phases: ['first-byte'],
    ends: 'failed',
    clock: 'user',
    needs: [through('nginx'), answersWith(504)],
    source: 'ingress-nginx config.go, proxy-next-upstream-tries; measured 15.01 s with nginx',
  },
  {
    id: 'nginx-read-timeout',
    name: 'nginx proxy-read-timeout',
    series: ({ controller }) => [settingsOf(controller)?.readTimeoutMs ?? 60_000],
    phases: ['first-byte', 'body'],
    ends: 'either',
    clock: 'user',
    needs: [through('nginx')],
    source: 'nginx src/http/modules/ngx_http_proxy_module.c',
  },
  {
    id: 'nginx-resolver-resend',
    name: 'nginx resolver resend',
    series: at(5000, 10_000, 15_000, 20_000, 25_000, 30_000),
    phases: ['first-byte'],
    ends: 'either',
    clock: 'user',
    needs: [through('nginx'), seenAtFarEnd],
    source: 'nginx src/core/ngx_resolver.c',
  },
  {
    id: 'haproxy-connect-timeout',
    name: 'HAProxy timeout connect',
    series: (delay) => multiples(delay, 5000, 4),
    phases: ['first-byte'],
    ends: 'either',
    clock: 'user',
    needs: [through('haproxy')],
    source: 'haproxytech/kubernetes-ingress fs/usr/local/etc/haproxy/haproxy.cfg',
  },
  {
    id: 'envoy-connect-timeout',
    name: 'Envoy connect_timeout',
    series: (delay) => multiples(delay, 5000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    clock: 'user',
    needs: [through('envoy', 'cilium', 'emissary', 'ambassador'), answersWith(503)],
    source: 'envoy docs/root/faq/configuration/timeouts.rst',
  },
  {
    id: 'envoy-route-timeout',
    name: 'Envoy route timeout',
    series: at(15_000),
    phases: ['first-byte', 'body'],
    ends: 'failed',
    clock: 'user',
    needs: [through('envoy', 'contour', 'istio', 'cilium'), answersWith(504)],
    source: 'envoy docs/root/faq/configuration/timeouts.rst',
  },
  {
    id: 'contour-connect-timeout',
    name: 'Contour connect-timeout',
    series: (delay) => multiples(delay, 2000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    clock: 'user',
    needs: [through('contour'), answersWith(503)],
    source: 'projectcontour/contour internal/envoy/v3/cluster.go',
  },
  {
    id: 'istio-connect-timeout',
    name: 'Istio connectTimeout',
    series: (delay) => multiples(delay, 10_000, 3),
    phases: ['first-byte'],
    ends: 'either',
    clock: 'user',
    needs: [through('istio')],
    source: 'Istio mesh configuration, connectTimeout',
  },
  {
    id: 'traefik-dial-timeout',
    name: 'Traefik dialTimeout',
    series: (delay) => multiples(delay, 30_000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    clock: 'user',
    needs: [through('traefik')],
    source: 'traefik pkg/config/dynamic/http_config.go',
  },
];

const clientTimers: readonly Timer[] = [
  {
    id: 'undici-connect-timeout',
    name: 'undici connect timeout',
    series: at(10_000),
    phases: ['connect'],
    ends: 'failed',
    clock: 'user',
    needs: [byForeignClient],
    source: 'nodejs/undici lib/core/connect.js',
  },
  {
    id: 'address-racing',
    name: 'address racing of the client (Happy Eyeballs)',
    series: at(200, 250, 300, 500),
    phases: ['connect'],
    ends: 'answered',
    clock: 'user',
    needs: [byForeignClient],
    source: 'curl CURL_HET_DEFAULT; Node autoSelectFamily; Go src/net/dial.go FallbackDelay',
  },
];

/** All known timers, the kernel's first. */
export const timers: readonly Timer[] = [...kernelTimers, ...resolverTimers, ...proxyTimers, ...clientTimers];

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

function settingsOf(controller: Delay['controller']): IngressController | null {
  return controller === 'none' ? null : controller;
}

/** One connect timeout, two, … up to the number of tries (0: no limit); ingress-nginx makes three of 5 s each unless told otherwise. */
function tries({ controller }: Delay): number[] {
  const settings = settingsOf(controller);
  const timeoutMs = settings?.connectTimeoutMs ?? 5000;
  const count = settings?.tries ?? 3;
  return Array.from(
    { length: count < 1 ? MOST_TRIES : Math.min(MOST_TRIES, count) },
    (_, index) => timeoutMs * (index + 1),
  );
}

function multiples({ controller }: Delay, defaultMs: number, most: number): number[] {
  const timeoutMs = settingsOf(controller)?.connectTimeoutMs ?? defaultMs;
  return Array.from({ length: most }, (_, index) => timeoutMs * (index + 1));
}
