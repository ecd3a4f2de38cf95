/** What the user asked about, resolved against the cluster. Pure. */
import type { Cluster, ObjectName, Route, Service, ServicePort } from '../model/cluster.ts';
import type { Backend, ServiceTarget, Target } from '../model/target.ts';
import { domainOf } from '../model/resolver.ts';
import { unreadOf } from '../model/unread.ts';
import { UserError } from '../model/user-error.ts';
import { ONLY_PORT } from '../model/cluster.ts';
import { isSameName } from '../model/named.ts';
import { findPort, findService, isHeadless, sayPort, serviceTarget, untranslatedPort } from './backends.ts';
import { byFamily, findEntries, findEntryNames } from './entries.ts';
import { suggest } from '../model/nearest.ts';
import { whatIsMeant } from './meant.ts';
import { assertNamespace } from './namespaces.ts';
import { findDefaultRoute, findRoute, knownHosts } from './routing.ts';
import { isInRanges } from './service-ranges.ts';
import { portOf, readTarget, type Asked, type Scheme } from './target-input.ts';
import { assertRead } from './unread.ts';
import { resolveWorkload } from './workload.ts';

export interface TargetOptions {
  /** `-n`, or the namespace of the kubeconfig's context. */
  readonly namespace: string;
  /** `--from`, as it was written. */
  readonly from: string | null;
}

/** Throws UserError, with the nearest known names, for what this cluster does not have. */
export function resolveTarget(input: string, cluster: Cluster, options: TargetOptions): Target {
  const asked = readTarget(input);
  const from = options.from === null ? null : resolveWorkload(cluster, options.from, options.namespace);
  return { ...resolve(asked, cluster, { namespace: options.namespace, from }), input, from };
}

type Resolved = Omit<Target, 'input' | 'from'>;

const NOTHING: Resolved = {
  kind: 'external',
  scheme: 'http',
  host: null,
  path: '/',
  route: null,
  className: null,
  entries: [],
  service: null,
  direct: [],
};

interface Asker {
  /** Of objects that are asked for by name alone. */
  readonly namespace: string;
  readonly from: Target['from'];
}

function resolve(asked: Asked, cluster: Cluster, source: Asker): Resolved {
  const { namespace } = source;
  switch (asked.kind) {
    case 'service':
      if (asked.url !== undefined && isOfOtherDomain(cluster, asked.url.host))
        return external(hostAsked(asked, asked.url));
      return ofService(cluster, asked.namespace ?? namespace, asked);
    case 'pod':
      return ofPod(cluster, asked.namespace ?? namespace, asked);
    case 'address':
      return ofAddress(cluster, asked);
    case 'host':
      return ofHost(cluster, asked, source);
    case 'workload':
    case 'route':
      return resolve(whatIsMeant(asked, cluster, namespace), cluster, source);
    default:
      return asked satisfies never;
  }
}

type AskedObject = Extract<Asked, { kind: 'service' | 'pod' }>;
type AskedHost = Extract<Asked, { kind: 'host' }>;

/** Written out to the end, with another domain than this cluster's: another cluster's name (clusterset.local), or nobody's. */
function isOfOtherDomain({ dnsDomain }: Cluster, host: string): boolean {
  const domain = /^[^.]+\.[^.]+\.svc\.(.+)$/i.exec(host)?.[1];
  return domain !== undefined && dnsDomain !== undefined && domain.toLowerCase() !== dnsDomain.toLowerCase();
}

/** The same, as a name of which the cluster knows nothing. */
function hostAsked({ port }: AskedObject, url: NonNullable<AskedObject['url']>): AskedHost {
  return { ...url, kind: 'host', port: port === null ? null : Number(port) };
}

/** `isWritten`: false where kprobe made the URL of the name of an alias. */
type AskedService = AskedObject & { readonly isWritten?: boolean };

