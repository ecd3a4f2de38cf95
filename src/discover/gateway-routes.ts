/**
 * "Host and path go to a Service" as the Gateway API says it: HTTPRoutes, GRPCRoutes and TLSRoutes at the listeners of their Gateways, with what
 * ReferenceGrants admit and what their controllers say of them (gateway.networking.k8s.io/v1).
 */
import type { ApiObject } from '../api/cluster-client.ts';
import { at, listAt, nameOf, numberAt, textAt, textsAt } from '../api/fields.ts';
import type { ObjectName, Route, RouteCondition } from '../model/cluster.ts';
import { coversLabels } from '../model/route-match.ts';
import { keyOf } from '../model/named.ts';
import { oldestFirst } from './oldest-first.ts';
import { goDurationMs } from './proxy-timers.ts';

export interface GatewayApi {
  readonly httpRoutes: readonly ApiObject[];
  readonly grpcRoutes: readonly ApiObject[];
  readonly tlsRoutes: readonly ApiObject[];
  /** null: which there are could not be read. */
  readonly gateways: readonly ApiObject[] | null;
  readonly classes: readonly ApiObject[];
  /** null: which there are could not be read. */
  readonly grants: readonly ApiObject[] | null;
}

type GatewayKind = 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute';

/** Listeners that take routes of a kind, by their protocol (Listener.protocol, "core" support). */
const PROTOCOLS: Readonly<Record<GatewayKind, readonly string[]>> = {
  HTTPRoute: ['HTTP', 'HTTPS'],
  GRPCRoute: ['HTTP', 'HTTPS'],
  TLSRoute: ['TLS'],
};

export function readGatewayRoutes(api: GatewayApi): Route[] {
  return [
    ...oldestFirst(api.httpRoutes).flatMap((each) => readRoute('HTTPRoute', each, api)),
    ...oldestFirst(api.grpcRoutes).flatMap((each) => readRoute('GRPCRoute', each, api)),
    ...oldestFirst(api.tlsRoutes).flatMap((each) => readRoute('TLSRoute', each, api)),
  ];
}

/** A Gateway goes by `namespace/name`: a slash cannot stand in the name of an IngressClass. */
export function gatewayKey(gateway: ApiObject): string {
  return keyOf(nameOf(gateway));
}

function readRoute(kind: GatewayKind, object: ApiObject, api: GatewayApi): Route[] {
  const named = nameOf(object);
  if (named === null) return [];
  const parents = listAt(object, 'spec', 'parentRefs').filter(
    (each) => (textAt(each, 'kind') ?? 'Gateway') === 'Gateway',
  );
  const rules = rulesOf(kind, object, { named, api });
  return parents.flatMap((parent) => {
    const className = `${textAt(parent, 'namespace') ?? named.namespace}/${textAt(parent, 'name') ?? ''}`;
    const gateway = api.gateways?.find((each) => gatewayKey(each) === className);
    const conditions = conditionsOf({ kind, object, named, parent, className, gateway, api });
    const publishedAddresses = listAt(gateway, 'status', 'addresses').flatMap((each) => textAt(each, 'value') ?? []);
    const common = {
      kind,
      ...named,
      className,
      publishedAddresses,
      ...(conditions.length === 0 ? {} : { conditions }),
    };
    return hostsOf(textsAt(object, 'spec', 'hostnames'), listenersOf(kind, gateway, parent)).flatMap(
      ({ host, listeners }) => {
        const ports = portsOf(listeners);
        const secret = secretOf(listeners, gateway);
        const own = {
          host,
          tls: ports?.https !== undefined,
          ...(secret === null ? {} : { tlsSecret: secret }),
          ...(ports === null ? {} : { listenerPorts: ports }),
        };
        return rules.map((rule) => ({ ...common, ...own, ...rule }));
      },
    );
  });
}

/** Those that the parent reference means: all, or the one of its name or port. */
function listenersOf(kind: GatewayKind, gateway: ApiObject | undefined, parent: unknown): unknown[] {
  const section = textAt(parent, 'sectionName');
  const port = numberAt(parent, 'port');
  return listAt(gateway, 'spec', 'listeners').filter(
    (each) =>
      (section === null || textAt(each, 'name') === section) &&
      (port === null || numberAt(each, 'port') === port) &&
      PROTOCOLS[kind].includes(textAt(each, 'protocol') ?? ''),
  );
}

