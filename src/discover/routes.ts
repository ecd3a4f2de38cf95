/** "Host and path go to a Service": from Ingresses and from Gateway API HTTPRoutes. */
import type { Cluster, Route } from '../model/cluster.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, at, listAt, nameOf, numberAt, portAt, textAt, textsAt } from '../api/fields.ts';
import { publishedAddresses } from './workloads.ts';
import { annotatedTimers, goDurationMs } from './proxy-timers.ts';

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
  const tlsHosts = new Set(listAt(object, 'spec', 'tls').flatMap((each) => textsAt(each, 'hosts')));
  const timers = annotatedTimers(annotationsOf(object));
  const common = {
    kind: 'Ingress' as const,
    ...named,
    className: classNameOf(object, classes),
    publishedAddresses: publishedAddresses(listAt(object, 'status', 'loadBalancer', 'ingress')),
    ...(timers === null ? {} : { timers }),
  };
  const route = (host: string | null, backend: unknown, match: { path: string; pathType: string }): Route[] => {
    const service = textAt(backend, 'service', 'name');
    const port = portAt(backend, 'service', 'port', 'number') ?? portAt(backend, 'service', 'port', 'name');
    if (service === null || port === null) return [];
    const tls = host !== null && [...tlsHosts].some((name) => covers(name, host));
    return [{ ...common, host, ...match, tls, service, serviceNamespace: named.namespace, port }];
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

/** A wildcard stands for exactly one label (networking/v1 IngressRule.host). */
export function covers(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern.toLowerCase() === host.toLowerCase();
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot).toLowerCase() === pattern.slice(1).toLowerCase();
}

/** A Gateway goes by `namespace/name`: a slash cannot stand in the name of an IngressClass. */
export function readHttpRoute(object: ApiObject, gateways: readonly ApiObject[]): Route[] {
  const named = nameOf(object);
  if (named === null) return [];
  const parents = listAt(object, 'spec', 'parentRefs').filter(
    (each) => (textAt(each, 'kind') ?? 'Gateway') === 'Gateway',
  );
  return parents.flatMap((parent) => {
    const className = `${textAt(parent, 'namespace') ?? named.namespace}/${textAt(parent, 'name') ?? ''}`;
    const gateway = gateways.find((each) => gatewayKey(each) === className);
    const listeners = listenersOf(gateway, textAt(parent, 'sectionName'));
    const hosts = hostsOf(textsAt(object, 'spec', 'hostnames'), listeners);
    const common = {
      kind: 'HTTPRoute' as const,
      ...named,
      className,
      tls: listeners.some((each) => textAt(each, 'protocol') === 'HTTPS'),
      publishedAddresses: listAt(gateway, 'status', 'addresses').flatMap((each) => textAt(each, 'value') ?? []),
    };
    return hosts.flatMap((host) => rulesOf(object, named.namespace).map((rule) => ({ ...common, host, ...rule })));
  });
}

export function gatewayKey(gateway: ApiObject): string {
  const named = nameOf(gateway);
  return named === null ? '' : `${named.namespace}/${named.name}`;
}

function listenersOf(gateway: ApiObject | undefined, section: string | null): unknown[] {
  return listAt(gateway, 'spec', 'listeners').filter((each) => section === null || textAt(each, 'name') === section);
}

/** The route's hostnames; where it has none, those of the listeners; null where neither names one. */
function hostsOf(hostnames: readonly string[], listeners: readonly unknown[]): (string | null)[] {
  if (hostnames.length > 0) return [...hostnames];
  const ofListeners = [...new Set(listeners.map((each) => textAt(each, 'hostname')))];
  return ofListeners.length > 0 ? ofListeners : [null];
}

type Rule = Pick<Route, 'path' | 'pathType' | 'service' | 'serviceNamespace' | 'port' | 'timers'>;

function rulesOf(object: ApiObject, namespace: string): Rule[] {
  return listAt(object, 'spec', 'rules').flatMap((rule) => {
    const matches = listAt(rule, 'matches');
    const timers = ruleTimers(rule);
    const backends = listAt(rule, 'backendRefs').filter(
      (each) => (textAt(each, 'kind') ?? 'Service') === 'Service' && at(each, 'weight') !== 0,
    );
    return (matches.length > 0 ? matches : [{}]).flatMap((match) =>
      backends.flatMap((backend) => {
        const [service, port] = [textAt(backend, 'name'), numberAt(backend, 'port')];
        if (service === null || port === null) return [];
        return [
          {
            path: textAt(match, 'path', 'value') ?? '/',
            pathType: textAt(match, 'path', 'type') === 'Exact' ? 'Exact' : 'Prefix',
            service,
            serviceNamespace: textAt(backend, 'namespace') ?? namespace,
            port,
            ...(timers === null ? {} : { timers }),
          },
        ];
      }),
    );
  });
}

/**
 * What a rule limits for itself: HTTPRouteTimeouts.request for all tries together, backendRequest for each, which is the same where there is one;
 * zero means no limit. null: nothing.
 */
function ruleTimers(rule: unknown): Route['timers'] | null {
  const limits = ['request', 'backendRequest'].flatMap((each) => {
    const ms = goDurationMs(textAt(rule, 'timeouts', each) ?? undefined);
    return ms === null || ms === 0 ? [] : [ms];
  });
  if (limits.length === 0) return null;
  return { connectTimeoutMs: null, readTimeoutMs: null, tries: null, requestTimeoutMs: Math.min(...limits) };
}
