/**
 * Timers of proxies that stand in objects of their own, each read as its documentation has it: Envoy Gateway's BackendTrafficPolicy
 * (gateway.envoyproxy.io, "API Reference"), Istio's DestinationRule (istio.io, "Destination Rule", connectionPool.tcp.connectTimeout) and
 * Traefik's ServersTransport (doc.traefik.io, "ServersTransport", forwardingTimeouts).
 */
import type { ApiObject, Resource } from '../api/cluster-client.ts';
import { annotationsOf, at, listAt, nameOf, numberAt, textAt } from '../api/fields.ts';
import type { IngressController, Route } from '../model/cluster.ts';
import { RESOURCES } from '../api/resources.ts';
import { keyOf } from '../model/named.ts';
import { goDurationMs } from './proxy-timers.ts';

export interface ProxyPolicies {
  readonly backendTrafficPolicies: readonly ApiObject[];
  readonly destinationRules: readonly ApiObject[];
  readonly serversTransports: readonly ApiObject[];
  /** A Service names its ServersTransport by annotation. */
  readonly services: readonly ApiObject[];
}

/** Kinds to list, each where its API group is there. */
export const POLICY_KINDS = {
  backendTrafficPolicies: RESOURCES.backendTrafficPolicies,
  destinationRules: RESOURCES.destinationRules,
  serversTransports: RESOURCES.serversTransports,
} as const satisfies Record<string, Resource>;

type Timers = NonNullable<Route['timers']>;

/** The routes, each with the timers that such an object sets for it; what a route sets for itself goes over them. */
export function withPolicies(
  routes: readonly Route[],
  controllers: readonly IngressController[],
  policies: ProxyPolicies,
): Route[] {
  const implementations = new Map(controllers.map(({ className, implementation }) => [className, implementation]));
  return routes.map((route) => {
    const set = timersFor(route, implementations.get(route.className ?? '') ?? '', policies);
    if (set === null) return route;
    const own = route.timers;
    const timers: Timers = {
      connectTimeoutMs: own?.connectTimeoutMs ?? set.connectTimeoutMs,
      tries: own?.tries ?? set.tries,
      ...readLimit((own?.readTimeoutMs ?? null) === null ? set : own),
      ...requestLimit((own?.requestTimeoutMs ?? null) === null ? set : own),
      ...(set.from === undefined ? {} : { from: set.from }),
    };
    return { ...route, timers };
  });
}

function readLimit(by: Timers | undefined): Pick<Timers, 'readTimeoutMs' | 'readFrom'> {
  const readFrom = by?.readFrom;
  return { readTimeoutMs: by?.readTimeoutMs ?? null, ...(readFrom === undefined ? {} : { readFrom }) };
}

function requestLimit(by: Timers | undefined): Pick<Timers, 'requestTimeoutMs' | 'requestFrom'> {
  const [requestTimeoutMs, requestFrom] = [by?.requestTimeoutMs ?? null, by?.requestFrom];
  if (requestTimeoutMs === null) return {};
  return { requestTimeoutMs, ...(requestFrom === undefined ? {} : { requestFrom }) };
}

function timersFor(route: Route, implementation: string, policies: ProxyPolicies): Timers | null {
  switch (implementation) {
    case 'envoy-gateway':
      return ofTrafficPolicy(route, policies.backendTrafficPolicies);
    case 'istio':
      return ofDestinationRule(route, policies.destinationRules);
    case 'traefik':
      return ofServersTransport(route, policies);
    default:
      return null;
  }
}

/** Envoy's own number of retries where a policy asks for retries and names none (Retry.numRetries). */
const DEFAULT_RETRIES = 2;

/** One for the route goes over one for its Gateway; both stand beside what they are about. */
function ofTrafficPolicy(route: Route, objects: readonly ApiObject[]): Timers | null {
  const [namespace = '', name = ''] = (route.className ?? '').split('/');
  const aims = [
    { kind: route.kind, namespace: route.namespace, name: route.name },
    { kind: 'Gateway', namespace, name },
  ];
  for (const aim of aims) {
    const policy = objects.find((each) => nameOf(each)?.namespace === aim.namespace && targets(each, aim));
    const found = policy === undefined ? null : trafficTimers(policy);
    if (found !== null) return found;
  }
  return null;
}

