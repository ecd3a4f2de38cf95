/** Timers of Envoy and what is built on it. */
import { multiples, settingsOf } from './proxy-settings.ts';
import { answersWith, through } from './timer-needs.ts';
import type { Timer } from './timer.ts';

/** Response flags in its log tell them apart (envoyproxy.io, "Access logging"). */
export const envoyTimers: readonly Timer[] = [
  {
    id: 'envoy-connect-timeout',
    name: 'Envoy connect_timeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 5000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('envoy', 'cilium', 'emissary', 'ambassador'), answersWith(503)],
    distinguishedBy: 'response flag UF; requests sent later to the same endpoint wait only the rest',
    source: 'envoy docs/root/faq/configuration/timeouts.rst',
    backing: 'measured',
  },
  {
    id: 'envoy-route-timeout',
    name: 'Envoy route timeout',
    of: 'proxy',
    series: ({ controller }) => [settingsOf(controller)?.readTimeoutMs ?? 15_000],
    phases: ['first-byte', 'body'],
    ends: 'failed',
    needs: [through('envoy', 'contour', 'istio', 'cilium'), answersWith(504)],
    distinguishedBy: 'response flag UT, status 504; the request timeout of an HTTPRoute moves it',
    source: 'envoy docs/root/faq/configuration/timeouts.rst',
    backing: 'measured',
  },
  {
    id: 'envoy-shared-connect-timer',
    name: 'Envoy connect_timeout, begun by an earlier request',
    of: 'proxy',
    series: () => [],
    between: (delay) => [0, multiples(delay, 5000, 1)[0] ?? 5000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('envoy', 'contour', 'cilium', 'istio', 'emissary', 'ambassador'), answersWith(503)],
    distinguishedBy:
      'response flag UF; a lone request waits the whole connect timeout, those sent meanwhile only the rest',
    source: 'measured with Envoy 1.40: requests 1 s apart fail after 5, 4, 3, 2 and 1 s',
    backing: 'measured',
  },
  {
    id: 'contour-connect-timeout',
    name: 'Contour connect-timeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 2000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('contour'), answersWith(503)],
    distinguishedBy: 'connect-timeout in Contour’s ConfigMap moves it; response flag UF',
    source: 'projectcontour/contour internal/envoy/v3/cluster.go',
    backing: 'by documentation',
  },
  {
    id: 'istio-connect-timeout',
    name: 'Istio connectTimeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 10_000, 3),
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('istio')],
    distinguishedBy: 'connectionPool.tcp.connectTimeout of a DestinationRule moves it; response flag UF,URX',
    source: 'Istio mesh configuration, connectTimeout',
    backing: 'by documentation',
  },
];
