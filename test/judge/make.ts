/** Tiny makers for judge tests: everything has a sensible default, a test says only what it is about. */
import type { Arrival, HalfOpen, Hello, Outcome, Phase, Sample } from '../../probes/wire.ts';
import type { Cluster, EndpointSlice, IngressController, NetworkPolicy } from '../../src/model/cluster.ts';
import type { Limitation, Namespace, Node, Pod, Route, Service } from '../../src/model/cluster.ts';
import type { Agent, Destination, Path, Probe } from '../../src/model/plan.ts';
import { RECORDING_SCHEMA } from '../../src/model/recording.ts';
import type { Heard, Recording } from '../../src/model/recording.ts';
import type { Backend, Entry, ServiceTarget, Target } from '../../src/model/target.ts';

/** A ready node; `worker-2` has 10.0.0.2, 10.244.2.0/24 and the overlay address 10.244.2.0. */
export function node(over: Partial<Node> = {}): Node {
  const name = over.name ?? 'worker-1';
  const number = numberIn(name);
  return {
    name,
    addresses: [`10.0.0.${number}`],
    podCidrs: [`10.244.${number}.0/24`],
    overlayAddresses: [`10.244.${number}.0`],
    ready: true,
    schedulable: true,
    taints: [],
    zone: null,
    kernel: '6.18.0',
    kubelet: 'v1.34.0',
    architecture: 'amd64',
    ...over,
  };
}

/** A running, ready pod shop/web-1 with label app=web on worker-1. */
export function pod(over: Partial<Pod> = {}): Pod {
  const namespace = over.namespace ?? 'shop';
  const name = over.name ?? 'web-1';
  const on = over.node === undefined ? 'worker-1' : over.node;
  return {
    namespace,
    name,
    uid: `uid-${namespace}-${name}`,
    labels: { app: name.replace(/-[^-]*$/, '') },
    node: on,
    addresses: [`10.244.${numberIn(on ?? '')}.${10 + numberIn(name)}`],
    hostNetwork: false,
    phase: 'Running',
    ready: true,
    terminating: false,
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    owner: { kind: 'ReplicaSet', name: name.replace(/-[^-]*$/, '') },
    because: null,
    ...over,
  };
}

/** ClusterIP Service shop/web, port 80 to 8080, selecting app=web. */
export function service(over: Partial<Service> = {}): Service {
  const name = over.name ?? 'web';
  return {
    namespace: 'shop',
    name,
    labels: {},
    type: 'ClusterIP',
    clusterIps: ['10.96.0.80'],
    selector: { app: name },
    ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: null, protocol: 'TCP' }],
    externalAddresses: [],
    externalTrafficPolicy: 'Cluster',
    internalTrafficPolicy: 'Cluster',
    publishNotReadyAddresses: false,
    ...over,
  };
}

/** EndpointSlice of shop/web; `pods` become its endpoints. */
export function slice(over: Partial<EndpointSlice> & { pods?: readonly Pod[] } = {}): EndpointSlice {
  const { pods = [], ...rest } = over;
  const owner = rest.service ?? 'web';
  return {
    namespace: 'shop',
    name: `${owner}-abc12`,
    service: owner,
    managedBy: 'endpointslice-controller.k8s.io',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: pods.map((each) => ({
      address: each.addresses[0] ?? '',
      ready: each.ready,
      terminating: each.terminating,
      node: each.node,
      pod: { namespace: each.namespace, name: each.name },
    })),
    ...rest,
  };
}

/** NetworkPolicy shop/deny-all: selects everything, isolates ingress, allows nothing. */
export function policy(over: Partial<NetworkPolicy> = {}): NetworkPolicy {
  return { namespace: 'shop', name: 'deny-all', spec: { podSelector: {}, policyTypes: ['Ingress'] }, ...over };
}

