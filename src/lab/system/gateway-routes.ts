/** What HTTPRoutes ask of a Gateway's proxy, and what their status says of it, as Contour reads and writes both. Pure. */
import { servicePorts, type Backend } from '../network/service-ports.ts';
import type { KubeObject } from '../model.ts';

export interface GatewayInput {
  readonly httpRoutes: readonly KubeObject[];
  readonly referenceGrants: readonly KubeObject[];
  readonly services: readonly KubeObject[];
  readonly slices: readonly KubeObject[];
}

export interface GatewayRoute {
  /** `*` for any. */
  readonly host: string;
  readonly path: string;
  readonly isExact: boolean;
  /** Clusters by weight; empty: no reference leads anywhere, which the proxy answers with 500 (HTTPRouteRule.backendRefs). */
  readonly upstreams: readonly { readonly name: string; readonly weight: number }[];
  readonly requestTimeout: string | null;
}

interface GatewayRoutes {
  readonly routes: readonly GatewayRoute[];
  readonly upstreams: ReadonlyMap<string, readonly Backend[]>;
  /** `status.parents[].conditions` by `namespace/name`. */
  readonly conditions: ReadonlyMap<string, readonly Condition[]>;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

interface Reference {
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
}
interface Rule {
  readonly matches?: readonly { readonly path?: { readonly type?: string; readonly value?: string } }[];
  readonly backendRefs?: readonly Reference[];
  readonly timeouts?: { readonly request?: string };
}

export function gatewayRoutes(input: GatewayInput): GatewayRoutes {
  const upstreams = new Map<string, readonly Backend[]>();
  const conditions = new Map<string, readonly Condition[]>();
  const routes = input.httpRoutes.flatMap((route) => {
    const namespace = route.metadata.namespace ?? 'default';
    const rules: readonly Rule[] = route['spec']?.rules ?? [];
    const named: readonly string[] = route['spec']?.hostnames ?? [];
    const hosts = named.length > 0 ? named : ['*'];
    const problems: Condition[] = [];
    const found = rules.flatMap(({ matches, backendRefs = [], timeouts }): GatewayRoute[] => {
      const chosen = backendRefs.flatMap((reference) => {
        const resolved = resolve(reference, namespace, input);
        if ('reason' in resolved) {
          problems.push(resolved);
          return [];
        }
        upstreams.set(resolved.upstream, resolved.backends);
        return [{ name: resolved.upstream, weight: reference.weight ?? 1 }];
      });
      return hosts.flatMap((host) =>
        (matches ?? [{}]).map(({ path }) => ({
          host,
          path: path?.value ?? '/',
          isExact: path?.type === 'Exact',
          upstreams: chosen.filter(({ weight }) => weight > 0),
          requestTimeout: timeouts?.request ?? null,
        })),
      );
    });
    const [problem] = problems;
    conditions.set(`${namespace}/${route.metadata.name}`, [ACCEPTED, problem ?? RESOLVED]);
    return found;
  });
  return { routes, upstreams, conditions };
}

const ACCEPTED: Condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'Accepted HTTPRoute' };
const RESOLVED: Condition = {
  type: 'ResolvedRefs',
  status: 'True',
  reason: 'ResolvedRefs',
  message: 'References resolved',
};

function resolve(
  { name, namespace = '', port }: Reference,
  own: string,
  { services, slices, referenceGrants }: GatewayInput,
): { readonly upstream: string; readonly backends: readonly Backend[] } | Condition {
  const target = namespace === '' ? own : namespace;
  if (target !== own && !referenceGrants.some((grant) => admits(grant, { from: own, to: target, name }))) {
    const message =
      "Spec.Rules.BackendRef.Namespace must match the route's namespace or be covered by a ReferenceGrant";
    return { type: 'ResolvedRefs', status: 'False', reason: 'RefNotPermitted', message };
  }
  const service = services.find(({ metadata }) => metadata.namespace === target && metadata.name === name);
  const found =
    service === undefined
      ? []
      : servicePorts(service, slices, service['spec']?.ipFamilies?.[0] ?? null).filter((each) => each.port === port);
  const [served] = found;
  if (served === undefined) {
    const why = service === undefined ? `service "${target}/${name}" not found` : `port ${port} on it not found`;
    const message = `service "${name}" is invalid: ${why}`;
    return { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound', message };
  }
  return { upstream: `${target}/${name}/${port}`, backends: served.backends };
}

interface Crossing {
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

function admits(grant: KubeObject, { from, to, name }: Crossing): boolean {
  const { from: sources = [], to: targets = [] } = grant['spec'] ?? {};
  return (
    grant.metadata.namespace === to &&
    sources.some((each: Reference & { kind: string }) => each.kind === 'HTTPRoute' && each.namespace === from) &&
    targets.some(
      (each: Partial<Reference> & { kind: string }) =>
        each.kind === 'Service' && (each.name === undefined || each.name === name),
    )
  );
}
