/** "Host and path go to a Service" as Ingresses say it. */
import type { Cluster, Route } from '../model/cluster.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, at, listAt, nameOf, portAt, textAt, textsAt } from '../api/fields.ts';
import { covers } from '../model/route-match.ts';
import { publishedAddresses } from './workloads.ts';
import { implementationOf } from './implementations.ts';
import { annotatedAccess } from './access-rules.ts';
import { annotatedCanary } from './canaries.ts';
import { annotatedTimers } from './proxy-timers.ts';
import { annotatedHeadLimit } from './head-limits.ts';
import { annotatedLimits } from './request-limits.ts';
import { annotatedUpstream } from './upstreams.ts';

export type IngressClass = Cluster['ingressClasses'][number];

export function readIngressClass(object: ApiObject): IngressClass | null {
  const named = nameOf(object);
  if (named === null) return null;
  const isDefault = annotationsOf(object)['ingressclass.kubernetes.io/is-default-class'] === 'true';
  return { name: named.name, controller: textAt(object, 'spec', 'controller') ?? '', isDefault };
}

/** The class that serves an Ingress: by name, by the older annotation, or the one marked as default. */
export function classNameOf(ingress: ApiObject, classes: readonly IngressClass[]): string | null {
  return (
    textAt(ingress, 'spec', 'ingressClassName') ??
    annotationsOf(ingress)['kubernetes.io/ingress.class'] ??
    classes.find((each) => each.isDefault)?.name ??
    null
  );
}

export function readIngress(object: ApiObject, classes: readonly IngressClass[]): Route[] {
  const named = nameOf(object);
  if (named === null) return [];
  const secured = listAt(object, 'spec', 'tls');
  const className = classNameOf(object, classes);
  const controller = classes.find(({ name }) => name === className)?.controller ?? null;
  const implementation = implementationOf(controller, className ?? '')?.name ?? null;
  const timers = annotatedTimers(annotationsOf(object), implementation);
  const common = {
    kind: 'Ingress' as const,
    ...named,
    className,
    publishedAddresses: publishedAddresses(listAt(object, 'status', 'loadBalancer', 'ingress')),
    ...(timers === null ? {} : { timers }),
    ...annotatedLimits(annotationsOf(object), implementation),
    ...annotatedHeadLimit(annotationsOf(object), implementation),
    ...annotatedAccess(annotationsOf(object), implementation),
    ...(implementation === null || implementation === 'ingress-nginx' ? annotatedCanary(annotationsOf(object)) : {}),
  };
  const route = (host: string | null, backend: unknown, match: { path: string; pathType: string }): Route[] => {
    const service = textAt(backend, 'service', 'name');
    const port = portAt(backend, 'service', 'port', 'number') ?? portAt(backend, 'service', 'port', 'name');
    if (service === null || port === null) return [];
    const upstream = annotatedUpstream(annotationsOf(object), service);
    const own = secured.filter((each) => host !== null && textsAt(each, 'hosts').some((name) => covers(name, host)));
    const [secret] = own.flatMap((each) => textAt(each, 'secretName') ?? []);
    return [
      {
        ...common,
        host,
        ...match,
        tls: own.length > 0,
        ...(secret === undefined ? {} : { tlsSecret: { namespace: named.namespace, name: secret } }),
        service,
        serviceNamespace: named.namespace,
        port,
        ...(upstream === null ? {} : { upstream }),
      },
    ];
  };
  const rules = listAt(object, 'spec', 'rules').flatMap((rule) =>
    listAt(rule, 'http', 'paths').flatMap((path) =>
      route(textAt(rule, 'host'), at(path, 'backend'), {
        path: textAt(path, 'path') ?? '/',
        pathType: textAt(path, 'pathType') ?? 'ImplementationSpecific',
      }),
    ),
  );
  const fallback = at(object, 'spec', 'defaultBackend');
  return [...rules, ...route(null, fallback, { path: '/', pathType: 'Prefix' })];
}
