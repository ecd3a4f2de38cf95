/** How long a proxy waits for its upstream and how often it tries again: from its own configuration, else its defaults. */
import { parse } from 'yaml';
import { mapAt } from '../api/fields.ts';
import type { Route } from '../model/cluster.ts';
import { INGRESS_NGINX } from '../model/ingress-nginx.ts';

export interface ProxyTimers {
  readonly connectTimeoutMs: number | null;
  readonly readTimeoutMs: number | null;
  readonly tries: number | null;
  /** How long it keeps an idle connection to an endpoint for the next request; absent: not known, or it keeps none. */
  readonly upstreamIdleMs?: number;
}

/**
 * Defaults as shipped, where a source was read (timer reference, section 5): ingress-nginx internal/ingress/controller/config/config.go;
 * Envoy's timeouts FAQ; contour internal/envoy/v3/cluster.go; haproxytech fs/usr/local/etc/haproxy/haproxy.cfg; traefik
 * pkg/config; Istio's meshConfig.connectTimeout; Envoy Gateway internal/xds/translator/cluster.go and its page "HTTP Timeouts"; cilium
 * operator/pkg/model/translation; nginx ngx_http_proxy_module.c. Idle connections: ingress-nginx' upstream-keepalive-timeout, Envoy's
 * upstream idle_timeout, Traefik's idleConnTimeout. null: not known well enough to accuse anybody.
 */
export const DEFAULT_TIMERS: Readonly<Record<string, ProxyTimers>> = {
  'ingress-nginx': { connectTimeoutMs: 5000, readTimeoutMs: 60_000, tries: 3, upstreamIdleMs: 60_000 },
  'nginx-ingress': { connectTimeoutMs: 60_000, readTimeoutMs: 60_000, tries: null },
  contour: { connectTimeoutMs: 2000, readTimeoutMs: 15_000, tries: null, upstreamIdleMs: 3_600_000 },
  istio: { connectTimeoutMs: 10_000, readTimeoutMs: null, tries: 3, upstreamIdleMs: 3_600_000 },
  'envoy-gateway': { connectTimeoutMs: 10_000, readTimeoutMs: 15_000, tries: null, upstreamIdleMs: 3_600_000 },
  cilium: { connectTimeoutMs: 5000, readTimeoutMs: null, tries: null, upstreamIdleMs: 3_600_000 },
  'nginx-gateway-fabric': { connectTimeoutMs: 60_000, readTimeoutMs: 60_000, tries: null },
  'haproxy-ingress': { connectTimeoutMs: 5000, readTimeoutMs: 50_000, tries: null },
  'haproxytech-ingress': { connectTimeoutMs: 5000, readTimeoutMs: 50_000, tries: null },
  traefik: { connectTimeoutMs: 30_000, readTimeoutMs: null, tries: 1, upstreamIdleMs: 90_000 },
};

export const UNKNOWN_TIMERS: ProxyTimers = { connectTimeoutMs: null, readTimeoutMs: null, tries: null };

/** What an implementation calls its timers in its ConfigMap (ingress-nginx: docs/user-guide/nginx-configuration/configmap.md; haproxy-ingress: "Configuration keys", Timeout; contour: configuration reference, "Timeout Configuration"). */
interface ConfigKeys {
  /** The usual name of the ConfigMap beside the controller's pods. */
  readonly configMap: string;
  /** Where its settings are a YAML document inside the ConfigMap: the key of that document, and the section of it. */
  readonly document?: { readonly key: string; readonly section: string };
  readonly connect: string;
  readonly read: string | null;
  readonly tries: string | null;
  readonly idle?: string;
}

export const CONFIG_KEYS: Readonly<Record<string, ConfigKeys>> = {
  'ingress-nginx': {
    configMap: 'ingress-nginx-controller',
    connect: 'proxy-connect-timeout',
    read: 'proxy-read-timeout',
    tries: 'proxy-next-upstream-tries',
    idle: 'upstream-keepalive-timeout',
  },
  'nginx-ingress': {
    configMap: 'nginx-ingress',
    connect: 'proxy-connect-timeout',
    read: 'proxy-read-timeout',
    tries: 'proxy-next-upstream-tries',
  },
  'haproxy-ingress': {
    configMap: 'haproxy-ingress',
    connect: 'timeout-connect',
    read: 'timeout-server',
    tries: null,
  },
  'haproxytech-ingress': {
    configMap: 'haproxy-kubernetes-ingress',
    connect: 'timeout-connect',
    read: 'timeout-server',
    tries: null,
  },
  // Its `request-timeout` limits how long a request may take to arrive, not how long its answer takes.
  contour: {
    configMap: 'contour',
    document: { key: 'contour.yaml', section: 'timeouts' },
    connect: 'connect-timeout',
    read: null,
    tries: null,
  },
};