function ofService(cluster: Cluster, namespace: string, { name, port, url, isWritten }: AskedService): Resolved {
  const service = findService(cluster, namespace, name);
  if (service === null) {
    assertRead(cluster, 'services', `Service ${namespace}/${name}`);
    const namesakes = cluster.services.filter((each) => each.name === name).map((each) => each.namespace);
    assertNamespace(cluster, namespace, `Service ${name}`, namesakes);
    const here = cluster.services.filter((each) => each.namespace === namespace).map((each) => each.name);
    const [elsewhere] = namesakes;
    throw new UserError(`There is no Service ${name} in namespace ${namespace}`, {
      hint:
        elsewhere === undefined
          ? suggest(name, here, `namespace ${namespace} has none that can be seen`)
          : `there is one in namespace ${elsewhere}: -n ${elsewhere}`,
    });
  }
  // Its name is an alias: who asks for it asks for what it stands for, with its own port.
  const alias = { host: url?.host ?? `${name}.${namespace}.svc.${domainOf(cluster)}`, scheme: null, path: '/', ...url };
  const real = realOf(cluster, service);
  if (real !== null)
    return ofService(cluster, real.namespace, {
      kind: 'service',
      ...real,
      port,
      url: alias,
      isWritten: url !== undefined,
    });
  if (service.type === 'ExternalName' && url !== undefined)
    return external({ ...url, kind: 'host', port: port === null ? null : Number(port) });
  const isUntranslated = isHeadless(service) && url !== undefined;
  const found = isUntranslated ? untranslatedPort(service, port) : findPort(service, port);
  if (found === null) {
    const ports = service.ports.map(sayPort).join(', ');
    const asked = port === null ? 'has several ports' : `has no port ${port}`;
    throw new UserError(`Service ${namespace}/${name} ${asked}`, {
      hint: ports === '' ? 'it has no ports at all' : `choose one: ${ports}`,
    });
  }
  return {
    ...NOTHING,
    kind: 'service',
    scheme: url?.scheme ?? schemeOf(found.name, found.port),
    host: url?.host ?? `${name}.${namespace}.svc.${domainOf(cluster)}`,
    ...(url === undefined || isWritten === false ? {} : { isHostWritten: true as const }),
    path: url?.path ?? '/',
    service: serviceTarget(cluster, service, found, isUntranslated),
  };
}

/** Aliases of aliases beyond this are a circle, which no resolver follows either. */
const LONGEST_CHAIN = 8;

/** The Service of this cluster that an alias stands for, over other aliases as well; null: it is none, or leads out of the cluster. */
function realOf(cluster: Cluster, alias: Service): ObjectName | null {
  let found: Service | null = alias;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    if (found === null) return null;
    const { namespace, name, type, externalName = '' }: Service = found;
    if (type !== 'ExternalName') return found === alias ? null : { namespace, name };
    const [, next, space] = /^([^.]+)\.([^.]+)\.svc(?:\.|$)/i.exec(externalName) ?? [];
    if (next === undefined || space === undefined || isOfOtherDomain(cluster, externalName.replace(/\.$/, '')))
      return null;
    found = findService(cluster, space, next);
  }
  return null;
}

function ofPod(cluster: Cluster, namespace: string, { name, port }: AskedObject): Resolved {
  const pod = cluster.pods.find((each) => each.namespace === namespace && each.name === name);
  if (pod === undefined) {
    assertRead(cluster, 'pods', `Pod ${namespace}/${name}`);
    const namesakes = cluster.pods.filter((each) => each.name === name).map((each) => each.namespace);
    assertNamespace(cluster, namespace, `pod ${name}`, namesakes);
    const here = cluster.pods.filter((each) => each.namespace === namespace).map((each) => each.name);
    throw new UserError(`There is no pod ${name} in namespace ${namespace}`, {
      hint: suggest(name, here, 'it has no pods that can be seen'),
    });
  }
  const [address] = pod.addresses;
  if (address === undefined)
    throw new UserError(`Pod ${namespace}/${name} has no address: ${pod.because ?? pod.phase}`);
  const tcp = pod.ports.filter(({ protocol }) => protocol === 'TCP');
  const declared = port === null ? tcp[0] : tcp.find((each) => each.name === port || each.port === Number(port));
  const number = declared?.port ?? Number(port ?? Number.NaN);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    const known = tcp.map((each) => each.name ?? String(each.port)).join(', ');
    throw new UserError(`Pod ${namespace}/${name} ${port === null ? 'declares no port' : `has no port ${port}`}`, {
      hint: known === '' ? `write pod/${name}:PORT` : `it declares ${known}`,
    });
  }
  const direct = { address, port: number, ready: pod.ready, node: pod.node, pod: { namespace, name }, slice: null };
  return { ...NOTHING, kind: 'pod', scheme: schemeOf(declared?.name ?? null, number), direct: [direct] };
}

