/**
 * The configuration that haproxy-ingress would write (jcmoraisjr/haproxy-ingress, rootfs/etc/templates/haproxy/haproxy.tmpl and
 * pkg/converters/ingress/defaults.go): endpoints as servers, its default timeouts, HAProxy's own three retries. Pure.
 */
import { fingerprint, locationsOf, matchesOf, type IngressConfig, type IngressInput } from './ingress-config.ts';
import type { Backend } from '../network/service-ports.ts';

/** Its defaults, in HAProxy's own notation; ConfigMap keys of the same names move them (docs/content/en/docs/configuration/keys.md). */
const TIMEOUTS = {
  'timeout-client': '50s',
  'timeout-connect': '5s',
  'timeout-keep-alive': '1m',
  'timeout-http-request': '5s',
  'timeout-queue': '5s',
  'timeout-server': '50s',
} as const;

/**
 * haproxy-ingress also lets HAProxy connect to each server every two seconds and leaves out those that failed three times. Here that
 * needs to be asked for, because then it depends on a scenario's age what its users see.
 */
const CHECK_INTERVAL = 'backend-check-interval';

/** One configuration for all replicas. */
export function haproxyConfig(input: IngressInput): IngressConfig {
  const upstreams = new Map<string, readonly Backend[]>();
  const locations = input.ingresses
    .filter(({ spec }) => spec?.ingressClassName === 'haproxy')
    .flatMap((ingress) => locationsOf(ingress, input, upstreams));
  const hosts = [...Map.groupBy(locations, ({ host }) => host)].toSorted(([a], [b]) => rank(a) - rank(b));
  const rules = hosts.flatMap(([host, own]) =>
    matchesOf(own)
      .toSorted(([a], [b]) => b.length - a.length)
      .map(([match, { upstream }]) => `  use_backend ${upstream} if ${isHost(host)}${isPath(match)}`),
  );
  const body = [...rules, ...[...upstreams].flatMap(([name, backends]) => backend(name, backends, input))].join('\n');
  const { certificateFile } = input.certificate;
  const settings = JSON.stringify(input.settings);
  const generation = fingerprint(`${settings}\n${body}`);
  return { text: `${head(input, generation, certificateFile)}\n${body}\n`, generation };
}

/** Exact hosts first, wildcards next, then those for any. */
function rank(host: string): number {
  return host === '_' ? 2 : host.startsWith('*.') ? 1 : 0;
}

function isHost(host: string): string {
  if (host === '_') return '';
  const name = 'req.hdr(host),field(1,:),lower';
  return host.startsWith('*.') ? `{ ${name} -m end ${host.slice(1)} } ` : `{ ${name} -m str ${host} } `;
}

/** `= /shop`, `/shop/` and `/` (ingress-config.ts). */
function isPath(match: string): string {
  return match.startsWith('= ') ? `{ path -m str ${match.slice(2)} }` : `{ path -m beg ${match} }`;
}

function backend(name: string, backends: readonly Backend[], { settings }: IngressInput): string[] {
  const interval = settings[CHECK_INTERVAL];
  const check = interval === undefined ? '' : ` check inter ${interval}`;
  return [
    `backend ${name}`,
    '  balance roundrobin',
    ...backends.map(
      ({ address, port }, index) =>
        `  server srv${String(index + 1).padStart(3, '0')} ${address.includes(':') ? `[${address}]` : address}:${port} weight 1${check}`,
    ),
  ];
}

function head({ settings, families }: IngressInput, generation: string, certificateFile: string): string {
  const timeout = (key: keyof typeof TIMEOUTS) => settings[key] ?? TIMEOUTS[key];
  const bind = (port: number, options = '') =>
    families.map((family) => `  bind ${family === 'IPv6' ? `[::]:${port} v6only` : `:${port}`}${options}`).join('\n');
  return `global
  log stdout format raw local0
  maxconn 2000
defaults
  log global
  mode http
  retries 3
  option redispatch
  option dontlognull
  option httplog
  option http-keep-alive
  timeout client ${timeout('timeout-client')}
  timeout connect ${timeout('timeout-connect')}
  timeout http-keep-alive ${timeout('timeout-keep-alive')}
  timeout http-request ${timeout('timeout-http-request')}
  timeout queue ${timeout('timeout-queue')}
  timeout server ${timeout('timeout-server')}
frontend status
  no log
${bind(10_254)}
  http-request return status 200 content-type text/plain string ${generation} if { path /generation }
  http-request return status 200
backend _error404
  http-request return status 404 content-type text/plain string "default backend - 404"
frontend ingress
${bind(80)}
${bind(443, ` ssl crt ${certificateFile}`)}
  default_backend _error404`;
}
