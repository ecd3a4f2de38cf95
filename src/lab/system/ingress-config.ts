/**
 * The configuration that ingress-nginx would write (kubernetes/ingress-nginx, docs/user-guide/nginx-configuration):
 * endpoints instead of ClusterIPs, its default timeouts and tries, its log format. Pure.
 */
import { atPort } from '../network/address-plan.ts';
import { accessIn, authLocations } from './ingress-access.ts';
import { withCanaries } from './ingress-canary.ts';
import { limitsIn, limitZones } from './ingress-limits.ts';
import { servicePorts, type Backend } from '../network/service-ports.ts';
import type { Family, KubeObject } from '../model.ts';

export interface IngressInput {
  readonly ingresses: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
  /** Data of the controller's ConfigMap. */
  readonly settings: Readonly<Record<string, string>>;
  /** The cluster's: it listens for clients of each. */
  readonly families: readonly Family[];
  /** Files of the certificate (for HAProxy with its key beside it, as `FILE.key`) and key that every TLS host gets. */
  readonly certificate: { readonly certificateFile: string; readonly keyFile: string };
}

/** Defaults of ingress-nginx: seconds, seconds, seconds, tries (docs/user-guide/nginx-configuration/configmap.md). */
const DEFAULTS = {
  'proxy-connect-timeout': 5,
  'proxy-read-timeout': 60,
  'proxy-send-timeout': 60,
  'proxy-next-upstream-tries': 3,
} as const;
type Setting = keyof typeof DEFAULTS;

interface Location {
  readonly ingress: KubeObject;
  readonly host: string;
  readonly tls: boolean;
  readonly path: string;
  readonly exact: boolean;
  readonly upstream: string;
}

export interface IngressConfig {
  /** For nginx the part inside `http { }`. */
  readonly text: string;
  /** What `:10254/generation` answers once the proxy has this configuration. */
  readonly generation: string;
}

/** One configuration for all replicas. */
export function ingressConfig(input: IngressInput): IngressConfig {
  const upstreams = new Map<string, readonly Backend[]>();
  const all = input.ingresses.filter(isOurs).flatMap((ingress) => locationsOf(ingress, input, upstreams));
  const { locations, directives } = withCanaries(all);
  const hosts = Map.groupBy(locations, ({ host }) => host);
  if (!hosts.has('_')) hosts.set('_', []);
  const blocks = [
    ...input.ingresses.filter(isOurs).flatMap(limitZones),
    ...[...upstreams].flatMap(([name, backends]) => upstreamBlock(name, backends, input.settings)),
    ...directives,
    ...[...hosts].map(([host, own]) => serverBlock(host, own, { input, upstreams })),
  ].join('\n');
  const generation = fingerprint(blocks);
  return { text: `${head(generation, input.families)}\n${blocks}\n`, generation };
}

function head(generation: string, families: readonly Family[]): string {
  return `log_format upstreaminfo '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
  '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [] $upstream_addr '
  '$upstream_response_length $upstream_response_time $upstream_status $request_id';
access_log /dev/stdout upstreaminfo;
server_tokens off;
server {
  ${listenOn(10_254, families)} access_log off;
  location /healthz { return 200; }
  location /generation { return 200 ${generation}; }
}`;
}

/** As a directive of a server. */
function listenOn(port: number, families: readonly Family[], options: string = ''): string {
  return families.map((family) => `listen ${family === 'IPv6' ? '[::]:' : ''}${port}${options};`).join(' ');
}

/** FNV-1a, 32 bits: only has to differ from one configuration to the next. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16);
}

function isOurs({ spec, metadata }: KubeObject): boolean {
  return (spec?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class']) === 'nginx';
}

interface IngressRule {
  host?: string;
  http?: { paths: IngressPath[] };
}
interface IngressPath {
  path?: string;
  pathType?: string;
  backend: { service?: { name: string; port: { number?: number; name?: string } } };
}

/** `upstreams` gets those that they lead to. */
export function locationsOf(
  ingress: KubeObject,
  input: IngressInput,
  upstreams: Map<string, readonly Backend[]>,
): Location[] {
  const rules: IngressRule[] = ingress['spec']?.rules ?? [];
  const fallback = ingress['spec']?.defaultBackend;
  const all: IngressRule[] = fallback ? [...rules, { http: { paths: [{ backend: fallback }] } }] : rules;
  const secured: string[] = (ingress['spec']?.tls ?? []).flatMap((entry: { hosts?: string[] }) => entry.hosts ?? ['_']);
  return all.flatMap(({ host = '_', http }) =>
    (http?.paths ?? []).flatMap(({ path = '/', pathType, backend }): Location[] => {
      const service = backend.service;
      // What nginx would stumble over must not take the other hosts down with it.
      if (!service || !isHost(host) || !isPath(path)) return [];
      const port = service.port.number ?? service.port.name ?? '';
      const upstream = `${ingress.metadata.namespace}-${service.name}-${port}`;
      upstreams.set(upstream, backendsOf(ingress.metadata.namespace ?? 'default', service, input));
      return [{ ingress, host, tls: secured.includes(host), path, exact: pathType === 'Exact', upstream }];
    }),
  );
}

