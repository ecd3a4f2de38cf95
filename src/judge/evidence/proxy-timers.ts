/** Timers of proxies and ingress controllers, by their live settings where those are known. */
import type { IngressController } from '../../model/cluster.ts';
import { answersWith, seenAtFarEnd, through } from './timer-needs.ts';
import type { Delay, Timer } from './timers.ts';

/** More tries than this take longer than anyone waits. */
const MOST_TRIES = 10;

/** What a proxy waits for on its side, while the client waits for the first byte. */
export const proxyTimers: readonly Timer[] = [
  {
    id: 'nginx-connect-timeout',
    name: 'nginx proxy-connect-timeout',
    series: (delay) => tries(delay).slice(0, -1),
    phases: ['first-byte'],
    ends: 'answered',
    needs: [through('nginx')],
    source: 'ingress-nginx internal/ingress/controller/config/config.go; measured with nginx',
  },
  {
    id: 'nginx-connect-give-up',
    name: 'nginx proxy-connect-timeout × tries',
    series: (delay) => tries(delay),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('nginx'), answersWith(504)],
    source: 'ingress-nginx config.go, proxy-next-upstream-tries; measured 15.01 s with nginx',
  },
  {
    id: 'nginx-read-timeout',
    name: 'nginx proxy-read-timeout',
    series: ({ controller }) => [settingsOf(controller)?.readTimeoutMs ?? 60_000],
    phases: ['first-byte', 'body'],
    ends: 'either',
    needs: [through('nginx')],
    source: 'nginx src/http/modules/ngx_http_proxy_module.c',
  },
  {
    id: 'nginx-resolver-resend',
    name: 'nginx resolver resend',
    series: () => [5000, 10_000, 15_000, 20_000, 25_000, 30_000],
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('nginx'), seenAtFarEnd],
    source: 'nginx src/core/ngx_resolver.c',
  },
  {
    id: 'haproxy-connect-timeout',
    name: 'HAProxy timeout connect',
    series: (delay) => multiples(delay, 5000, 4),
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('haproxy')],
    source: 'haproxytech/kubernetes-ingress fs/usr/local/etc/haproxy/haproxy.cfg',
  },
  {
    id: 'envoy-connect-timeout',
    name: 'Envoy connect_timeout',
    series: (delay) => multiples(delay, 5000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('envoy', 'cilium', 'emissary', 'ambassador'), answersWith(503)],
    source: 'envoy docs/root/faq/configuration/timeouts.rst',
  },
  {
    id: 'envoy-route-timeout',
    name: 'Envoy route timeout',
    series: () => [15_000],
    phases: ['first-byte', 'body'],
    ends: 'failed',
    needs: [through('envoy', 'contour', 'istio', 'cilium'), answersWith(504)],
    source: 'envoy docs/root/faq/configuration/timeouts.rst',
  },
  {
    id: 'contour-connect-timeout',
    name: 'Contour connect-timeout',
    series: (delay) => multiples(delay, 2000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('contour'), answersWith(503)],
    source: 'projectcontour/contour internal/envoy/v3/cluster.go',
  },
  {
    id: 'istio-connect-timeout',
    name: 'Istio connectTimeout',
    series: (delay) => multiples(delay, 10_000, 3),
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('istio')],
    source: 'Istio mesh configuration, connectTimeout',
  },
  {
    id: 'traefik-dial-timeout',
    name: 'Traefik dialTimeout',
    series: (delay) => multiples(delay, 30_000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('traefik')],
    source: 'traefik pkg/config/dynamic/http_config.go',
  },
];

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