/** Ingress shop/web for shop.example.com, class nginx. */
export function route(over: Partial<Route> = {}): Route {
  return {
    kind: 'Ingress',
    namespace: 'shop',
    name: 'web',
    host: 'shop.example.com',
    path: '/',
    pathType: 'Prefix',
    tls: false,
    service: 'web',
    serviceNamespace: 'shop',
    port: 80,
    className: 'nginx',
    publishedAddresses: [],
    ...over,
  };
}

/** ingress-nginx with its default timers: connect 5 s, 3 tries. */
export function controller(over: Partial<IngressController> = {}): IngressController {
  return {
    className: 'nginx',
    controller: 'k8s.io/ingress-nginx',
    implementation: 'ingress-nginx',
    pods: [],
    foundBy: 'label app.kubernetes.io/name=ingress-nginx',
    connectTimeoutMs: 5000,
    readTimeoutMs: 60_000,
    tries: 3,
    timersFrom: 'defaults of ingress-nginx',
    httpPort: 80,
    httpsPort: 443,
    ...over,
  };
}

export function namespace(name: string, labels: Record<string, string> = {}): Namespace {
  return { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } };
}

/** Objects of this kind (`pods`, `networkpolicies`) could not be listed. */
export function unreadGap(resource: string): Limitation {
  return { what: resource, because: 'forbidden', subject: { kind: 'resource', resource } };
}

/** Three workers, calico on vxlan, namespaces of all pods; nothing else. */
export function cluster(over: Partial<Cluster> = {}): Cluster {
  const spaces = new Set([
    'shop',
    'kube-system',
    'ingress-nginx',
    'kprobe',
    ...(over.pods ?? []).map((p) => p.namespace),
  ]);
  return {
    version: 'v1.34.0',
    networking: {
      cni: 'calico',
      enforcer: 'calico',
      encapsulation: 'vxlan',
      proxyMode: 'iptables',
      because: 'DaemonSet kube-system/calico-node',
      unevaluated: [],
    },
    nodes: ['worker-1', 'worker-2', 'worker-3'].map((name) => node({ name })),
    namespaces: [...spaces].map((name) => namespace(name)),
    pods: [],
    services: [],
    endpointSlices: [],
    routes: [],
    controllers: [],
    ingressClasses: [{ name: 'nginx', controller: 'k8s.io/ingress-nginx', isDefault: true }],
    networkPolicies: [],
    dnsService: { namespace: 'kube-system', name: 'kube-dns' },
    unread: [],
    ...over,
  };
}

/**
 * An agent from its id, as the plan names them: `local`, `control@worker-1`, `host@worker-2`, `twin:web@worker-1` (answers with
 * the identity of pod shop/web-1) and `as:web@worker-1` (asks with it).
 */
export function agent(id: string, over: Partial<Agent> = {}): Agent {
  const [role = '', on = null] = id.split('@');
  const [word = '', owner = 'web'] = role.split(':');
  const isTwin = word === 'twin' || word === 'as';
  const kind = isTwin ? 'twin' : word === 'local' || word === 'host' ? word : 'control';
  const spaces = { local: '', control: 'kprobe', host: 'kprobe-host', twin: 'shop' } as const;
  return {
    id,
    kind,
    node: on,
    identity: { namespace: spaces[kind], labels: isTwin ? { app: owner } : {}, hostNetwork: kind === 'host' },
    of: isTwin ? { namespace: 'shop', name: `${owner}-1` } : null,
    underTest: word === 'as',
    ports: [],
    ...over,
  };
}

