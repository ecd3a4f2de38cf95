/**
 * "Host and path go to a Service" as Istio says it (istio.io, "Virtual Service" and "Gateway"): VirtualServices that are bound to Gateways; those of
 * the mesh alone are no way in. What they say of TLS by SNI and of TCP is not read.
 */
import type { ApiObject } from '../api/cluster-client.ts';
import { at, listAt, mapAt, nameOf, numberAt, textAt, textsAt } from '../api/fields.ts';
import { ONLY_PORT } from '../model/cluster.ts';
import type { ObjectName, Route } from '../model/cluster.ts';
import { isSameName } from '../model/named.ts';
import { coversLabels } from '../model/route-match.ts';
import type { Served } from './controllers.ts';
import { goDurationMs } from './proxy-timers.ts';

export interface IstioApi {
  readonly virtualServices: readonly ApiObject[];
  /** null: which there are could not be read. */
  readonly gateways: readonly ApiObject[] | null;
}

/** `gateways` that means the sidecars. */
const MESH = 'mesh';
const CONTROLLER = 'istio.io/ingress-controller';

/** Apart from Gateways of the Gateway API, which go by `namespace/name`, and may be namesakes. */
function keyOf({ namespace, name }: ObjectName): string {
  return `istio/${namespace}/${name}`;
}

export function servedIstioGateways({ gateways }: IstioApi): Served[] {
  return (gateways ?? []).flatMap((gateway) => {
    const named = nameOf(gateway);
    if (named === null) return [];
    const selector = mapAt(gateway, 'spec', 'selector');
    return [{ className: keyOf(named), controller: CONTROLLER, gateway: named, selector }];
  });
}

export function readVirtualServices(api: IstioApi): Route[] {
  const byName = new Map(api.virtualServices.map((each) => [keyOf(nameOf(each) ?? { namespace: '', name: '' }), each]));
  return api.virtualServices.flatMap((object) => {
    const named = nameOf(object);
    if (named === null) return [];
    const rules = rulesOf(object, named, byName);
    return textsAt(object, 'spec', 'gateways')
      .filter((each) => each !== MESH)
      .flatMap((reference) => {
        const of = gatewayNamed(reference, named.namespace);
        const gateway = api.gateways?.find((each) => {
          const own = nameOf(each);
          return own !== null && isSameName(own, of);
        });
        return textsAt(object, 'spec', 'hosts').flatMap((host) => {
          const ports = portsOf(gateway, host);
          const common = {
            kind: 'VirtualService' as const,
            ...named,
            host: host === '*' ? null : host,
            className: keyOf(of),
            publishedAddresses: [],
            tls: ports?.https !== undefined,
            ...(ports === null ? {} : { listenerPorts: ports }),
          };
          return rules.map((rule) => ({ ...common, ...rule }));
        });
      });
  });
}

/** `name`, `namespace/name`, or the older `name.namespace.svc.cluster.local`. */
function gatewayNamed(reference: string, own: string): ObjectName {
  const [first = '', second] = reference.split('/');
  if (second !== undefined) return { namespace: first === '.' ? own : first, name: second };
  const [name = '', namespace = own] = first.split('.');
  return { namespace, name };
}

/** Of the servers that take the host; null: none is known. */
function portsOf(gateway: ApiObject | undefined, host: string): NonNullable<Route['listenerPorts']> | null {
  const servers = listAt(gateway, 'spec', 'servers').filter((each) =>
    textsAt(each, 'hosts').some((text) => {
      const taken = text.slice(text.indexOf('/') + 1);
      return taken === '*' || coversLabels(taken, host) || coversLabels(host, taken);
    }),
  );
  const portOf = (...protocols: readonly string[]) =>
    servers.flatMap((each) =>
      protocols.includes((textAt(each, 'port', 'protocol') ?? '').toUpperCase())
        ? (numberAt(each, 'port', 'number') ?? [])
        : [],
    )[0];
  const [http, https] = [portOf('HTTP', 'HTTP2'), portOf('HTTPS')];
  if (http === undefined && https === undefined) return null;
  return { ...(http === undefined ? {} : { http }), ...(https === undefined ? {} : { https }) };
}

type Rule = Pick<Route, 'path' | 'pathType' | 'service' | 'serviceNamespace' | 'port'> &
  Partial<Pick<Route, 'timers' | 'weight' | 'isConditional' | 'leadsTo'>>;