interface AtHost {
  readonly host: string | null;
  readonly listeners: readonly unknown[];
}

/**
 * What route and listener have in common, the more specific of both; null: any host. Where they have nothing in common, the route's own: its status
 * then says that no listener takes it.
 */
function hostsOf(hostnames: readonly string[], listeners: readonly unknown[]): AtHost[] {
  const met = listeners.flatMap((listener) => {
    const limit = textAt(listener, 'hostname');
    if (hostnames.length === 0) return [{ host: limit, listener }];
    return hostnames.flatMap((host) => {
      const common = limit === null ? host : commonOf(host, limit);
      return common === null ? [] : [{ host: common, listener }];
    });
  });
  const byHost = Map.groupBy(met, ({ host }) => host);
  if (byHost.size > 0) return [...byHost].map(([host, all]) => ({ host, listeners: all.map((each) => each.listener) }));
  return hostnames.length > 0 ? hostnames.map((host) => ({ host, listeners: [] })) : [{ host: null, listeners: [] }];
}

function commonOf(one: string, other: string): string | null {
  if (coversLabels(other, one) || other.toLowerCase() === one.toLowerCase()) return one;
  if (coversLabels(one, other)) return other;
  // Of two wildcards the one under the other: `*.a.example.com` under `*.example.com`.
  if (one.startsWith('*.') && other.startsWith('*.')) {
    if (one.toLowerCase().endsWith(other.slice(1).toLowerCase())) return one;
    if (other.toLowerCase().endsWith(one.slice(1).toLowerCase())) return other;
  }
  return null;
}

/** null where no listener is known. */
function portsOf(listeners: readonly unknown[]): NonNullable<Route['listenerPorts']> | null {
  const portOf = (...protocols: readonly string[]) =>
    listeners.flatMap((each) =>
      protocols.includes(textAt(each, 'protocol') ?? '') ? (numberAt(each, 'port') ?? []) : [],
    )[0];
  const [http, https] = [portOf('HTTP'), portOf('HTTPS', 'TLS')];
  if (http === undefined && https === undefined) return null;
  return { ...(http === undefined ? {} : { http }), ...(https === undefined ? {} : { https }) };
}

/** Of the first listener that ends TLS (GatewayTLSConfig.certificateRefs). */
function secretOf(listeners: readonly unknown[], gateway: ApiObject | undefined): ObjectName | null {
  const [reference] = listeners.flatMap((each) => listAt(each, 'tls', 'certificateRefs'));
  const name = textAt(reference, 'name');
  if (name === null || gateway === undefined || (textAt(reference, 'kind') ?? 'Secret') !== 'Secret') return null;
  return { namespace: textAt(reference, 'namespace') ?? nameOf(gateway)?.namespace ?? '', name };
}

type Rule = Pick<Route, 'path' | 'pathType' | 'service' | 'serviceNamespace' | 'port' | 'timers'> &
  Partial<Pick<Route, 'weight' | 'isConditional' | 'isUngranted' | 'leadsTo'>>;

interface Around {
  readonly named: ObjectName;
  readonly api: GatewayApi;
}

function rulesOf(kind: GatewayKind, object: ApiObject, { named, api }: Around): Rule[] {
  return listAt(object, 'spec', 'rules').flatMap((rule): Rule[] => {
    const matches = listAt(rule, 'matches');
    const timers = ruleTimers(rule, named);
    const backends = listAt(rule, 'backendRefs').filter((each) => isService(each) && at(each, 'weight') !== 0);
    const isShared = backends.length > 1;
    if (backends.length === 0) {
      const nowhere = { service: '', serviceNamespace: named.namespace, port: 0, leadsTo: leadsTo(rule) };
      return (matches.length > 0 ? matches : [{}]).map((match) => ({ ...pathOf(kind, match), ...nowhere }));
    }
    return (matches.length > 0 ? matches : [{}]).flatMap((match) =>
      backends.flatMap((backend): Rule[] => {
        const [service, port] = [textAt(backend, 'name'), numberAt(backend, 'port')];
        if (service === null || port === null) return [];
        const serviceNamespace = textAt(backend, 'namespace') ?? named.namespace;
        const crossing = { kind, from: named.namespace, to: serviceNamespace, service };
        return [
          {
            ...pathOf(kind, match),
            service,
            serviceNamespace,
            port,
            ...(timers === null ? {} : { timers }),
            ...(isShared ? { weight: numberAt(backend, 'weight') ?? 1 } : {}),
            ...(isGranted(crossing, api.grants) === false ? { isUngranted: true as const } : {}),
          },
        ];
      }),
    );
  });
}