/** Short words for the far end of a path. */
export const to = {
  entry: (address = '10.0.0.1', on: string | null = 'worker-1'): Destination => ({
    kind: 'entry',
    address,
    port: 80,
    node: on,
  }),
  service: (name = 'web', address = '10.96.0.80'): Destination => ({
    kind: 'service',
    namespace: 'shop',
    name,
    address,
    port: 80,
  }),
  backend: (of: Pod = pod()): Destination => ({
    kind: 'backend',
    address: of.addresses[0] ?? '',
    port: 8080,
    node: of.node,
    pod: { namespace: of.namespace, name: of.name },
  }),
  agent: (id: string, port: number | null = null): Destination => ({
    kind: 'agent',
    agent: id,
    port,
    node: agent(id).node,
  }),
  dns: (address = '10.96.0.10', over: Partial<Destination & { kind: 'dns-server' }> = {}): Destination => ({
    kind: 'dns-server',
    address,
    port: 53,
    node: null,
    pod: null,
    service: null,
    ...over,
  }),
  resolver: (name = 'web.shop.svc.cluster.local'): Destination => ({ kind: 'resolver', name }),
  external: (address = '192.0.2.1', port = 443): Destination => ({ kind: 'external', address, port }),
};

/** A path from one agent's id to a destination; all else follows from the ends unless given. Only paths to entries are the user's. */
export function path(
  from: string,
  destination: Destination,
  over: Partial<Omit<Path, 'from' | 'to'>> & { probeKind?: Probe['kind'] } = {},
): Path {
  const { probeKind, ...rest } = over;
  const probe = rest.probe ?? probeFor(destination, probeKind);
  const near = agent(from).node;
  const far = 'node' in destination ? destination.node : null;
  const locality = near === null ? 'external' : near === far ? 'same-node' : 'cross-node';
  const where =
    'address' in destination ? destination.address : 'agent' in destination ? destination.agent : destination.name;
  const variant = probe.kind === 'dns' ? `dns/${probe.transport} ${probe.type}` : probe.kind;
  const id = `${from} > ${where}${portOf(destination)} ${variant}`;
  const userFacing = destination.kind === 'entry';
  return { id, from, to: destination, locality, userFacing, experiments: [], probe, ...rest };
}

type Times = Partial<Record<'dnsMs' | 'connectMs' | 'tlsMs' | 'sendMs' | 'firstByteMs' | 'bodyMs', number>>;
export type SampleOver = Times & Partial<Omit<Sample, 'type'>> & { status?: number };

/**
 * One attempt: answered in 1 ms unless told otherwise. `connectMs: 3` and its kin set phases, `totalMs` is their sum,
 * `status: 502` an HTTP answer. See `silent`, `refused`, `unreachable`, `cut` for the ways to fail.
 */
export function sample(over: SampleOver = {}): Sample {
  const { dnsMs, connectMs, tlsMs, sendMs, firstByteMs, bodyMs, status, ...rest } = over;
  const times = { dns: dnsMs, connect: connectMs, tls: tlsMs, send: sendMs, 'first-byte': firstByteMs, body: bodyMs };
  const said = Object.entries(times).filter((entry): entry is [Phase, number] => entry[1] !== undefined);
  const phases: Partial<Record<Phase, number>> =
    rest.phases ?? Object.fromEntries(said.length > 0 ? said : [['connect', 1]]);
  return {
    type: 'sample',
    path: 'p',
    attempt: 0,
    at: 1_760_000_000_000,
    lateMs: 0,
    outcome: { kind: 'answered' },
    phases,
    totalMs: Object.values(phases).reduce((sum, ms) => sum + ms, 0),
    local: '10.244.1.9:40000',
    seen: null,
    synRetransmissions: 0,
    dataRetransmissions: 0,
    counters: {},
    concurrent: 0,
    http: status === undefined ? null : { status, bytes: 100, server: 'nginx', hash: '0123456789abcdef' },
    dns: null,
    stalledMs: 0,
    throttledMs: 0,
    cpuWaitMs: 0,
    cpuPressure: 0,
    ...rest,
  };
}

