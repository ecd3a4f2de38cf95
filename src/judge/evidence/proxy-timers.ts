/** Timers of proxies and ingress controllers, by their live settings where those are known. */
import { envoyTimers } from './envoy-timers.ts';
import { haproxyTimers } from './haproxy-timers.ts';
import { multiples, settingsOf } from './proxy-settings.ts';
import { answersWith, byOtherProxy, failsWith, seenAtFarEnd, through } from './timer-needs.ts';
import type { Delay, Timer } from './timer.ts';

/** More tries than this take longer than anyone waits. */
const MOST_TRIES = 10;

/** What a proxy waits for on its side, while the client waits for the first byte. */
export const proxyTimers: readonly Timer[] = [
  {
    id: 'nginx-connect-timeout',
    name: 'nginx proxy-connect-timeout',
    of: 'proxy',
    series: (delay) => tries(delay).slice(0, -1),
    phases: ['first-byte'],
    ends: 'answered',
    needs: [through('nginx')],
    distinguishedBy:
      'a connect from the proxy’s node to each endpoint by itself: one is silent. The delay follows proxy-connect-timeout; the log has two upstream addresses and “5.000, 0.00x”',
    source: 'ingress-nginx internal/ingress/controller/config/config.go; measured with nginx',
    backing: 'measured',
  },
  {
    id: 'nginx-connect-give-up',
    name: 'nginx proxy-connect-timeout × tries',
    of: 'proxy',
    series: (delay) => tries(delay),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('nginx'), answersWith(504)],
    distinguishedBy:
      'answers of 504 at tries x connect timeout; stock nginx then says 502 in milliseconds for 10 s ("no live upstreams")',
    source: 'ingress-nginx config.go, proxy-next-upstream-tries; measured 15.01 s with nginx',
    backing: 'measured',
  },
  {
    id: 'nginx-stock-connect-timeout',
    name: 'nginx proxy_connect_timeout where nobody set it',
    of: 'proxy',
    series: ({ controller }) => ((settingsOf(controller)?.connectTimeoutMs ?? null) === null ? [60_000] : []),
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('nginx'), failsWith(504)],
    distinguishedBy:
      '60 s, then fast for 10 s (max_fails, fail_timeout); ingress-nginx has 5 s instead; a longer setting is kept (100 s seen), though the manual says that it cannot usually exceed 75 s',
    source: 'nginx src/http/modules/ngx_http_proxy_module.c, src/http/ngx_http_upstream.c',
    backing: 'by documentation',
  },
  {
    id: 'nginx-read-timeout',
    name: 'nginx proxy-read-timeout',
    of: 'proxy',
    series: ({ controller }) => [settingsOf(controller)?.readTimeoutMs ?? 60_000],
    phases: ['first-byte', 'body'],
    ends: 'either',
    needs: [through('nginx'), failsWith(504)],
    distinguishedBy: 'the endpoint accepts the connection and says nothing: asked directly, it takes as long',
    source: 'nginx src/http/modules/ngx_http_proxy_module.c',
    backing: 'measured',
  },
  {
    id: 'nginx-resolver-resend',
    name: 'nginx resolver resend',
    of: 'proxy',
    series: () => [5000, 10_000, 15_000, 20_000, 25_000, 30_000],
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('nginx'), failsWith(502), seenAtFarEnd],
    distinguishedBy:
      'only upstreams that are names, looked up while running, are concerned; the error log says "could not be resolved"',
    source: 'nginx src/core/ngx_resolver.c',
    backing: 'measured',
  },
  ...haproxyTimers,
  ...envoyTimers,
  {
    id: 'traefik-dial-timeout',
    name: 'Traefik dialTimeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 30_000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('traefik')],
    distinguishedBy: 'dialTimeout of a ServersTransport moves it',
    source: 'traefik pkg/config/dynamic/http_config.go',
    backing: 'by documentation',
  },
  {
    id: 'caddy-dial-timeout',
    name: 'Caddy dial_timeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 3000, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('caddy'), answersWith(502)],
    distinguishedBy: '502 with an empty body, no second try; its log says "dial tcp …: i/o timeout"',
    source: 'Caddy documentation, reverse_proxy, transport http: dial_timeout 3s; measured with 2.11',
    backing: 'measured',
  },
  {
    id: 'apache-connect-timeout',
    name: 'Apache ProxyTimeout (connectiontimeout)',
    of: 'proxy',
    series: (delay) => multiples(delay, 60_000, 1),
    phases: ['first-byte'],
    ends: 'either',
    needs: [through('apache', 'httpd')],
    distinguishedBy: 'a balancer answers 200 after it and is fast for 60 s then; a single ProxyPass answers 503',
    source: 'Apache mod_proxy documentation, connectiontimeout and timeout (60 s, of Timeout)',
    backing: 'by documentation',
  },
  {
    id: 'varnish-connect-timeout',
    name: 'Varnish connect_timeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 3500, 1),
    phases: ['first-byte'],
    ends: 'failed',
    needs: [through('varnish'), answersWith(503)],
    distinguishedBy: '503 "Backend fetch failed"; the delay follows connect_timeout',
    source: 'Varnish documentation, varnishd(1), connect_timeout (3.5 s); seen once with 7.1: 503 after 3.6 s',
    backing: 'by documentation',
  },
  {
    id: 'squid-connect-timeout',
    name: 'Squid connect_timeout',
    of: 'proxy',
    series: (delay) => multiples(delay, 60_000, 1),
    phases: ['connect', 'first-byte'],
    ends: 'failed',
    needs: [through('squid'), answersWith(503)],
    distinguishedBy:
      'a proxy on the way out: 503 after 60 s, to CONNECT as well; the destination is silent when asked without the proxy',
    source: 'Squid documentation, connect_timeout (1 minute); seen once with 5.7: 503 after 59.4 and 61.1 s',
    backing: 'by documentation',
  },
  {
    id: 'cloud-load-balancer',
    name: 'idle or backend timeout of a cloud’s load balancer',
    of: 'proxy',
    series: () => [29_000, 30_000, 60_000],
    phases: ['first-byte', 'body'],
    ends: 'failed',
    needs: [byOtherProxy, answersWith(502, 504), seenAtFarEnd],
    distinguishedBy:
      'asked from inside the cluster it takes longer and is answered; 29 s: AWS API Gateway, 30 s: Google’s backend service timeout, 60 s: AWS ALB idle timeout',
    source: 'AWS and Google Cloud documentation: integration timeout 29 s, timeoutSec 30 s, idle_timeout 60 s',
    backing: 'by documentation',
  },
  {
    id: 'go-proxy-dial-timeout',
    name: 'dial timeout of a proxy in Go (http.DefaultTransport)',
    of: 'proxy',
    series: () => [30_000],
    phases: ['first-byte'],
    ends: 'failed',
    needs: [byOtherProxy],
    distinguishedBy: 'the proxy’s log says "dial tcp …: i/o timeout"',
    source: 'golang/go src/net/http/transport.go, DefaultTransport',
    backing: 'by documentation',
  },
];

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