/** A delegate has the routes; only a root may name one, so that there is no deeper level (HTTPRoute.delegate). */
function rulesOf(object: ApiObject, named: ObjectName, byName: ReadonlyMap<string, ApiObject>): Rule[] {
  return listAt(object, 'spec', 'http').flatMap((http) => {
    const delegate = at(http, 'delegate');
    if (delegate === undefined) return ofRule(http, named, matchesOf(http));
    const of = { namespace: textAt(delegate, 'namespace') ?? named.namespace, name: textAt(delegate, 'name') ?? '' };
    const child = byName.get(keyOf(of));
    return listAt(child, 'spec', 'http').flatMap((each) => {
      const own = matchesOf(each);
      return ofRule(each, of, listAt(each, 'match').length > 0 ? own : matchesOf(http));
    });
  });
}

type Meets = Pick<Rule, 'path' | 'pathType' | 'isConditional'>;

function ofRule(http: unknown, named: ObjectName, matches: readonly Meets[]): Rule[] {
  const { namespace } = named;
  const destinations = listAt(http, 'route').filter((each) => at(each, 'weight') !== 0);
  const timers = timersOf(http, named);
  const to = destinations.map((each) => destinationOf(each, namespace, destinations.length > 1));
  const own = { service: '', serviceNamespace: namespace, port: 0 };
  const all: Omit<Rule, 'path' | 'pathType'>[] =
    at(http, 'redirect') === undefined
      ? at(http, 'directResponse') === undefined
        ? to
        : [{ ...own, leadsTo: 'answer' }]
      : [{ ...own, leadsTo: 'redirect' }];
  return matches.flatMap((match) => all.map((each) => ({ ...match, ...each, ...(timers === null ? {} : { timers }) })));
}

/** A short name is one of the VirtualService's own namespace; what is no name of a Service stands for a ServiceEntry. */
function destinationOf(route: unknown, own: string, isShared: boolean): Omit<Rule, 'path' | 'pathType'> {
  const host = textAt(route, 'destination', 'host') ?? '';
  const port = numberAt(route, 'destination', 'port', 'number') ?? ONLY_PORT;
  const [service = '', namespace = own, svc] = host.split('.');
  const weight = isShared ? { weight: numberAt(route, 'weight') ?? 1 } : {};
  const isService = !host.includes('.') || svc === 'svc' || host.split('.').length === 2;
  if (!isService) return { service: '', serviceNamespace: own, port: 0, leadsTo: 'other', ...weight };
  return { service, serviceNamespace: namespace, port, ...weight };
}

function matchesOf(http: unknown): Meets[] {
  const matches = listAt(http, 'match');
  return (matches.length > 0 ? matches : [{}]).map((match) => {
    const isMore =
      ['headers', 'queryParams', 'sourceLabels'].some((key) => at(match, key) !== undefined) ||
      (at(match, 'method') !== undefined && textAt(match, 'method', 'exact') !== 'GET');
    return { ...pathOf(match), ...(isMore ? { isConditional: true as const } : {}) };
  });
}

/** `regex` is matched against the whole path, `prefix` also within a segment (StringMatch). */
function pathOf(match: unknown): Pick<Rule, 'path' | 'pathType'> {
  const [exact, regex] = [textAt(match, 'uri', 'exact'), textAt(match, 'uri', 'regex')];
  if (exact !== null) return { path: exact, pathType: 'Exact' };
  if (regex !== null) return { path: regex, pathType: 'RegularExpression' };
  return { path: textAt(match, 'uri', 'prefix') ?? '/', pathType: 'Prefix' };
}

/** `timeout` ends the whole request, `retries.perTryTimeout` each try; zero and none leave it to the mesh. `retries.attempts` come after the first try. */
function timersOf(http: unknown, { namespace, name }: ObjectName): Route['timers'] | null {
  const of = `of VirtualService ${namespace}/${name}`;
  const requestTimeoutMs = goDurationMs(textAt(http, 'timeout') ?? undefined) || null;
  const readTimeoutMs = goDurationMs(textAt(http, 'retries', 'perTryTimeout') ?? undefined) || null;
  const attempts = numberAt(http, 'retries', 'attempts');
  if (requestTimeoutMs === null && readTimeoutMs === null && attempts === null) return null;
  return {
    connectTimeoutMs: null,
    readTimeoutMs,
    tries: attempts === null ? null : attempts + 1,
    ...(readTimeoutMs === null ? {} : { readFrom: `retries.perTryTimeout ${of}` }),
    ...(requestTimeoutMs === null ? {} : { requestTimeoutMs, requestFrom: `timeout ${of}` }),
  };
}