/** Nothing came for 6.7 s in the connect phase, with the five SYN retransmissions that 6.7 s hold since Linux 6.5. */
export function silent(over: Partial<Omit<Sample, 'type'>> & { phase?: Phase; waitedMs?: number } = {}): Sample {
  const { phase = 'connect', waitedMs = 6700, ...rest } = over;
  const outcome: Outcome = { kind: 'silent', phase, waitedMs, code: null };
  const synRetransmissions = phase === 'connect' ? 5 : 0;
  return sample({ outcome, phases: { [phase]: waitedMs }, synRetransmissions, ...rest });
}

/** ECONNREFUSED after 0.3 ms, by RST; add `counters: { 'IcmpMsg.InType3': 1 }` for a reject. */
export function refused(over: SampleOver = {}): Sample {
  return sample({ connectMs: 0.3, outcome: { kind: 'refused', phase: 'connect' }, ...over });
}

/** EHOSTUNREACH after 0.3 ms. */
export function unreachable(over: SampleOver & { code?: string } = {}): Sample {
  const { code = 'EHOSTUNREACH', ...rest } = over;
  return sample({ connectMs: 0.3, outcome: { kind: 'unreachable', phase: 'connect', code }, ...rest });
}

/** The run ended while this attempt waited. */
export function cut(over: Partial<Omit<Sample, 'type'>> & { phase?: Phase; waitedMs?: number } = {}): Sample {
  const { phase = 'connect', waitedMs = 4000, ...rest } = over;
  return sample({ outcome: { kind: 'cut', phase, waitedMs }, phases: { [phase]: waitedMs }, ...rest });
}

/** A DNS answer from one server. */
export function dnsAnswer(over: SampleOver & { rcode?: string; answers?: readonly string[] } = {}): Sample {
  const { rcode = 'NOERROR', answers = ['10.96.0.80'], ...rest } = over;
  return sample({
    dnsMs: 0.8,
    dns: { rcode, answers, truncated: false, questions: [{ type: 'A', rcode, answers, ms: 0.8 }] },
    ...rest,
  });
}

/** Puts samples on a path: numbered, one second apart. */
export function on(of: Path, samples: readonly Sample[]): Sample[] {
  return samples.map((each, attempt) => ({ ...each, path: of.id, attempt, at: each.at + attempt * 1000 }));
}

/** `times(5, silent)` or `times(5, () => sample({ connectMs: 3 }))`. */
export function times(count: number, make: () => Sample): Sample[] {
  return Array.from({ length: count }, make);
}

export function backend(of: Pod = pod()): Backend {
  return {
    address: of.addresses[0] ?? '',
    port: 8080,
    ready: of.ready,
    node: of.node,
    pod: { namespace: of.namespace, name: of.name },
    slice: 'web-abc12',
  };
}

export function entry(name = 'worker-1', over: Partial<Entry> = {}): Entry {
  return { address: node({ name }).addresses[0] ?? '', port: 80, node: name, pod: null, ...over };
}

export function serviceTarget(over: Partial<ServiceTarget> = {}): ServiceTarget {
  return {
    namespace: 'shop',
    name: 'web',
    clusterIp: '10.96.0.80',
    port: 80,
    protocol: 'TCP',
    backends: [backend()],
    ...over,
  };
}

/** http://shop.example.com/ through ingress class nginx to shop/web. */
export function target(over: Partial<Target> = {}): Target {
  return {
    input: 'shop.example.com',
    kind: 'ingress',
    scheme: 'http',
    host: 'shop.example.com',
    path: '/',
    route: { kind: 'Ingress', namespace: 'shop', name: 'web' },
    className: 'nginx',
    entries: [entry()],
    service: serviceTarget(),
    direct: [],
    from: null,
    ...over,
  };
}

