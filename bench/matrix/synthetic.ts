/** A matrix of many nodes without a network: the real plan, and what its agents would have said, in the shape of a real recording. */
import type { Arrival, Hello, Sample } from '../../probes/wire.ts';
import { Sharing } from '../../src/collect/sharing.ts';
import type { Cluster, Node } from '../../src/model/cluster.ts';
import type { Network } from '../../src/model/matrix.ts';
import type { Agent, Path } from '../../src/model/plan.ts';
import { RECORDING_SCHEMA } from '../../src/model/recording.ts';
import type { Heard, Recording } from '../../src/model/recording.ts';
import { meshTarget, planMesh } from '../../src/plan/mesh/plan-mesh.ts';
import type { MeshPlan } from '../../src/plan/mesh/plan-mesh.ts';

const STARTED_AT = 1_760_000_000_000;
const DNS_SERVERS = 3;
/** Longer than any timer; see src/plan/schedules.ts. */
const LIMIT_MS = 16_700;

/** Nodes in zones of equal size, and a DNS Service with a few replicas. */
export function bigCluster(count: number, zones: number): Cluster {
  const nodes = Array.from({ length: count }, (_, at) => nodeAt(at, zones));
  const pods = nodes.slice(0, DNS_SERVERS).map((node, at) => ({
    namespace: 'kube-system',
    name: `coredns-${at}`,
    uid: `uid-${at}`,
    labels: { 'k8s-app': 'kube-dns' },
    node: node.name,
    addresses: [`10.64.0.${at + 2}`],
    hostNetwork: false,
    phase: 'Running' as const,
    ready: true,
    terminating: false,
    ports: [],
    owner: { kind: 'ReplicaSet', name: 'coredns' },
    because: null,
  }));
  const name = { namespace: 'kube-system', name: 'kube-dns' };
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
    nodes,
    namespaces: ['kube-system', 'kprobe', 'kprobe-host'].map((each) => ({
      name: each,
      labels: { 'kubernetes.io/metadata.name': each },
    })),
    pods,
    services: [
      {
        ...name,
        labels: {},
        type: 'ClusterIP',
        clusterIps: ['10.96.0.10'],
        selector: { 'k8s-app': 'kube-dns' },
        ports: [{ name: 'dns', port: 53, targetPort: 53, nodePort: null, protocol: 'UDP' }],
        externalAddresses: [],
        externalTrafficPolicy: 'Cluster',
        internalTrafficPolicy: 'Cluster',
        publishNotReadyAddresses: false,
      },
    ],
    endpointSlices: [
      {
        namespace: name.namespace,
        name: 'kube-dns-1',
        service: name.name,
        managedBy: 'endpointslice-controller.k8s.io',
        ports: [{ name: 'dns', port: 53, protocol: 'UDP' }],
        endpoints: pods.map((pod) => ({
          address: pod.addresses[0] ?? '',
          ready: true,
          terminating: false,
          node: pod.node,
          pod: { namespace: pod.namespace, name: pod.name },
        })),
      },
    ],
    routes: [],
    controllers: [],
    ingressClasses: [],
    networkPolicies: [],
    dnsService: name,
    unread: [],
  };
}

function nodeAt(at: number, zones: number): Node {
  return {
    name: `worker-${at + 1}`,
    addresses: [hostAddress(at)],
    podCidrs: [`10.${64 + (at >> 8)}.${at & 255}.0/24`],
    overlayAddresses: [`10.${64 + (at >> 8)}.${at & 255}.1`],
    ready: true,
    schedulable: true,
    taints: [],
    zone: zones < 2 ? null : `zone-${at % zones}`,
    kernel: '6.18.0',
    kubelet: 'v1.34.0',
    architecture: 'amd64',
  };
}

const hostAddress = (at: number) => `172.16.${at >> 8}.${at & 255}`;
const podAddress = (at: number) => `10.${64 + (at >> 8)}.${at & 255}.99`;

export function planned(cluster: Cluster, networks: readonly Network[], run: string): MeshPlan {
  return planMesh(cluster, { run, deadlineMs: 300_000, networks, protocol: 'tcp', sizeBytes: 0, peers: null });
}

/** One round of a series, from 1. */
export function plannedRound(cluster: Cluster, seed: string, number: number): MeshPlan {
  const asked = {
    run: seed,
    deadlineMs: 300_000,
    networks: ['pod'] as const,
    protocol: 'tcp' as const,
    sizeBytes: 0,
    peers: null,
  };
  return planMesh(cluster, { ...asked, round: { seed, number } });
}

/** The same without packet sizes and DNS, and with two attempts a node pair: what finding a fault rests on. */
export function waysOnly(mesh: MeshPlan): MeshPlan {
  const paths = mesh.plan.paths.filter(({ userFacing }) => userFacing);
  const ids = new Set(paths.map(({ id }) => id));
  const assignments = Object.fromEntries(
    Object.entries(mesh.plan.assignments).map(([agent, assignment]) => [
      agent,
      {
        ...assignment,
        schedules: assignment.schedules.filter(({ path }) => ids.has(path)).map((each) => ({ ...each, count: 2 })),
      },
    ]),
  );
  return { ...mesh, plan: { ...mesh.plan, paths, assignments } };
}

