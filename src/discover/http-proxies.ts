/** "Host and path go to a Service" as Contour's HTTPProxy objects say it: a root with a host, and others that it includes. */
import type { ApiObject } from '../api/cluster-client.ts';
import { annotationsOf, at, listAt, nameOf, numberAt, textAt } from '../api/fields.ts';
import type { ObjectName, Route, Upstream } from '../model/cluster.ts';
import { keyOf } from '../model/named.ts';
import { goDurationMs } from './proxy-timers.ts';
import { proxyLimits } from './request-limits.ts';
import type { IngressClass } from './routes.ts';
import { publishedAddresses } from './workloads.ts';

const CONTROLLER = 'projectcontour.io/ingress-controller';
/** Inclusions of inclusions beyond this are a circle, which Contour refuses. */
const DEEPEST = 8;

/** The routes of all roots; what no root includes serves nobody. */
export function readHttpProxies(objects: readonly ApiObject[], classes: readonly IngressClass[]): Route[] {
  const byName = new Map(objects.map((each) => [keyOf(nameOf(each)), each]));
  return objects.flatMap((root) => {
    const [named, host] = [nameOf(root), textAt(root, 'spec', 'virtualhost', 'fqdn')];
    if (named === null || host === null) return [];
    const common = {
      kind: 'HTTPProxy' as const,
      ...named,
      host,
      className: classNameOf(root, classes),
      tls: at(root, 'spec', 'virtualhost', 'tls') !== undefined,
      ...secretOf(textAt(root, 'spec', 'virtualhost', 'tls', 'secretName'), named),
      publishedAddresses: publishedAddresses(listAt(root, 'status', 'loadBalancer', 'ingress')),
      ...conditionsOf(root, named),
    };
    return rulesOf(root, { byName, root, prefix: '', depth: 0 }).map((rule) => ({ ...common, ...rule }));
  });
}

/** Its own, or one of another namespace (TLSCertificateDelegation). */
function secretOf(written: string | null, { namespace }: ObjectName): Pick<Route, 'tlsSecret'> {
  if (written === null) return {};
  const [first = '', second] = written.split('/');
  return { tlsSecret: second === undefined ? { namespace, name: first } : { namespace: first, name: second } };
}

/** Contour without `--ingress-class-name` takes what names no class as well. */
function classNameOf(object: ApiObject, classes: readonly IngressClass[]): string {
  const own = classes.find(({ controller }) => controller === CONTROLLER || controller.startsWith(`${CONTROLLER}/`));
  return (
    textAt(object, 'spec', 'ingressClassName') ??
    annotationsOf(object)['projectcontour.io/ingress.class'] ??
    annotationsOf(object)['kubernetes.io/ingress.class'] ??
    own?.name ??
    'contour'
  );
}

/** Contour serves no root that it finds invalid (HTTPProxyStatus.currentStatus); `description` says what is wrong. */
function conditionsOf(root: ApiObject, named: ObjectName): Pick<Route, 'conditions'> {
  if (textAt(root, 'status', 'currentStatus') !== 'invalid') return {};
  const message = textAt(root, 'status', 'description') ?? '';
  return { conditions: [{ type: 'Valid', reason: 'invalid', message, of: { kind: 'HTTPProxy', ...named } }] };
}

interface Inclusion {
  readonly byName: ReadonlyMap<string, ApiObject>;
  readonly root: ApiObject;
  /** What the conditions of those above have in front of every path. */
  readonly prefix: string;
  readonly depth: number;
}

type Rule = Pick<Route, 'path' | 'pathType' | 'service' | 'serviceNamespace' | 'port' | 'timers'> &
  Partial<Pick<Route, 'absentInclude' | 'leadsTo' | 'upstream' | 'weight' | 'isConditional' | 'limits'>>;

