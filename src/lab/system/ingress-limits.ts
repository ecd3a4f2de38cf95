/**
 * Limits of requests as ingress-nginx writes them (kubernetes/ingress-nginx internal/ingress/annotations/ratelimit/main.go,
 * internal/ingress/controller/template/template.go: buildRateLimitZones, buildRateLimit): by the address of the client, the burst at once. Pure.
 */
import type { KubeObject } from '../model.ts';
import { annotationOf } from './ingress-annotation.ts';

/** `defBurst` in main.go. */
const BURST_MULTIPLIER = 5;
/** docs/user-guide/nginx-configuration/configmap.md: limit-req-status-code, limit-conn-status-code. */
const STATUS = '503';

/** Directives of `http { }`. */
export function limitZones(ingress: KubeObject): string[] {
  const { connections, perSecond, perMinute } = limitsOf(ingress);
  const zone = zoneOf(ingress);
  return [
    ...(connections > 0 ? [`limit_conn_zone $binary_remote_addr zone=${zone}_conn:5m;`] : []),
    ...(perMinute > 0 ? [`limit_req_zone $binary_remote_addr zone=${zone}_rpm:5m rate=${perMinute}r/m;`] : []),
    ...(perSecond > 0 ? [`limit_req_zone $binary_remote_addr zone=${zone}_rps:5m rate=${perSecond}r/s;`] : []),
  ];
}

/** Directives of a location. `settings`: data of the controller's ConfigMap. */
export function limitsIn(ingress: KubeObject, settings: Readonly<Record<string, string>>): string[] {
  const { connections, perSecond, perMinute, multiplier } = limitsOf(ingress);
  const zone = zoneOf(ingress);
  const limits = [
    ...(connections > 0 ? [`limit_conn ${zone}_conn ${connections};`] : []),
    ...(perSecond > 0 ? [`limit_req zone=${zone}_rps burst=${perSecond * multiplier} nodelay;`] : []),
    ...(perMinute > 0 ? [`limit_req zone=${zone}_rpm burst=${perMinute * multiplier} nodelay;`] : []),
  ];
  if (limits.length === 0) return [];
  const status = (key: string) => (/^[45]\d\d$/u.test(settings[key] ?? '') ? settings[key] : STATUS);
  return [
    ...limits,
    `limit_req_status ${status('limit-req-status-code')}; limit_conn_status ${status('limit-conn-status-code')};`,
  ];
}

function limitsOf(ingress: KubeObject) {
  const number = (key: string) => {
    const text = annotationOf(ingress, key);
    return /^\d{1,6}$/u.test(text) ? Number(text) : 0;
  };
  return {
    connections: number('limit-connections'),
    perSecond: number('limit-rps'),
    perMinute: number('limit-rpm'),
    multiplier: number('limit-burst-multiplier') || BURST_MULTIPLIER,
  };
}

function zoneOf({ metadata: { namespace = 'default', name } }: KubeObject): string {
  return `${namespace}_${name}`;
}
