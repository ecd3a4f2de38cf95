/**
 * How many requests proxies admit, as routes say it. ingress-nginx: docs/user-guide/nginx-configuration/annotations.md, "Rate Limiting", and
 * internal/ingress/annotations/ratelimit/main.go; Contour: "Rate Limiting", local policies, and LocalRateLimitPolicy of its API reference.
 */
import { at, numberAt, textAt } from '../api/fields.ts';
import type { IngressController, RequestLimit, Route } from '../model/cluster.ts';
import { TOO_MANY_REQUESTS, UNAVAILABLE } from '../model/limit-statuses.ts';
import { INGRESS_NGINX } from '../model/ingress-nginx.ts';

/** `defBurst` of ingress-nginx, which `limit-burst-multiplier` replaces. */
const BURST_MULTIPLIER = 5;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

type Limited = Pick<Route, 'limits'>;

/** Of an Ingress that ingress-nginx serves, or nobody who is known; other controllers have annotations of their own, which are not read. */
export function annotatedLimits(annotations: Readonly<Record<string, string>>, implementation: string | null): Limited {
  if (implementation !== null && implementation !== 'ingress-nginx') return {};
  const number = (key: string) => whole(annotations[`${INGRESS_NGINX}/${key}`]) ?? 0;
  const multiplier = number('limit-burst-multiplier') || BURST_MULTIPLIER;
  // nginx adds a burst to the request that it admits anyway (ngx_http_limit_req_module.c, ngx_http_limit_req_lookup).
  const rate = (setting: 'limit-rps' | 'limit-rpm', inMs: number): RequestLimit => {
    const requests = number(setting);
    return { setting, per: 'client', requests, inMs, atOnce: requests * multiplier + 1 };
  };
  const connections = number('limit-connections');
  const all: RequestLimit[] = [
    rate('limit-rps', SECOND_MS),
    rate('limit-rpm', MINUTE_MS),
    { setting: 'limit-connections', per: 'client', requests: connections, inMs: null, atOnce: connections },
  ];
  return limited(all.filter(({ requests }) => requests > 0));
}

const UNITS_MS: Readonly<Record<string, number>> = { second: SECOND_MS, minute: MINUTE_MS, hour: 3_600_000 };

/** Of a route of an HTTPProxy, over that of its virtual host: each Envoy has a bucket of `requests` and `burst` more. */
export function proxyLimits(rule: unknown, root: unknown): Limited {
  const local = at(rule, 'rateLimitPolicy', 'local') ?? at(root, 'spec', 'virtualhost', 'rateLimitPolicy', 'local');
  const [requests, inMs] = [numberAt(local, 'requests'), UNITS_MS[textAt(local, 'unit') ?? ''] ?? null];
  if (requests === null || requests < 1 || inMs === null) return {};
  const status = numberAt(local, 'responseStatusCode') ?? 0;
  const atOnce = requests + (numberAt(local, 'burst') ?? 0);
  return limited([
    {
      setting: 'rateLimitPolicy.local',
      per: 'proxy',
      requests,
      inMs,
      atOnce,
      status: status === 0 ? TOO_MANY_REQUESTS : status,
    },
  ]);
}

/** ingress-nginx answers both alike unless its ConfigMap says otherwise (configmap.md, limit-req-status-code and limit-conn-status-code). */
export function limitStatus(
  data: Readonly<Record<string, string>> | null,
  implementation: string,
): Pick<IngressController, 'limitStatus'> {
  if (implementation !== 'ingress-nginx') return {};
  const status = (key: string) => whole(data?.[key]) ?? UNAVAILABLE;
  return { limitStatus: { requests: status('limit-req-status-code'), connections: status('limit-conn-status-code') } };
}

function limited(limits: readonly RequestLimit[]): Limited {
  return limits.length === 0 ? {} : { limits: [...limits] };
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : null;
}