function backendsOf(
  namespace: string,
  { name, port }: { name: string; port: { number?: number; name?: string } },
  { services, slices }: IngressInput,
): readonly Backend[] {
  const service = services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (service === undefined) return [];
  const found = servicePorts(service, slices, service['spec']?.ipFamilies?.[0] ?? null).find(
    (own) => own.port === port.number || own.name === port.name,
  );
  return found?.backends ?? [];
}

/** Its balancer may try one endpoint again; nginx alone would not, so few endpoints are listed several times. */
function upstreamBlock(name: string, backends: readonly Backend[], settings: IngressInput['settings']): string[] {
  if (backends.length === 0) return [];
  const tries = readSetting('proxy-next-upstream-tries', [settings]);
  const rounds = Array.from({ length: Math.ceil(Math.max(tries, 1) / backends.length) }, () => backends).flat();
  const servers = rounds.map(({ address, port }) => `server ${atPort(address, port)} max_fails=0;`);
  return [`upstream ${name} { ${servers.join(' ')} }`];
}

interface ServerContext {
  readonly input: IngressInput;
  readonly upstreams: ReadonlyMap<string, readonly Backend[]>;
}

function serverBlock(host: string, locations: readonly Location[], context: ServerContext): string {
  const { families, certificate } = context.input;
  const { certificateFile, keyFile } = certificate;
  const isDefault = host === '_' ? ' default_server' : '';
  // ingress-nginx answers TLS for every host, with its fake certificate where the Ingress brings none.
  return [
    `server {`,
    `  ${listenOn(80, families, isDefault)} ${listenOn(443, families, ` ssl${isDefault}`)} server_name ${host};`,
    `  ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile};`,
    '  set $proxy_upstream_name "-";',
    ...matchesOf(locations).map(([match, location]) => `  location ${match} { ${action(location, context)} }`),
    ...authLocations(
      locations.map(({ ingress }) => ingress),
      context.input.services,
    ),
    ...(locations.some(({ path }) => path === '/') ? [] : ['  location / { return 404; }']),
    '}',
  ].join('\n');
}

/** Prefix /shop means /shop and everything under /shop/, not /shopping. The first Ingress that names a path has it. */
export function matchesOf(locations: readonly Location[]): [string, Location][] {
  const matches = new Map<string, Location>();
  for (const location of locations) {
    const bare = location.path.replace(/\/+$/u, '');
    const own = location.exact ? [`= ${location.path}`] : bare === '' ? ['/'] : [`= ${bare}`, `${bare}/`];
    for (const match of own) if (!matches.has(match)) matches.set(match, location);
  }
  return [...matches];
}

function action({ ingress, upstream }: Location, { input, upstreams }: ServerContext): string {
  if (!upstream.startsWith('$') && (upstreams.get(upstream) ?? []).length === 0) return 'return 503;';
  const own = Object.fromEntries(
    Object.entries(ingress.metadata.annotations ?? {}).map(([key, value]) => [key.replace(/^.*\//u, ''), value]),
  );
  const setting = (name: Setting) => readSetting(name, [own, input.settings]);
  return [
    `proxy_pass ${own['backend-protocol'] === 'HTTPS' ? 'https' : 'http'}://${upstream};`,
    `proxy_connect_timeout ${setting('proxy-connect-timeout')}s;`,
    `proxy_read_timeout ${setting('proxy-read-timeout')}s;`,
    `proxy_send_timeout ${setting('proxy-send-timeout')}s;`,
    `proxy_next_upstream error timeout; proxy_next_upstream_tries ${setting('proxy-next-upstream-tries')};`,
    `proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host $host;`,
    `proxy_set_header X-Request-ID $request_id; proxy_set_header X-Real-IP $remote_addr;`,
    `proxy_set_header X-Forwarded-For $remote_addr;`,
    `set $proxy_upstream_name ${upstream};`,
    ...bufferIn([own, input.settings]),
    ...accessIn(ingress, input.services),
    ...limitsIn(ingress, input.settings),
  ].join(' ');
}

/** The first whole number that one of the sources gives; ingress-nginx passes over the unreadable ones too. */
function readSetting(name: Setting, sources: readonly Readonly<Record<string, string>>[]): number {
  const given = sources.map((source) => source[name]).find((value) => value !== undefined && /^\d{1,6}$/u.test(value));
  return given === undefined ? DEFAULTS[name] : Number(given);
}

/** One size for the head of an answer and the buffers of its body, as ingress-nginx has it; 4k, nginx's own on this machine, where none is set. */
function bufferIn(sources: readonly Readonly<Record<string, string>>[]): string[] {
  const given = sources.map((source) => source['proxy-buffer-size']).find((value) => value !== undefined);
  return given !== undefined && /^\d{1,4}k$/u.test(given)
    ? [`proxy_buffer_size ${given}; proxy_buffers 4 ${given};`]
    : [];
}

function isHost(host: string): boolean {
  return host === '_' || /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/u.test(host);
}

function isPath(path: string): boolean {
  return /^\/[\w./~%@:+-]*$/u.test(path);
}
