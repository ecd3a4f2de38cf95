/**
 * A scenario that is written for ingress-nginx, with another program at its ingress: the same cluster, fault and truth, under the names
 * that the other controller's objects have. Pure.
 */
import { INSTALLATIONS, LABEL_KEYS, type IngressProgram } from '../system/ingress-program.ts';
import type { Manifest } from './manifest.ts';
import type { Scenario } from './scenario.ts';

/** The timer of each, as findings name it. */
const TIMERS: Readonly<Record<IngressProgram, string>> = {
  nginx: 'proxy-connect-timeout',
  haproxy: 'haproxy-ingress connect timeout',
  envoy: 'contour connect timeout',
};

/** `manifests` are those that it was written with. */
export function scenarioThrough(scenario: Scenario, program: IngressProgram, manifests: readonly Manifest[]): Scenario {
  const { faults, expect, ingress, ...rest } = scenario;
  if (ingress === 'none') return scenario;
  const network = typeof ingress === 'object' ? ingress.network : ingress;
  return {
    ...rest,
    ingress: { program, network },
    faults: renamed(faults, program),
    expect: renamed(expect, program, () => expectedWords(program, manifests)),
  };
}

export function manifestsThrough(manifests: readonly Manifest[], program: IngressProgram): Manifest[] {
  const own = renamed(manifests, program);
  return own.flatMap((manifest) => {
    if (!isOfNginx(manifest)) return [manifest];
    return program === 'envoy' ? httpRoutes(manifest, own) : [withClass(manifest, INSTALLATIONS[program].className)];
  });
}

interface IngressSpec {
  readonly ingressClassName?: string;
  readonly tls?: readonly unknown[];
  readonly rules?: readonly {
    readonly host?: string;
    readonly http?: { readonly paths: readonly IngressPath[] };
  }[];
}
interface IngressPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend: {
    readonly service?: { readonly name: string; readonly port: { readonly number?: number; readonly name?: string } };
  };
}

function specOf(manifest: Manifest): IngressSpec {
  return manifest['spec'] ?? {};
}

function isOfNginx(manifest: Manifest): boolean {
  return manifest.kind === 'Ingress' && specOf(manifest).ingressClassName === INSTALLATIONS.nginx.className;
}

function withClass(manifest: Manifest, ingressClassName: string): Manifest {
  return { ...manifest, spec: { ...specOf(manifest), ingressClassName } };
}

/** One for each host; the first has the name of the Ingress. Without `spec.tls` they are for plain HTTP, as the Ingress is. */
function httpRoutes(ingress: Manifest, all: readonly Manifest[]): Manifest[] {
  const { className, namespace } = INSTALLATIONS.envoy;
  const { name, namespace: own } = ingress.metadata;
  const { rules = [], tls = [] } = specOf(ingress);
  const parent = { name: className, namespace, ...(tls.length > 0 ? {} : { sectionName: 'http' }) };
  return rules.map(({ host, http }, index) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { ...ingress.metadata, name: index === 0 ? name : `${name}-${index + 1}` },
    spec: {
      parentRefs: [parent],
      ...(host === undefined ? {} : { hostnames: [host] }),
      rules: (http?.paths ?? []).map(({ path = '/', pathType, backend: { service } }) => ({
        matches: [{ path: { type: pathType === 'Exact' ? 'Exact' : 'PathPrefix', value: path } }],
        backendRefs:
          service === undefined ? [] : [{ name: service.name, port: portNumber(service, own ?? 'default', all) }],
      })),
    },
  }));
}

/** An Ingress may name a port, an HTTPRoute may not; a name that the Service lacks has no number, and 0 is none. */
function portNumber(
  { name, port }: NonNullable<IngressPath['backend']['service']>,
  namespace: string,
  all: readonly Manifest[],
): number {
  if (port.number !== undefined) return port.number;
  const service = all.find(
    ({ kind, metadata }) =>
      kind === 'Service' && metadata.name === name && (metadata.namespace ?? 'default') === namespace,
  );
  const ports: readonly { name?: string; port: number }[] =
    (service?.['spec'] as { ports?: { name?: string; port: number }[] } | undefined)?.ports ?? [];
  return ports.find((each) => each.name === port.name)?.port ?? 0;
}

/** Words of expectations beside those of objects; Ingresses of other classes stay what they are. */
function expectedWords(program: IngressProgram, manifests: readonly Manifest[]): (readonly [string, string])[] {
  const timer = [TIMERS.nginx, TIMERS[program]] as const;
  return program === 'envoy' && manifests.some(isOfNginx) ? [timer, ['Ingress', 'HTTPRoute']] : [timer];
}

/** Whole values, and parts of `Kind/namespace/name`, that are names of ingress-nginx' objects. */
function renamed<T>(
  value: T,
  program: IngressProgram,
  more: () => readonly (readonly [string, string])[] = () => [],
): T {
  const [from, to] = [INSTALLATIONS.nginx, INSTALLATIONS[program]];
  const words = new Map<string, string>([
    [from.namespace, to.namespace],
    [`${from.workload}-*`, `${to.workload}-*`],
    ...more(),
  ]);
  const labels = new Map(LABEL_KEYS.map((key) => [key as string, [from.labels[key], to.labels[key]] as const]));
  const rename = (each: unknown, key: string): unknown => {
    if (typeof each === 'string') {
      const [was, is] = labels.get(key) ?? [];
      if (was !== undefined) return each === was ? is : each;
      return each
        .split('/')
        .map((part) => words.get(part) ?? part)
        .join('/');
    }
    if (Array.isArray(each)) return each.map((item) => rename(item, key));
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, item]) => [name, rename(item, name)]));
  };
  return rename(value, '') as T;
}