function isService(backend: unknown): boolean {
  return (textAt(backend, 'kind') ?? 'Service') === 'Service';
}

/** A rule without a Service: its proxies redirect (HTTPRouteFilter.requestRedirect), an object of another kind answers, or nobody does. */
function leadsTo(rule: unknown): NonNullable<Route['leadsTo']> {
  const filters = listAt(rule, 'filters').map((each) => textAt(each, 'type'));
  if (filters.includes('RequestRedirect')) return 'redirect';
  // What a controller's own filter does is not known (a fixed answer, mostly).
  if (filters.includes('ExtensionRef')) return 'answer';
  return listAt(rule, 'backendRefs').some((each) => !isService(each)) ? 'other' : 'nothing';
}

/** What else a match may ask of a request, beside its path. */
const CONDITIONS = ['headers', 'queryParams'] as const;

/** A gRPC method is a path, `/SERVICE/METHOD` (GRPCMethodMatch); a TLSRoute looks at no path at all. */
function pathOf(kind: GatewayKind, match: unknown): Pick<Rule, 'path' | 'pathType' | 'isConditional'> {
  const isConditional =
    CONDITIONS.some((each) => listAt(match, each).length > 0) ||
    (kind === 'HTTPRoute' && textAt(match, 'method') !== null && textAt(match, 'method') !== 'GET');
  const more = isConditional ? { isConditional: true as const } : {};
  if (kind === 'GRPCRoute') {
    const [service, method] = [textAt(match, 'method', 'service'), textAt(match, 'method', 'method')];
    if (service === null) return { path: '/', pathType: 'Prefix', ...more };
    const isExact = method !== null;
    return { path: isExact ? `/${service}/${method}` : `/${service}`, pathType: isExact ? 'Exact' : 'Prefix', ...more };
  }
  const type = textAt(match, 'path', 'type');
  const pathType = type === 'Exact' || type === 'RegularExpression' ? type : 'Prefix';
  return { path: textAt(match, 'path', 'value') ?? '/', pathType, ...more };
}

interface Crossing {
  readonly kind: GatewayKind;
  readonly from: string;
  readonly to: string;
  readonly service: string;
}

/** Whether the reference may leave its namespace (ReferenceGrant); null: not known. */
function isGranted({ kind, from, to, service }: Crossing, grants: readonly ApiObject[] | null): boolean | null {
  if (from === to) return true;
  if (grants === null) return null;
  return grants.some(
    (grant) =>
      nameOf(grant)?.namespace === to &&
      listAt(grant, 'spec', 'from').some(
        (each) => textAt(each, 'kind') === kind && textAt(each, 'namespace') === from,
      ) &&
      listAt(grant, 'spec', 'to').some(
        (each) => textAt(each, 'kind') === 'Service' && (textAt(each, 'name') ?? service) === service,
      ),
  );
}

interface Attachment {
  readonly kind: GatewayKind;
  readonly object: ApiObject;
  readonly named: ObjectName;
  readonly parent: unknown;
  readonly className: string;
  readonly gateway: ApiObject | undefined;
  readonly api: GatewayApi;
}