/** The address may be a Service's, a node's whose port leads to a Service, or a pod's: then more is known of it. */
function ofAddress(cluster: Cluster, asked: Extract<Asked, { kind: 'address' }>): Resolved {
  const { address, port, scheme, path } = asked;
  const service = cluster.services.find((each) => each.clusterIps.includes(address));
  const servicePort = service === undefined ? null : findPort(service, port);
  if (service !== undefined && servicePort !== null) {
    return { ...NOTHING, kind: 'service', scheme, path, service: serviceTarget(cluster, service, servicePort) };
  }
  const balanced = cluster.services.find((each) => each.externalAddresses.includes(address));
  const balancedPort = balanced === undefined ? null : findPort(balanced, port);
  if (balanced !== undefined && balancedPort !== null) {
    const entries = [{ address, port, node: null, pod: null }];
    return {
      ...NOTHING,
      kind: 'service',
      scheme,
      path,
      entries,
      service: serviceTarget(cluster, balanced, balancedPort),
    };
  }
  const behindNode = nodePortAt(cluster, address, port);
  if (behindNode !== null) {
    const { entry, ...found } = behindNode;
    const serves = serviceTarget(cluster, found.service, found.port);
    return { ...NOTHING, kind: 'service', scheme, path, entries: [entry], service: serves };
  }
  const pod = cluster.pods.find(
    (each) => !each.hostNetwork && each.phase === 'Running' && each.addresses.includes(address),
  );
  const node = cluster.nodes.find((each) => each.addresses.includes(address));
  const direct: Backend = {
    address,
    port,
    ready: pod?.ready ?? true,
    node: pod?.node ?? node?.name ?? null,
    pod: pod === undefined ? null : { namespace: pod.namespace, name: pod.name },
    slice: null,
  };
  const isVanished = pod === undefined && node === undefined && isUnownedClusterIp(cluster, address);
  return {
    ...NOTHING,
    kind: 'address',
    scheme,
    path,
    direct: [direct],
    ...(isVanished ? { unownedClusterIp: true as const } : {}),
  };
}

interface NodePort {
  readonly entry: Target['entries'][number];
  readonly service: Service;
  readonly port: ServicePort;
}

/** The Service whose NodePort this is, on a node of this address. */
function nodePortAt(cluster: Cluster, address: string, number: number): NodePort | null {
  const node = cluster.nodes.find((each) => each.addresses.includes(address));
  if (node === undefined) return null;
  for (const service of cluster.services) {
    const port = service.ports.find(({ nodePort, protocol }) => nodePort === number && protocol === 'TCP');
    if (port !== undefined) return { entry: { address, port: number, node: node.name, pod: null }, service, port };
  }
  return null;
}

/** Certainly from the range of ClusterIPs, and no Service has it, as far as all Services could be read. */
function isUnownedClusterIp(cluster: Cluster, address: string): boolean {
  const isOwned = cluster.services.some((each) => [...each.clusterIps, ...each.externalAddresses].includes(address));
  return !isOwned && unreadOf(cluster, 'services') === null && isInRanges(address, cluster.serviceRanges ?? []);
}

function ofHost(cluster: Cluster, asked: AskedHost, { namespace, from }: Asker): Resolved {
  const route = findRoute(cluster, asked.host, asked.path);
  if (route !== null) return ofRoute(cluster, route, asked);
  const service = serviceByName(cluster, asked.host, from?.namespace ?? namespace);
  if (service !== null) {
    const { host, scheme, path, port } = asked;
    const named = { kind: 'service' as const, name: service.name, namespace: service.namespace };
    return ofService(cluster, service.namespace, { ...named, port: portOf(scheme, port), url: { host, scheme, path } });
  }
  const hosts = knownHosts(cluster);
  // With --from it is that workload's word for it, which only its own resolver need know.
  if ((asked.scheme !== null || from !== null) && !belongsHere(asked.host, hosts)) return external(asked);
  const fallback = findDefaultRoute(cluster, asked.path);
  if (fallback !== null) return ofRoute(cluster, fallback, asked);
  const unread = unreadOf(cluster, 'ingresses');
  throw new UserError(`No Ingress, HTTPRoute or HTTPProxy serves ${asked.host}`, {
    hint:
      unread === null
        ? `${suggest(asked.host, hosts, 'this cluster serves no hosts')}; for a host outside, write the URL with https://`
        : `kprobe ${unread.because}`,
  });
}

