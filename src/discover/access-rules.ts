/**
 * What ingress-nginx asks or refuses before it passes a request on, as an Ingress says it: docs/user-guide/nginx-configuration/annotations.md,
 * "Whitelist source range", "Denylist source range", "External Authentication", "Authentication", "Client Certificate Authentication" and
 * "ModSecurity". Rules in a ConfigMap, in snippets and those of other controllers are not read.
 */
import type { AccessRule, Route } from '../model/cluster.ts';
import { INGRESS_NGINX } from '../model/ingress-nginx.ts';

type Settings = Readonly<Record<string, string>>;

/** Of an Ingress that ingress-nginx serves, or nobody who is known. */
export function annotatedAccess(annotations: Settings, implementation: string | null): Pick<Route, 'access'> {
  if (implementation !== null && implementation !== 'ingress-nginx') return {};
  const of = (key: string) => annotations[`${INGRESS_NGINX}/${key}`]?.trim() ?? '';
  const ranges = (setting: 'whitelist-source-range' | 'allowlist-source-range' | 'denylist-source-range') =>
    of(setting) === '' ? [] : [{ setting, ranges: of(setting).split(/[\s,]+/u) }];
  const url = of('auth-url');
  const access: AccessRule[] = [
    ...ranges('allowlist-source-range'),
    ...ranges('whitelist-source-range'),
    ...ranges('denylist-source-range'),
    ...(url === '' ? [] : [{ setting: 'auth-url' as const, url }]),
    ...(of('auth-type') === '' ? [] : [{ setting: 'auth-type' as const }]),
    ...(of('auth-tls-secret') === '' ? [] : [{ setting: 'auth-tls-secret' as const }]),
    ...(of('enable-modsecurity') === 'true' ? [{ setting: 'enable-modsecurity' as const }] : []),
  ];
  return access.length === 0 ? {} : { access };
}
