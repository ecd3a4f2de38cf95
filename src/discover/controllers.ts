/** Which pods proxy for an ingress class or Gateway, by the strongest evidence there is (policy reference, section 4). */
import type { EndpointSlice, IngressController, ObjectName, Pod, Route, Service } from '../model/cluster.ts';
import type { ApiObject } from '../api/cluster-client.ts';
import { nameOf, textsAt } from '../api/fields.ts';
import { servesGateway, implementationOf, type Implementation } from './implementations.ts';
import {
  CONFIG_KEYS,
  configuredTimers,
  DEFAULT_TIMERS,
  goDurationMs,
  setsTimers,
  UNKNOWN_TIMERS,
} from './proxy-timers.ts';
import { configuredHeadLimit } from './head-limits.ts';
import { limitStatus } from './request-limits.ts';
import { containersOf } from './workloads.ts';
import { endpointsOf } from '../model/service-slices.ts';

/** A class or Gateway that a route names or that exists, with who should serve it. */
export interface Served {
  readonly className: string;
  readonly controller: string | null;
  /** Set for Gateways. */
  readonly gateway: ObjectName | null;
  /** By which the Gateway itself chooses its proxies, in any namespace (Istio); absent: it does not. */
  readonly selector?: Readonly<Record<string, string>>;
}

export interface Surroundings {
  readonly pods: readonly Pod[];
  /** The same pods as the API gave them, by `namespace/name`: only there are their arguments. */
  readonly rawPods: ReadonlyMap<string, ApiObject>;
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly routes: readonly Route[];
  /** Data of a ConfigMap; null where there is none or it may not be read. */
  readonly configMap: (name: ObjectName) => Promise<Readonly<Record<string, string>> | null>;
}

interface Proxies {
  readonly pods: readonly Pod[];
  readonly foundBy: string;
}

/** null where nobody proxies for it inside the cluster, and nobody should. Without pods: somebody should, and none is running. */
export async function findController(served: Served, around: Surroundings): Promise<IngressController | null> {
  const known = implementationOf(served.controller, served.className);
  const proxies = findProxies(served, known, around) ?? missing(served, known);
  if (proxies === null) return null;
  const implementation = known?.name ?? 'unknown';
  return {
    className: served.className,
    controller: served.controller,
    implementation,
    pods: proxies.pods.map(({ namespace, name }) => ({ namespace, name })),
    foundBy: proxies.foundBy,
    ...(await timersOf(implementation, proxies.pods, around)),
    httpPort: listeningPort(proxies.pods, ['http', 'web', 'http2'], [80, 8080, 8000]) ?? 80,
    httpsPort: listeningPort(proxies.pods, ['https', 'websecure'], [443, 8443]) ?? 443,
  };
}

function findProxies(served: Served, known: Implementation | null, around: Surroundings): Proxies | null {
  const running = around.pods.filter((pod) => pod.phase === 'Running' && !pod.terminating);
  for (const { foundBy, pods } of evidence({ served, known, around, running })) {
    if (pods.length > 0) return { pods, foundBy };
  }
  return null;
}

/** Nobody serves it: its proxies should stand in the cluster and none runs, or a class names a controller that no pod is known for. */
function missing({ className, controller, gateway }: Served, known: Implementation | null): Proxies | null {
  if (known === null && gateway === null) {
    return { pods: [], foundBy: `no running pod is told to serve ${controller ?? `class ${className}`}` };
  }
  if (known === null || known.podLabels.length === 0) return null;
  return { pods: [], foundBy: `no running pod has the usual labels or arguments of ${known.name}` };
}

interface Question {
  readonly served: Served;
  readonly known: Implementation | null;
  readonly around: Surroundings;
  readonly running: readonly Pod[];
}

/** Strongest first, each looked for only when those before it found nothing. */
function* evidence({ served, known, around, running }: Question): Generator<Proxies> {
  const { selector } = served;
  if (selector !== undefined) {
    const isChosen = ({ labels }: Pod) => Object.keys(selector).length > 0 && has(labels, selector);
    return yield { foundBy: 'the selector of the Gateway', pods: running.filter(isChosen) };
  }
  if (served.gateway !== null) {
    const { gateway } = served;
    yield { foundBy: 'labels that name the Gateway', pods: running.filter((pod) => servesGateway(pod, gateway)) };
  }
  yield byPublishedAddress(served, around, running);
  if (known?.isOwnProxy !== false) {
    const pods = running.filter((pod) => isTold(rawOf(around, pod), served));
    yield { foundBy: 'their arguments, which name the class', pods };
  }
  const sets = known?.podLabels ?? [];
  yield {
    foundBy: `the usual labels of ${known?.name ?? ''}`,
    pods: running.filter(
      (pod) => sets.some((set) => has(pod.labels, set)) && !isToldOtherwise(rawOf(around, pod), served),
    ),
  };
}

/** The addresses that the routes publish belong to a Service: the pods behind it. */
function byPublishedAddress({ className }: Served, around: Surroundings, running: readonly Pod[]): Proxies {
  const published = new Set(
    around.routes.filter((route) => route.className === className).flatMap((route) => route.publishedAddresses),
  );
  const service = around.services.find((each) =>
    [...each.externalAddresses, ...each.clusterIps].some((ip) => published.has(ip)),
  );
  if (service === undefined) return { foundBy: '', pods: [] };
  const names = new Set(
    endpointsOf(around, service).map(({ pod }) => (pod === null ? '' : `${pod.namespace}/${pod.name}`)),
  );
  const pods = running.filter((pod) => names.has(`${pod.namespace}/${pod.name}`));
  return { foundBy: `the address that the routes publish: Service ${service.namespace}/${service.name}`, pods };
}

