/** Timers of resolvers and of client libraries. */
import { resolverSeries, resolverTotal } from './resolver-waits.ts';
import { asksBy, byForeignClient, seenAtFarEnd } from './timer-needs.ts';
import type { Timer } from './timers.ts';

/** What a name lookup waits for. */
export const resolverTimers: readonly Timer[] = [
  {
    id: 'glibc-resend',
    name: 'glibc resolver timeout',
    series: (delay) => resolverSeries(delay.resolver),
    phases: ['dns'],
    ends: 'answered',
    needs: [asksBy('resolver')],
    source: 'glibc resolv/resolv.h RES_TIMEOUT, resolv/res_send.c; measured',
  },
  {
    id: 'glibc-give-up',
    name: 'glibc resolver attempts',
    series: (delay) => [resolverTotal(delay.resolver)],
    phases: ['dns'],
    ends: 'failed',
    needs: [asksBy('resolver')],
    source: 'glibc resolv/resolv.h RES_DFLRETRY; measured',
  },
  {
    id: 'musl-resend',
    name: 'musl resolver retry',
    series: () => [2500, 5000],
    phases: ['dns'],
    ends: 'either',
    needs: [asksBy('resolver')],
    source: 'musl src/network/res_msend.c, resolvconf.c; measured',
  },
  {
    id: 'cares-resend',
    name: 'c-ares timeout',
    series: () => [2000, 3000, 5000],
    phases: ['dns'],
    ends: 'either',
    needs: [byForeignClient],
    source:
      'c-ares RELEASE-NOTES 1.20.0, src/lib/ares_metrics.c; Node rounds 2 s up to 3 s (src/cares_wrap.cc), measured',
  },
  {
    id: 'coredns-forward',
    name: 'CoreDNS forward read timeout',
    series: () => [2000, 4000, 6000],
    phases: ['dns'],
    ends: 'either',
    needs: [asksBy('dns', 'resolver'), seenAtFarEnd],
    source: 'coredns plugin/forward/forward.go, plugin/pkg/proxy/connect.go',
  },
];

/** What programs other than kprobe add; seen only in timings that somebody else took. */
export const clientTimers: readonly Timer[] = [
  {
    id: 'undici-connect-timeout',
    name: 'undici connect timeout',
    series: () => [10_000],
    phases: ['connect'],
    ends: 'failed',
    needs: [byForeignClient],
    source: 'nodejs/undici lib/core/connect.js',
  },
  {
    id: 'address-racing',
    name: 'address racing of the client (Happy Eyeballs)',
    series: () => [200, 250, 300, 500],
    phases: ['connect'],
    ends: 'answered',
    needs: [byForeignClient],
    source: 'curl CURL_HET_DEFAULT; Node autoSelectFamily; Go src/net/dial.go FallbackDelay',
  },
];
