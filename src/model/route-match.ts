/** Whether a rule is meant by a host and a path. Pure. */
import type { Route, RouteCondition } from './cluster.ts';
import type { Target } from './target.ts';

/** What decides over a host: the Gateway API's kinds have wider wildcards. */
type HostRule = Pick<Route, 'kind' | 'host'>;
type PathRule = Pick<Route, 'path' | 'pathType'>;

const OF_GATEWAYS: ReadonlySet<Route['kind']> = new Set(['HTTPRoute', 'GRPCRoute', 'TLSRoute']);

/** Served by a Gateway and not by a class. */
export function isOfGateway({ kind }: Pick<Route, 'kind'>): boolean {
  return OF_GATEWAYS.has(kind);
}

/** Served by an IngressClass, or by what goes for one. */
export function isOfClass(route: Pick<Route, 'kind'>): boolean {
  return !isOfGateway(route) && route.kind !== 'VirtualService';
}

/** The rule names this host, itself or by wildcard; a rule for any host does not. */
export function namesHost(route: HostRule, host: string): boolean {
  if (route.host === null) return false;
  return isOfGateway(route) || route.kind === 'VirtualService'
    ? coversLabels(route.host, host)
    : covers(route.host, host);
}

/** A wildcard stands for exactly one label (networking/v1 IngressRule.host). */
export function covers(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern.toLowerCase() === host.toLowerCase();
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot).toLowerCase() === pattern.slice(1).toLowerCase();
}

/** A wildcard stands for one label or more (gateway.networking.k8s.io Hostname). */
export function coversLabels(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern.toLowerCase() === host.toLowerCase();
  const suffix = pattern.slice(1).toLowerCase();
  return host.length > suffix.length && host.toLowerCase().endsWith(suffix);
}

/** The rules of the target's own route. */
export function rulesOf(routes: readonly Route[], { route }: Pick<Target, 'route'>): Route[] {
  return routes.filter(
    ({ kind, namespace, name }) => kind === route?.kind && namespace === route.namespace && name === route.name,
  );
}

/** Those of them that are for its host. */
export function ownRules(routes: readonly Route[], target: Pick<Target, 'route' | 'host'>): Route[] {
  const { host } = target;
  return rulesOf(routes, target).filter((rule) => rule.host === null || host === null || namesHost(rule, host));
}

/** The rule of the target's route that its path falls under: the one with the longest path. */
export function ruleOf(routes: readonly Route[], target: Pick<Target, 'route' | 'host' | 'path'>): Route | null {
  const rules = ownRules(routes, target);
  const fitting = rules.filter((rule) => mayHavePath(rule, target.path));
  const [best = null] = (fitting.length > 0 ? fitting : rules).toSorted((a, b) => b.path.length - a.path.length);
  return best;
}

/** What controllers say against the target's own route, as the class or Gateway serves it that is asked. */
export function denialsOf(routes: readonly Route[], target: Pick<Target, 'route' | 'className'>): RouteCondition[] {
  return rulesOf(routes, target)
    .filter(({ className }) => className === target.className)
    .flatMap(({ conditions = [] }) => conditions);
}

/** Whether a request for this path, with or without its query, falls under the rule, or may, where what its path means is the controller's own matter. */
export function mayHavePath(rule: Pick<Route, 'kind'> & PathRule, path: string): boolean {
  const asked = path.split('?')[0] ?? '/';
  return matchesPath(rule, asked) || (isByController(rule) && (asked.startsWith(rule.path) || PATTERN.test(rule.path)));
}

/** Of kinds whose prefix may end within a segment. */
const LOOSE: ReadonlySet<Route['kind']> = new Set(['HTTPProxy', 'VirtualService', 'IngressRoute']);

/** The begin of a path also within a segment, or a pattern. */
function isByController({ kind, pathType }: Pick<Route, 'kind' | 'pathType'>): boolean {
  return pathType === 'ImplementationSpecific' || (LOOSE.has(kind) && pathType === 'Prefix');
}

/** Characters that make a path of an Ingress a regular expression where its controller is told so. */
const PATTERN = /[()[\]*+?|^$\\]/u;

/** `asked` without its query. A pattern that is no regular expression here matches nothing. */
export function matchesPath({ path, pathType }: PathRule, asked: string): boolean {
  if (pathType === 'Exact') return path === asked;
  if (pathType === 'RegularExpression') return matchesWhole(path, asked);
  const prefix = path.replace(/\/+$/, '');
  return prefix === '' || asked === prefix || asked.startsWith(`${prefix}/`);
}

/** Longer ones are nobody's route, and a regular expression may take long. */
const LONGEST_PATTERN = 200;

function matchesWhole(pattern: string, asked: string): boolean {
  if (pattern.length > LONGEST_PATTERN) return false;
  try {
    return new RegExp(`^(?:${pattern})$`, 'v').test(asked);
  } catch {
    return false;
  }
}