/** An agent's first line, from a kernel with the SYN schedule of Linux 6.5 and later. */
export function hello(id: string, over: Partial<Hello> = {}): Hello {
  const number = numberIn(agent(id).node ?? '');
  return {
    type: 'hello',
    version: 2,
    run: 'run-1',
    agent: id,
    at: 1_760_000_000_000,
    hostname: id,
    addresses: [agent(id).kind === 'host' ? `10.0.0.${number}` : `10.244.${number}.99`],
    tcp: [7000],
    udp: [7001],
    unavailable: [],
    sysctls: { 'net.ipv4.tcp_syn_linear_timeouts': '4', 'net.ipv4.tcp_syn_retries': '6' },
    resolver: { servers: ['10.96.0.10'], search: ['kprobe.svc.cluster.local'], options: ['ndots:5'] },
    kernel: '6.18.0',
    nodeVersion: 'v24.21.0',
    ...over,
  };
}

/** A SYN (or datagram) that reached `at` and became a connection. */
export function arrival(at: string, from: string, over: Partial<Arrival> = {}): Heard<Arrival> {
  return { type: 'arrival', agent: at, at: 1_760_000_000_000, transport: 'tcp', port: 7000, from, ...over };
}

export function halfOpen(at: string, from: string, over: Partial<HalfOpen> = {}): Heard<HalfOpen> {
  return { type: 'half-open', agent: at, at: 1_760_000_000_000, port: 7000, from, ...over };
}

type RecordingOver = Partial<Omit<Recording, 'schema' | 'plan'>> & {
  agents?: readonly Agent[];
  paths?: readonly Path[];
  /** What the plan says of itself that it cannot measure. */
  limits?: readonly Limitation[];
};

/** A recording of these paths and samples; agents and hellos that are not given are made from the ids in the paths. */
export function recording(over: RecordingOver = {}): Recording {
  const { agents = [], paths = [], limits = [], ...rest } = over;
  const given = new Map(agents.map((each) => [each.id, each]));
  const ids = new Set([...given.keys(), ...paths.map((each) => each.from)]);
  for (const { to: far } of paths) if (far.kind === 'agent') ids.add(far.agent);
  const all = [...ids].map((id) => given.get(id) ?? agent(id));
  return {
    schema: RECORDING_SCHEMA,
    kprobe: '0.1.0',
    run: 'run-1',
    startedAt: '2026-01-01T03:00:00.000Z',
    tookMs: 9000,
    ended: 'complete',
    slowAfterMs: 200,
    target: target(),
    cluster: cluster(),
    plan: { agents: all, paths: [...paths], limitations: [...limits] },
    hellos: all.map((each) => hello(each.id)),
    samples: [],
    arrivals: [],
    halfOpen: [],
    byes: [],
    troubles: [],
    limitations: [],
    ...rest,
  };
}

function probeFor(destination: Destination, kind: Probe['kind'] | undefined): Probe {
  const fallback = destination.kind === 'entry' ? 'http' : destination.kind === 'dns-server' ? 'dns' : 'tcp';
  const chosen = kind ?? (destination.kind === 'resolver' ? 'resolver' : fallback);
  const far =
    'address' in destination
      ? { address: destination.address, port: destination.port }
      : {
          agent: 'agent' in destination ? destination.agent : '',
          port: chosen === 'udp' ? ('udp' as const) : ('tcp' as const),
        };
  switch (chosen) {
    case 'tcp':
      return { kind: 'tcp', to: far, echo: destination.kind === 'agent', bytes: 0 };
    case 'http':
      return { kind: 'http', to: far, tls: false, host: 'shop.example.com', path: '/' };
    case 'dns':
      return { kind: 'dns', to: far, transport: 'udp', name: 'web.shop.svc.cluster.local.', type: 'A' };
    case 'resolver':
      return { kind: 'resolver', name: 'name' in destination ? destination.name : 'web' };
    case 'udp':
      return { kind: 'udp', to: far, bytes: 0 };
    default:
      return chosen satisfies never;
  }
}

function portOf(destination: Destination): string {
  return 'port' in destination && destination.port !== null ? `:${destination.port}` : '';
}

/** The last number in a name, 1 where there is none: `worker-2` is 2. */
function numberIn(name: string): number {
  return Number(/(\d+)$/.exec(name)?.[1] ?? 1);
}