/** `name.namespace`, or `name` alone in the asker's namespace: what the search list of a pod's resolv.conf makes a Service of. */
function serviceByName(cluster: Cluster, host: string, namespace: string): Service | null {
  const [name = '', where = namespace, ...more] = host.toLowerCase().split('.');
  return more.length > 0 ? null : findService(cluster, where, name);
}

/** Under the same parent domain as a host of this cluster: then it is more likely a typo than the outside world. */
function belongsHere(host: string, hosts: readonly string[]): boolean {
  const parent = host.split('.').slice(1).join('.');
  return parent.includes('.') && hosts.some((known) => known.split('.').slice(1).join('.') === parent);
}

function external({ host, port, scheme, path }: AskedHost): Resolved {
  const direct = {
    address: host,
    port: port ?? (scheme === 'https' ? 443 : 80),
    ready: true,
    node: null,
    pod: null,
    slice: null,
  };
  return {
    ...NOTHING,
    kind: 'external',
    scheme: scheme ?? (port === null ? 'https' : schemeOf(null, port)),
    host,
    path,
    direct: [direct],
  };
}

function ofRoute(cluster: Cluster, route: Route, { host, port, scheme, path }: AskedHost): Resolved {
  const encrypted = route.tls ? ('https' as const) : ('http' as const);
  // A gRPC server answers no plain request: to it kprobe only connects.
  const chosen = route.kind === 'GRPCRoute' ? 'tcp' : (scheme ?? encrypted);
  const controller = cluster.controllers.find((each) => each.className === route.className) ?? null;
  const question = { cluster, route, controller, scheme: chosen === 'tcp' ? (scheme ?? encrypted) : chosen, port };
  const names = findEntryNames(question);
  const service = findService(cluster, route.serviceNamespace, route.service);
  const servicePort = service === null ? null : findPort(service, route.port === ONLY_PORT ? null : route.port);
  const shares = sharesBeside(cluster, route);
  return {
    kind: 'ingress',
    scheme: chosen,
    host,
    path,
    route: { kind: route.kind, namespace: route.namespace, name: route.name },
    className: route.className,
    ...(route.upstream === undefined ? {} : { upstream: route.upstream }),
    ...byFamily(findEntries(question)),
    ...(names.length === 0 ? {} : { entryNames: names }),
    service: service === null || servicePort === null ? null : serviceTarget(cluster, service, servicePort),
    ...(shares.length === 0 ? {} : { shares }),
    direct: [],
  };
}

/** The other Services of the same rule, those of the largest weights first. */
function sharesBeside(cluster: Cluster, route: Route): ServiceTarget[] {
  if (route.weight === undefined) return [];
  return cluster.routes
    .filter((other) => isOfSameRule(route, other))
    .toSorted((a, b) => (b.weight ?? 0) - (a.weight ?? 0))
    .flatMap(({ service: name, serviceNamespace, port }) => {
      const service = findService(cluster, serviceNamespace, name);
      const servicePort = service === null ? null : findPort(service, port === ONLY_PORT ? null : port);
      return service === null || servicePort === null ? [] : [serviceTarget(cluster, service, servicePort)];
    });
}

/** What two backends of one rule have in common, and a rule beside it has not. */
const OF_RULE = ['kind', 'className', 'host', 'path', 'pathType', 'isConditional'] as const;

function isOfSameRule(route: Route, other: Route): boolean {
  const isItself = other.service === route.service && other.serviceNamespace === route.serviceNamespace;
  const isSame = isSameName(ruleName(route), ruleName(other)) && OF_RULE.every((key) => other[key] === route[key]);
  return !isItself && other.weight !== undefined && isSame;
}

function ruleName({ canary, namespace, name }: Route): ObjectName {
  return canary?.of ?? { namespace, name };
}

/** HTTP only where the port says so: a bare connect harms nobody else, and a handshake that nobody expects looks like a fault. */
function schemeOf(name: string | null, port: number): Scheme {
  if (name?.startsWith('https') === true || port === 443) return 'https';
  return name?.startsWith('http') === true || name === 'web' || [80, 8080, 8000, 3000].includes(port) ? 'http' : 'tcp';
}