/** Whether nothing gets through from one node to another. */
export type Fault = (fromNode: string, toNode: string) => boolean;

/** What the agents of a plan would have said. Parsed from JSON, as it comes in a real run, and kept as there. */
export function recorded(cluster: Cluster, { plan }: MeshPlan, isCut: Fault): Recording {
  const agents = new Map(plan.agents.map((agent) => [agent.id, agent]));
  const counts = new Map(
    Object.values(plan.assignments).flatMap(({ schedules }) => schedules.map(({ path, count }) => [path, count])),
  );
  const sharing = new Sharing(plan.paths.map(({ id }) => id));
  const samples: Sample[] = [];
  const arrivals: Heard<Arrival>[] = [];
  for (const path of plan.paths) {
    const [from, to] = [agents.get(path.from), path.to.kind === 'agent' ? agents.get(path.to.agent) : undefined];
    if (from === undefined) continue;
    const isDead = from.node !== null && to?.node !== undefined && to.node !== null && isCut(from.node, to.node);
    for (let attempt = 0; attempt < (counts.get(path.id) ?? 0); attempt += 1)
      samples.push(sharing.sample(parsed(sampleOf(path, from, { attempt, isDead }))));
    if (path.userFacing && to !== undefined && !isDead) arrivals.push({ ...parsed(arrivalOf(from)), agent: to.id });
  }
  return {
    schema: RECORDING_SCHEMA,
    kprobe: '0.1.0',
    run: 'bench',
    startedAt: new Date(STARTED_AT).toISOString(),
    tookMs: 20_000,
    ended: 'complete',
    slowAfterMs: 500,
    target: meshTarget(null),
    cluster,
    plan: { agents: plan.agents, paths: plan.paths, limitations: plan.limitations },
    hellos: plan.agents.map((agent) => parsed(helloOf(agent))),
    samples,
    arrivals,
    halfOpen: [],
    byes: [],
    troubles: [],
    limitations: [],
  };
}

function parsed<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function numberOf({ node }: Agent): number {
  return Number(node?.replace(/\D/g, '') ?? 1) - 1;
}

function addressOf(agent: Agent): string {
  return agent.kind === 'host' ? hostAddress(numberOf(agent)) : podAddress(numberOf(agent));
}

function sampleOf(path: Path, from: Agent, { attempt, isDead }: { attempt: number; isDead: boolean }): Sample {
  const isConnecting = path.probe.kind === 'tcp';
  const phase = isConnecting ? 'connect' : path.probe.kind === 'dns' ? 'dns' : 'first-byte';
  const jitter = ((attempt * 7919 + path.id.length * 104_729) % 100) / 500;
  const phases = isDead
    ? { [phase]: LIMIT_MS }
    : isConnecting
      ? { connect: 0.3 + jitter, 'first-byte': 0.2 + jitter, body: 0.01 }
      : { [phase]: 0.4 + jitter };
  return {
    type: 'sample',
    path: path.id,
    attempt,
    at: STARTED_AT + 5000 + attempt * 1000,
    lateMs: 0.4,
    outcome: isDead ? { kind: 'silent', phase, waitedMs: LIMIT_MS, code: null } : { kind: 'answered' },
    phases,
    totalMs: Object.values(phases).reduce((sum, ms) => sum + ms, 0),
    local: `${addressOf(from)}:${40_000 + attempt}`,
    seen: isDead ? null : `${addressOf(from)}:${40_000 + attempt}`,
    synRetransmissions: isDead && isConnecting ? 6 : 0,
    dataRetransmissions: 0,
    counters: { 'Tcp.ActiveOpens': 1, 'Udp.OutDatagrams': 2 },
    concurrent: 3,
    http: null,
    dns: path.probe.kind === 'dns' ? DNS_ANSWER : null,
    stalledMs: 0,
    throttledMs: 0,
    cpuWaitMs: 0,
    cpuPressure: null,
  };
}

const DNS_ANSWER = {
  rcode: 'NOERROR',
  answers: ['10.96.0.1'],
  truncated: false,
  questions: [{ type: 'A' as const, rcode: 'NOERROR', answers: ['10.96.0.1'], ms: 0.5 }],
};

function helloOf(agent: Agent): Hello {
  return {
    type: 'hello',
    version: 2,
    run: 'bench',
    agent: agent.id,
    at: STARTED_AT,
    hostname: agent.id,
    addresses: [addressOf(agent)],
    tcp: [40_001],
    udp: [40_002],
    unavailable: [],
    sysctls: {
      'net.ipv4.tcp_syn_linear_timeouts': '4',
      'net.ipv4.tcp_syn_retries': '6',
      'net.ipv4.tcp_retries2': '15',
    },
    resolver: {
      servers: ['10.96.0.10'],
      search: ['kprobe.svc.cluster.local', 'svc.cluster.local'],
      options: ['ndots:5'],
    },
    kernel: '6.18.0',
    nodeVersion: 'v24.21.0',
  };
}

function arrivalOf(from: Agent): Arrival {
  return { type: 'arrival', at: STARTED_AT + 5000, transport: 'tcp', port: 40_001, from: addressOf(from) };
}