function targets(policy: ApiObject, aim: { readonly kind: string; readonly name: string }): boolean {
  const refs = [...listAt(policy, 'spec', 'targetRefs'), at(policy, 'spec', 'targetRef')];
  return refs.some((each) => textAt(each, 'kind') === aim.kind && textAt(each, 'name') === aim.name);
}

function trafficTimers(policy: ApiObject): Timers | null {
  // Zero means no limit.
  const requestTimeoutMs = durationAt(policy, 'spec', 'timeout', 'http', 'requestTimeout') || null;
  const readTimeoutMs = durationAt(policy, 'spec', 'retry', 'perRetry', 'timeout') || null;
  const hasRetries = at(policy, 'spec', 'retry') !== undefined;
  const of = `of BackendTrafficPolicy ${keyOf(nameOf(policy))}`;
  return timers('BackendTrafficPolicy', policy, {
    connectTimeoutMs: durationAt(policy, 'spec', 'timeout', 'tcp', 'connectTimeout'),
    readTimeoutMs,
    tries: hasRetries ? 1 + (numberAt(policy, 'spec', 'retry', 'numRetries') ?? DEFAULT_RETRIES) : null,
    ...(readTimeoutMs === null ? {} : { readFrom: `retry.perRetry.timeout ${of}` }),
    ...(requestTimeoutMs === null
      ? { requestTimeoutMs }
      : { requestTimeoutMs, requestFrom: `timeout.http.requestTimeout ${of}` }),
  });
}

function ofDestinationRule(route: Route, objects: readonly ApiObject[]): Timers | null {
  const { service, serviceNamespace } = route;
  const names = [`${service}.${serviceNamespace}`, `${service}.${serviceNamespace}.svc`];
  const rule = objects.find((each) => {
    const host = textAt(each, 'spec', 'host') ?? '';
    const isShort = host === service && nameOf(each)?.namespace === serviceNamespace;
    return isShort || names.includes(host) || host.startsWith(`${names[1]}.`);
  });
  if (rule === undefined) return null;
  return timers('DestinationRule', rule, {
    connectTimeoutMs: durationAt(rule, 'spec', 'trafficPolicy', 'connectionPool', 'tcp', 'connectTimeout'),
    readTimeoutMs: null,
    tries: null,
  });
}

/** `NAMESPACE-NAME@kubernetescrd`, on the Service. */
const TRANSPORT_ANNOTATION = 'traefik.ingress.kubernetes.io/service.serverstransport';

function ofServersTransport(route: Route, { serversTransports, services }: ProxyPolicies): Timers | null {
  const service = services.find(
    (each) => nameOf(each)?.name === route.service && nameOf(each)?.namespace === route.serviceNamespace,
  );
  const wanted = (annotationsOf(service)[TRANSPORT_ANNOTATION] ?? '').replace(/@kubernetescrd$/, '');
  const transport = serversTransports.find((each) => {
    const named = nameOf(each);
    return named !== null && `${named.namespace}-${named.name}` === wanted;
  });
  if (transport === undefined) return null;
  const readTimeoutMs = durationAt(transport, 'spec', 'forwardingTimeouts', 'responseHeaderTimeout') || null;
  return timers('ServersTransport', transport, {
    connectTimeoutMs: durationAt(transport, 'spec', 'forwardingTimeouts', 'dialTimeout'),
    readTimeoutMs,
    tries: null,
    ...(readTimeoutMs === null
      ? {}
      : {
          readFrom: `forwardingTimeouts.responseHeaderTimeout of ServersTransport ${keyOf(nameOf(transport))}`,
        }),
  });
}

/** null where the object sets none of them. */
function timers(kind: string, object: ApiObject, found: Omit<Timers, 'from'>): Timers | null {
  const { namespace, name } = nameOf(object) ?? { namespace: '', name: '' };
  const isSet = Object.values(found).some((value) => value !== null && value !== undefined);
  return isSet ? { ...found, from: `${kind} ${namespace}/${name}` } : null;
}

/** Go's notation, or whole seconds where a number stands. */
function durationAt(value: unknown, ...path: readonly string[]): number | null {
  const seconds = numberAt(value, ...path);
  return seconds === null ? goDurationMs(textAt(value, ...path) ?? undefined) : seconds * 1000;
}