/** `--controller-class=k8s.io/ingress-nginx`, `--ingress-class=nginx`, `--providers.kubernetesingress.ingressclass=x`. */
function isTold(pod: ApiObject | undefined, { className, controller }: Served): boolean {
  if (pod === undefined) return false;
  return flagsOf(pod).some(({ flag, value }) => {
    if (CONTROLLER_FLAG.test(flag)) return controller !== null && value === controller;
    return CLASS_FLAG.test(flag) && value === className;
  });
}

/** Its usual labels notwithstanding: it serves classes of another controller (ingress-nginx: `--controller-class` decides over IngressClass objects). */
function isToldOtherwise(pod: ApiObject | undefined, { controller }: Served): boolean {
  if (pod === undefined || controller === null) return false;
  const told = flagsOf(pod).filter(({ flag }) => CONTROLLER_FLAG.test(flag));
  return told.length > 0 && told.every(({ value }) => value !== controller);
}

const CONTROLLER_FLAG = /^--?controller-class$/;
const CLASS_FLAG = /^--?(ingress-class|ingress\.class|providers\.kubernetesingress\.ingressclass)$/i;

/** `--flag=value` and `--flag value` alike. */
function flagsOf(pod: ApiObject): { readonly flag: string; readonly value: string | undefined }[] {
  const words = containersOf(pod).flatMap((each) => [...textsAt(each, 'command'), ...textsAt(each, 'args')]);
  return words.map((word, index) => {
    const [flag = '', value = words[index + 1]] = word.split('=', 2);
    return { flag, value };
  });
}

/** Of Traefik's static configuration (doc.traefik.io, "CLI", serversTransport.forwardingTimeouts); null: its arguments set none. */
function timersInArguments(
  implementation: string,
  pod: ApiObject | undefined,
): Partial<Pick<IngressController, 'connectTimeoutMs' | 'readTimeoutMs'>> | null {
  if (implementation !== 'traefik' || pod === undefined) return null;
  const flags = flagsOf(pod);
  const say = (timeout: string) => {
    const flag = flags.find((each) => each.flag.toLowerCase() === `--serverstransport.forwardingtimeouts.${timeout}`);
    return goDurationMs(/^\d+$/.test(flag?.value ?? '') ? `${flag?.value}s` : flag?.value);
  };
  const [dialMs, headerMs] = [say('dialtimeout'), say('responseheadertimeout')];
  if (dialMs === null && headerMs === null) return null;
  return {
    ...(dialMs === null ? {} : { connectTimeoutMs: dialMs }),
    ...(headerMs === null || headerMs === 0 ? {} : { readTimeoutMs: headerMs }),
  };
}

function rawOf({ rawPods }: Surroundings, { namespace, name }: Pod): ApiObject | undefined {
  return rawPods.get(`${namespace}/${name}`);
}

type Timers = Pick<
  IngressController,
  'connectTimeoutMs' | 'readTimeoutMs' | 'tries' | 'upstreamIdleMs' | 'timersFrom' | 'limitStatus' | 'headLimit'
>;

async function timersOf(implementation: string, pods: readonly Pod[], around: Surroundings): Promise<Timers> {
  const usual = DEFAULT_TIMERS[implementation];
  if (usual === undefined) return { ...UNKNOWN_TIMERS, timersFrom: 'nothing that kprobe can read' };
  const [first] = pods;
  const asked = first === undefined ? null : timersInArguments(implementation, rawOf(around, first));
  if (asked !== null && first !== undefined)
    return { ...usual, ...asked, timersFrom: `arguments of pod ${first.namespace}/${first.name}` };
  const keys = CONFIG_KEYS[implementation];
  const namespace = pods[0]?.namespace;
  if (keys === undefined || namespace === undefined) return { ...usual, timersFrom: `defaults of ${implementation}` };
  const name = told(around.rawPods.get(`${namespace}/${pods[0]?.name}`)) ?? { namespace, name: keys.configMap };
  const data = await around.configMap(name);
  const where = `ConfigMap ${name.namespace}/${name.name}`;
  const limited = { ...limitStatus(data, implementation), ...configuredHeadLimit(data, implementation, where) };
  if (data === null)
    return { ...usual, ...limited, timersFrom: `defaults of ${implementation}; ${where} could not be read` };
  const timersFrom = setsTimers(data, implementation) ? where : `defaults of ${implementation}; ${where} sets none`;
  return { ...configuredTimers(data, implementation), ...limited, timersFrom };
}

/** The ConfigMap that the controller's own arguments name; `$(POD_NAMESPACE)` is the pod's. */
function told(pod: ApiObject | undefined): ObjectName | null {
  if (pod === undefined) return null;
  const flags = containersOf(pod).flatMap((each) => [...textsAt(each, 'command'), ...textsAt(each, 'args')]);
  const value = flags
    .map((flag) => /^--?(?:nginx-)?config(?:-?maps?)=(.+)\/(.+)$/.exec(flag))
    .find((match) => match !== null);
  if (value?.[1] === undefined || value[2] === undefined) return null;
  return { namespace: value[1].startsWith('$(') ? (nameOf(pod)?.namespace ?? '') : value[1], name: value[2] };
}

/** The port the proxies listen on, by its usual names, else by its usual numbers. */
function listeningPort(pods: readonly Pod[], names: readonly string[], numbers: readonly number[]): number | null {
  const ports = pods.flatMap((pod) => pod.ports).filter(({ protocol }) => protocol === 'TCP');
  const named = ports.find(({ name }) => name !== null && names.includes(name));
  const usual = numbers.find((number) => ports.some(({ port }) => port === number));
  return named?.port ?? usual ?? null;
}

function has(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