type Settings = Readonly<Record<string, string>>;

/** The settings of an implementation in its ConfigMap, by its own names; none where its document cannot be read. */
function settingsIn(data: Settings, { document }: ConfigKeys): Settings {
  if (document === undefined) return data;
  try {
    return mapAt(parse(data[document.key] ?? ''), document.section);
  } catch {
    return {};
  }
}

/** Whether a ConfigMap sets any of the timers. */
export function setsTimers(data: Settings, implementation: string): boolean {
  const keys = CONFIG_KEYS[implementation];
  if (keys === undefined) return false;
  const settings = settingsIn(data, keys);
  return [keys.connect, keys.read, keys.tries].some((key) => key !== null && settings[key] !== undefined);
}

/** The timers that a ConfigMap sets; those that it leaves out stay as they are by default. */
export function configuredTimers(data: Readonly<Record<string, string>>, implementation: string): ProxyTimers {
  const usual = DEFAULT_TIMERS[implementation] ?? UNKNOWN_TIMERS;
  const keys = CONFIG_KEYS[implementation];
  if (keys === undefined) return usual;
  const settings = settingsIn(data, keys);
  const upstreamIdleMs =
    (keys.idle === undefined ? null : milliseconds(settings[keys.idle])) ?? usual.upstreamIdleMs ?? null;
  return {
    ...(upstreamIdleMs === null ? {} : { upstreamIdleMs }),
    connectTimeoutMs: milliseconds(settings[keys.connect]) ?? usual.connectTimeoutMs,
    readTimeoutMs: (keys.read === null ? null : milliseconds(settings[keys.read])) ?? usual.readTimeoutMs,
    tries: (keys.tries === null ? null : number(settings[keys.tries])) ?? usual.tries,
  };
}

interface AnnotationKeys {
  readonly prefix: string;
  readonly connect: string | null;
  readonly read: string;
  readonly tries: string | null;
}

const NGINX_KEYS: AnnotationKeys = {
  prefix: INGRESS_NGINX,
  connect: 'proxy-connect-timeout',
  read: 'proxy-read-timeout',
  tries: 'proxy-next-upstream-tries',
};

/**
 * ingress-nginx: docs/user-guide/nginx-configuration/annotations.md; NGINX Ingress Controller: "Advanced configuration with Annotations";
 * haproxy-ingress: "Configuration keys", Timeout (scope Backend); haproxytech: documentation/annotations.md, timeout-server.
 */
const ANNOTATION_KEYS: Readonly<Record<string, AnnotationKeys>> = {
  'ingress-nginx': NGINX_KEYS,
  'nginx-ingress': { ...NGINX_KEYS, prefix: 'nginx.org' },
  'haproxy-ingress': {
    prefix: 'haproxy-ingress.github.io',
    connect: 'timeout-connect',
    read: 'timeout-server',
    tries: null,
  },
  'haproxytech-ingress': { prefix: 'haproxy.org', connect: null, read: 'timeout-server', tries: null },
};

/** What an Ingress sets for itself by annotations of the implementation that serves it; null: nothing. */
export function annotatedTimers(
  annotations: Readonly<Record<string, string>>,
  implementation: string | null,
): NonNullable<Route['timers']> | null {
  const keys = implementation === null ? NGINX_KEYS : ANNOTATION_KEYS[implementation];
  if (keys === undefined) return null;
  const say = (key: string | null) => (key === null ? undefined : annotations[`${keys.prefix}/${key}`]);
  const timers = {
    connectTimeoutMs: milliseconds(say(keys.connect)),
    readTimeoutMs: milliseconds(say(keys.read)),
    tries: number(say(keys.tries)),
  };
  return Object.values(timers).every((value) => value === null) ? null : timers;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `5`, `5s`, `500ms`, `1m30s`; a bare number is in seconds. null where it is none of these. */
function milliseconds(text: string | undefined): number | null {
  const match = /^\s*(\d+)\s*$/.exec(text ?? '');
  return match === null ? goDurationMs(text) : Number(match[1]) * 1000;
}

/** A duration as Go and the Gateway API write it (`1m30s`, `1.5s`; GEP-2257 is a part of it), in milliseconds; null where it is none. */
export function goDurationMs(text: string | undefined): number | null {
  const whole = (text ?? '').trim();
  if (!/^(?:\d+(?:\.\d+)?\s*(?:ms|s|m|h))+$/.test(whole)) return null;
  const parts = [...whole.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

function number(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : null;
}
