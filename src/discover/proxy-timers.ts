/** How long a proxy waits for its upstream and how often it tries again: from its own configuration, else its defaults. */
import type { Route } from '../model/cluster.ts';

export interface ProxyTimers {
  readonly connectTimeoutMs: number | null;
  readonly readTimeoutMs: number | null;
  readonly tries: number | null;
}

/**
 * Defaults as shipped, where a source was read (timer reference, section 5): ingress-nginx internal/ingress/controller/config/config.go;
 * Envoy's timeouts FAQ; contour internal/envoy/v3/cluster.go; haproxytech fs/usr/local/etc/haproxy/haproxy.cfg; traefik
 * pkg/config; Istio's meshConfig.connectTimeout; nginx ngx_http_proxy_module.c. null: not known well enough to accuse anybody.
 */
export const DEFAULT_TIMERS: Readonly<Record<string, ProxyTimers>> = {
  'ingress-nginx': { connectTimeoutMs: 5000, readTimeoutMs: 60_000, tries: 3 },
  'nginx-ingress': { connectTimeoutMs: 60_000, readTimeoutMs: 60_000, tries: null },
  contour: { connectTimeoutMs: 2000, readTimeoutMs: 15_000, tries: null },
  istio: { connectTimeoutMs: 10_000, readTimeoutMs: null, tries: 3 },
  'haproxy-ingress': { connectTimeoutMs: 5000, readTimeoutMs: 50_000, tries: null },
  'haproxytech-ingress': { connectTimeoutMs: 5000, readTimeoutMs: 50_000, tries: null },
  traefik: { connectTimeoutMs: 30_000, readTimeoutMs: null, tries: 1 },
};

export const UNKNOWN_TIMERS: ProxyTimers = { connectTimeoutMs: null, readTimeoutMs: null, tries: null };

/** What an implementation calls its timers in its ConfigMap (ingress-nginx: docs/user-guide/nginx-configuration/configmap.md). */
interface ConfigKeys {
  /** The usual name of the ConfigMap beside the controller's pods. */
  readonly configMap: string;
  readonly connect: string;
  readonly read: string;
  readonly tries: string | null;
}

export const CONFIG_KEYS: Readonly<Record<string, ConfigKeys>> = {
  'ingress-nginx': {
    configMap: 'ingress-nginx-controller',
    connect: 'proxy-connect-timeout',
    read: 'proxy-read-timeout',
    tries: 'proxy-next-upstream-tries',
  },
  'nginx-ingress': {
    configMap: 'nginx-ingress',
    connect: 'proxy-connect-timeout',
    read: 'proxy-read-timeout',
    tries: 'proxy-next-upstream-tries',
  },
  'haproxytech-ingress': {
    configMap: 'haproxy-kubernetes-ingress',
    connect: 'timeout-connect',
    read: 'timeout-server',
    tries: null,
  },
};

/** The timers that a ConfigMap sets; those that it leaves out stay as they are by default. */
export function configuredTimers(data: Readonly<Record<string, string>>, implementation: string): ProxyTimers {
  const usual = DEFAULT_TIMERS[implementation] ?? UNKNOWN_TIMERS;
  const keys = CONFIG_KEYS[implementation];
  if (keys === undefined) return usual;
  return {
    connectTimeoutMs: milliseconds(data[keys.connect]) ?? usual.connectTimeoutMs,
    readTimeoutMs: milliseconds(data[keys.read]) ?? usual.readTimeoutMs,
    tries: (keys.tries === null ? null : number(data[keys.tries])) ?? usual.tries,
  };
}

/** What an Ingress sets for itself by annotation (ingress-nginx: docs/user-guide/nginx-configuration/annotations.md); null: nothing. */
export function annotatedTimers(annotations: Readonly<Record<string, string>>): NonNullable<Route['timers']> | null {
  const say = (key: string) => annotations[`nginx.ingress.kubernetes.io/${key}`];
  const timers = {
    connectTimeoutMs: milliseconds(say('proxy-connect-timeout')),
    readTimeoutMs: milliseconds(say('proxy-read-timeout')),
    tries: number(say('proxy-next-upstream-tries')),
  };
  return Object.values(timers).every((value) => value === null) ? null : timers;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `5`, `5s`, `500ms`; a bare number is in seconds. null where it is neither. */
function milliseconds(text: string | undefined): number | null {
  const match = /^\s*(\d+)\s*(ms|s|m|h)?\s*$/.exec(text ?? '');
  return match === null ? null : Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? 1000);
}

function number(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : null;
}
