/**
 * The configuration that Contour would give its Envoys for HTTPRoutes (projectcontour/contour internal/envoy/v3): a cluster for each
 * Service port with its endpoints, a connect timeout of 2 s, no retry, Envoy's own route timeout. Pure.
 */
import { parse } from 'yaml';
import type { Backend } from '../network/service-ports.ts';
import { fingerprint, type IngressConfig, type IngressInput } from './ingress-config.ts';
import { gatewayRoutes, type GatewayInput, type GatewayRoute } from './gateway-routes.ts';

/** internal/envoy/v3/cluster.go; `timeouts.connect-timeout` of its ConfigMap moves it. */
const CONNECT_TIMEOUT = '2s';

interface EnvoyInput extends GatewayInput, Pick<IngressInput, 'certificate'> {
  /** Data of ConfigMap projectcontour/contour. */
  readonly settings: Readonly<Record<string, string>>;
}

const CERTIFICATE = 'served';

/**
 * One text for all replicas: a file each of the certificate, of clusters and of the routes of both listeners, after a line with its name. They are in the
 * order in which they must be loaded; `status` is the last, and what it answers is the generation.
 */
export function envoyConfig(input: EnvoyInput): IngressConfig {
  const { routes, upstreams } = gatewayRoutes(input);
  const connectTimeout = connectTimeoutIn(input.settings);
  const clusters = [...upstreams].map(([name, backends]) => cluster(name, backends, connectTimeout));
  const hosts = Map.groupBy(routes, ({ host }) => host);
  const virtualHosts = [...hosts].map(([host, own]) => ({
    name: host,
    domains: host === '*' ? ['*'] : [host, `${host}:*`],
    routes: own.toSorted((a, b) => rank(b) - rank(a)).map(routeOf),
  }));
  const { certificateFile, keyFile } = input.certificate;
  const certificate = {
    name: CERTIFICATE,
    tls_certificate: { certificate_chain: { filename: certificateFile }, private_key: { filename: keyFile } },
  };
  const files = {
    certificate: { resources: [{ '@type': `${EXTENSIONS}.transport_sockets.tls.v3.Secret`, ...certificate }] },
    clusters: resources('cluster.v3.Cluster', clusters),
    routes: resources('route.v3.RouteConfiguration', [{ name: 'ingress', virtual_hosts: virtualHosts }]),
  };
  const generation = fingerprint(JSON.stringify(files));
  const status = resources('route.v3.RouteConfiguration', [{ name: 'status', virtual_hosts: [answers(generation)] }]);
  const text = Object.entries({ ...files, status })
    .map(([name, content]) => `### ${name}\n${JSON.stringify(content)}\n`)
    .join('');
  return { text, generation };
}

/** What Envoy starts with: two listeners and one for the lab, whose certificate, routes and clusters it reads from files of this folder and reads again. */
export function envoyBootstrap(folder: string, { families }: Pick<IngressInput, 'families'>): object {
  const file = (name: string) => ({
    resource_api_version: 'V3',
    path_config_source: { path: `${folder}/${name}.json` },
  });
  const transport = {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${EXTENSIONS}.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: {
        alpn_protocols: ['http/1.1'],
        tls_certificate_sds_secret_configs: [{ name: CERTIFICATE, sds_config: file('certificate') }],
      },
    },
  };
  const any = families.includes('IPv6')
    ? { address: '::', ipv4_compat: families.includes('IPv4') }
    : { address: '0.0.0.0' };
  const listener = (name: string, port: number, routes: 'routes' | 'status', more: object = {}) => ({
    name,
    address: { socket_address: { ...any, port_value: port } },
    filter_chains: [
      { filters: [connectionManager(name, routes === 'status' ? 'status' : 'ingress', file(routes))], ...more },
    ],
  });
  return {
    node: { id: 'envoy', cluster: 'contour' },
    dynamic_resources: { cds_config: file('clusters') },
    static_resources: {
      listeners: [
        listener('http', 80, 'routes'),
        listener('https', 443, 'routes', { transport_socket: transport }),
        listener('status', 10_254, 'status'),
      ],
    },
  };
}

const TYPES = 'type.googleapis.com/envoy.config';
const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

function connectionManager(name: string, routes: string, source: object): object {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: name,
      rds: { route_config_name: routes, config_source: source },
      use_remote_address: true,
      merge_slashes: true,
      access_log:
        name === 'status'
          ? []
          : [
              {
                name: 'envoy.access_loggers.stdout',
                typed_config: { '@type': `${EXTENSIONS}.access_loggers.stream.v3.StdoutAccessLog` },
              },
            ],
      http_filters: [
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router` } },
      ],
    },
  };
}

function resources(type: string, items: readonly object[]): object {
  return { resources: items.map((item) => ({ '@type': `${TYPES}.${type}`, ...item })) };
}

function cluster(name: string, backends: readonly Backend[], connectTimeout: string): object {
  const endpoints = backends.map(({ address, port }) => ({
    endpoint: { address: { socket_address: { address, port_value: port } } },
  }));
  return {
    name,
    type: 'STATIC',
    connect_timeout: connectTimeout,
    common_lb_config: { healthy_panic_threshold: { value: 0 } },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] },
  };
}

/** Exact paths before prefixes, longer ones before shorter. */
function rank({ path, isExact }: GatewayRoute): number {
  return path.length + (isExact ? 10_000 : 0);
}

function routeOf({ path, isExact, upstreams, requestTimeout }: GatewayRoute): object {
  const bare = path.replace(/\/+$/u, '');
  const match = isExact ? { path } : bare === '' ? { prefix: '/' } : { path_separated_prefix: bare };
  const [first, ...more] = upstreams;
  if (first === undefined) return { match, direct_response: { status: 500 } };
  const to = more.length === 0 ? { cluster: first.name } : { weighted_clusters: { clusters: upstreams } };
  return { match, route: { ...to, ...(requestTimeout === null ? {} : { timeout: requestTimeout }) } };
}

function answers(generation: string): object {
  const direct = (path: string, text: string) => ({
    match: { path },
    direct_response: { status: 200, body: { inline_string: text } },
  });
  return { name: 'status', domains: ['*'], routes: [direct('/generation', generation), direct('/healthz', 'ok')] };
}

function connectTimeoutIn(settings: EnvoyInput['settings']): string {
  const read: unknown = parse(settings['contour.yaml'] ?? '');
  const said = (read as { timeouts?: { 'connect-timeout'?: unknown } } | null)?.timeouts?.['connect-timeout'];
  return typeof said === 'string' && /^\d+(\.\d+)?s$/u.test(said) ? said : CONNECT_TIMEOUT;
}
