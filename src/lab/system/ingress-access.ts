/**
 * Who may come, and who is asked first, as ingress-nginx writes it (docs/user-guide/nginx-configuration/annotations.md, "Whitelist source range",
 * "External Authentication"): by the address that nginx sees, and by a subrequest to the auth-url. Pure.
 */
import { atPort } from '../network/address-plan.ts';
import type { KubeObject } from '../model.ts';
import { annotationOf } from './ingress-annotation.ts';

const RANGES = /^[\d.:a-f/]+(?:\s*,\s*[\d.:a-f/]+)*$/iu;

/** Directives of a location. */
export function accessIn(ingress: KubeObject, services: readonly KubeObject[]): string[] {
  const ranges = annotationOf(ingress, 'whitelist-source-range');
  const allowed = RANGES.test(ranges) ? ranges.split(/\s*,\s*/u).map((range) => `allow ${range};`) : [];
  return [
    ...(allowed.length === 0 ? [] : [...allowed, 'deny all;']),
    ...(authOf(ingress, services) === null ? [] : [`auth_request ${placeOf(ingress)};`]),
  ];
}

/** Locations of a server: where nginx asks for leave. */
export function authLocations(ingresses: readonly KubeObject[], services: readonly KubeObject[]): string[] {
  return [...new Set(ingresses)].flatMap((ingress) => {
    const auth = authOf(ingress, services);
    return auth === null
      ? []
      : [
          `  location = ${placeOf(ingress)} { internal; proxy_pass ${auth.url}; proxy_pass_request_body off; proxy_set_header Content-Length ''; proxy_set_header Host ${auth.host}; }`,
        ];
  });
}

/** Its host is a Service of the cluster, by name: nginx gets the ClusterIP, for a node's resolver knows none of them. null: none is set, or it is somebody else's. */
function authOf(ingress: KubeObject, services: readonly KubeObject[]): { host: string; url: string } | null {
  const text = annotationOf(ingress, 'auth-url');
  const url = URL.canParse(text) ? new URL(text) : null;
  const [name, namespace, svc] = url?.hostname.split('.') ?? [];
  const service = services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  const address: unknown = service?.['spec']?.clusterIP;
  if (url?.protocol !== 'http:' || svc !== 'svc' || typeof address !== 'string') return null;
  return { host: url.host, url: `http://${atPort(address, Number(url.port || '80'))}${url.pathname}` };
}

function placeOf({ metadata: { namespace = 'default', name } }: KubeObject): string {
  return `/_external-auth-${namespace}-${name}`;
}