/** What is said to be False by the statuses of the route, its listeners, its Gateway and the class of that. */
function conditionsOf({ kind, object, named, parent, className, gateway, api }: Attachment): RouteCondition[] {
  const route = { kind, ...named };
  if (gateway === undefined) {
    if (api.gateways === null) return [];
    const message = `there is no Gateway ${className}`;
    return [{ type: 'Accepted', reason: 'NoMatchingParent', message, of: route }];
  }
  const gatewayClass = api.classes.find((each) => nameOf(each)?.name === textAt(gateway, 'spec', 'gatewayClassName'));
  const controller = textAt(gatewayClass, 'spec', 'controllerName');
  const own = listAt(object, 'status', 'parents').filter(
    (each) => isSameParent(at(each, 'parentRef'), parent, named) && isBy(each, controller),
  );
  const section = textAt(parent, 'sectionName');
  const listeners = listAt(gateway, 'status', 'listeners').filter(
    (each) => section === null || textAt(each, 'name') === section,
  );
  const gatewayNamed = nameOf(gateway) ?? { namespace: '', name: '' };
  const all = [
    ...own.flatMap((each) => falseOf(each, ['Accepted', 'ResolvedRefs'], route)),
    ...(listeners.length === 0 ||
    listeners.some((each) => falseOf(each, ['Accepted', 'Programmed'], route).length === 0)
      ? []
      : listeners.flatMap((each) =>
          falseOf(each, ['Accepted', 'Programmed', 'ResolvedRefs'], { kind: 'Gateway', ...gatewayNamed }),
        )),
    ...falseOf(at(gateway, 'status'), ['Accepted', 'Programmed'], { kind: 'Gateway', ...gatewayNamed }),
    ...falseOf(at(gatewayClass, 'status'), ['Accepted'], {
      kind: 'GatewayClass',
      namespace: '',
      name: nameOf(gatewayClass)?.name ?? '',
    }),
  ];
  const unique = new Map(all.map((each) => [`${each.of.kind} ${each.type} ${each.reason}`, each]));
  return [...unique.values()];
}

function isBy(status: unknown, controller: string | null): boolean {
  return controller === null || textAt(status, 'controllerName') === controller;
}

function isSameParent(one: unknown, other: unknown, { namespace }: ObjectName): boolean {
  const sameText = (key: string) => textAt(one, key) === textAt(other, key);
  return (
    textAt(one, 'name') === textAt(other, 'name') &&
    (textAt(one, 'namespace') ?? namespace) === (textAt(other, 'namespace') ?? namespace) &&
    sameText('sectionName') &&
    numberAt(one, 'port') === numberAt(other, 'port')
  );
}

function falseOf(status: unknown, types: readonly string[], of: RouteCondition['of']): RouteCondition[] {
  return listAt(status, 'conditions').flatMap((each) => {
    const type = textAt(each, 'type');
    if (type === null || !types.includes(type) || textAt(each, 'status') !== 'False') return [];
    return [{ type, reason: textAt(each, 'reason') ?? '', message: textAt(each, 'message') ?? '', of }];
  });
}

/**
 * What a rule limits for itself: HTTPRouteTimeouts.request for all tries together, backendRequest for each of them, which is the same where there is
 * one (HTTPRouteRetry.attempts come after it); zero means no limit. null: nothing.
 */
function ruleTimers(rule: unknown, { namespace, name }: ObjectName): Route['timers'] | null {
  const limit = (field: 'request' | 'backendRequest') => {
    const ms = goDurationMs(textAt(rule, 'timeouts', field) ?? undefined);
    return ms === null || ms === 0 ? null : { ms, from: `timeouts.${field} of HTTPRoute ${namespace}/${name}` };
  };
  const [request, each, attempts] = [limit('request'), limit('backendRequest'), numberAt(rule, 'retry', 'attempts')];
  const usual = { connectTimeoutMs: null, readTimeoutMs: null, tries: attempts === null ? null : attempts + 1 };
  if (attempts !== null && each !== null) {
    const tried = { ...usual, readTimeoutMs: each.ms, readFrom: each.from };
    return request === null ? tried : { ...tried, requestTimeoutMs: request.ms, requestFrom: request.from };
  }
  const [shortest] = [request, each].filter((found) => found !== null).toSorted((a, b) => a.ms - b.ms);
  if (shortest === undefined) return attempts === null ? null : usual;
  return { ...usual, requestTimeoutMs: shortest.ms, requestFrom: shortest.from };
}