function rulesOf(object: ApiObject, { byName, root, prefix, depth }: Inclusion): Rule[] {
  const namespace = nameOf(object)?.namespace ?? '';
  const included = listAt(object, 'spec', 'includes').flatMap((each) => {
    const below = { namespace: textAt(each, 'namespace') ?? namespace, name: textAt(each, 'name') ?? '' };
    const child = byName.get(keyOf(below));
    if (depth >= DEEPEST) return [];
    const path = prefix + conditionOf(each, 'prefix');
    // Contour answers for such a path by itself.
    if (child === undefined) return [missing(below, path)];
    return rulesOf(child, { byName, root, prefix: path, depth: depth + 1 });
  });
  const own = listAt(object, 'spec', 'routes').flatMap((rule) => {
    const exact = conditionOf(rule, 'exact');
    const path = prefix + (exact === '' ? conditionOf(rule, 'prefix') : exact);
    const timers = timersOf(rule, { namespace, name: nameOf(object)?.name ?? '' });
    const meets = {
      path: tidy(path),
      pathType: exact === '' ? 'Prefix' : 'Exact',
      ...(asksForMore(rule) ? { isConditional: true as const } : {}),
    };
    const own = ownAnswer(rule);
    if (own !== null) return [{ ...meets, service: '', serviceNamespace: namespace, port: 0, leadsTo: own }];
    const services = listAt(rule, 'services').filter((each) => at(each, 'mirror') !== true && at(each, 'weight') !== 0);
    return services.flatMap((each): Rule[] => {
      const [service, port] = [textAt(each, 'name'), numberAt(each, 'port')];
      if (service === null || port === null) return [];
      const upstream = UPSTREAMS[textAt(each, 'protocol') ?? ''];
      return [
        {
          ...meets,
          service,
          serviceNamespace: textAt(each, 'namespace') ?? namespace,
          port,
          ...(timers === null ? {} : { timers }),
          ...proxyLimits(rule, root),
          ...(upstream === undefined ? {} : { upstream }),
          ...(services.length > 1 ? { weight: numberAt(each, 'weight') ?? 1 } : {}),
        },
      ];
    });
  });
  return [...own, ...included];
}

function missing(absentInclude: ObjectName, path: string): Rule {
  const { namespace, name } = absentInclude;
  return { path: tidy(path), pathType: 'Prefix', service: name, serviceNamespace: namespace, port: 0, absentInclude };
}

function tidy(path: string): string {
  return path === '' ? '/' : path.replaceAll(/\/{2,}/g, '/');
}

/** `Service.protocol` (configuration reference): `h2` is HTTP/2 over TLS, `h2c` without. Of HTTP/2 kprobe only connects. */
const UPSTREAMS: Readonly<Record<string, Upstream>> = { tls: 'https', h2: 'tcp', h2c: 'tcp' };

/** A route that Envoy answers by itself has no services. */
function ownAnswer(rule: unknown): Route['leadsTo'] | null {
  if (at(rule, 'requestRedirectPolicy') !== undefined) return 'redirect';
  return at(rule, 'directResponsePolicy') === undefined ? null : 'answer';
}

/** Conditions that a plain request does not meet: a header or a parameter that must be there (MatchCondition). */
function asksForMore(rule: unknown): boolean {
  const isWanted = (value: unknown) => at(value, 'notpresent') !== true && textAt(value, 'notcontains') === null;
  const of = (kind: string) => listAt(rule, 'conditions').map((each) => at(each, kind));
  return [...of('header'), ...of('queryParameter')].some(
    (each) => each !== undefined && isWanted(each) && textAt(each, 'notexact') === null,
  );
}

/** The path that the conditions of a route or inclusion ask for; '' where they ask for none. */
function conditionOf(value: unknown, kind: 'prefix' | 'exact'): string {
  const [path = ''] = listAt(value, 'conditions').flatMap((each) => textAt(each, kind) ?? []);
  return path;
}

/** Of what a rule waits for its answer: `timeoutPolicy.response` ends the whole request, `retryPolicy` limits each try of it. null: neither. */
function timersOf(rule: unknown, { namespace, name }: ObjectName): Route['timers'] | null {
  const requestTimeoutMs = limitAt(rule, 'timeoutPolicy', 'response');
  const [readTimeoutMs, tries] = [limitAt(rule, 'retryPolicy', 'perTryTimeout'), triesOf(rule)];
  if (requestTimeoutMs === null && readTimeoutMs === null && tries === null) return null;
  const of = `of HTTPProxy ${namespace}/${name}`;
  return {
    connectTimeoutMs: null,
    readTimeoutMs,
    tries,
    ...(readTimeoutMs === null ? {} : { readFrom: `retryPolicy.perTryTimeout ${of}` }),
    ...(requestTimeoutMs === null ? {} : { requestTimeoutMs, requestFrom: `timeoutPolicy.response ${of}` }),
  };
}

/** Milliseconds; `infinity`, zero and none leave it to the controller. */
function limitAt(rule: unknown, ...path: readonly string[]): number | null {
  const ms = goDurationMs(textAt(rule, ...path) ?? undefined);
  return ms === 0 ? null : ms;
}

/** `retryPolicy.count` more than the first; zero and none mean one, -1 none (RetryPolicy, API reference). */
function triesOf(rule: unknown): number | null {
  if (at(rule, 'retryPolicy') === undefined) return null;
  const count = numberAt(rule, 'retryPolicy', 'count') ?? 0;
  return count < 0 ? 1 : 1 + Math.max(1, count);
}
