/**
 * A whole run without a network: the real plan for a small shop, every path answered as a healthy cluster would, except
 * where a test says otherwise. Diagnosis tests break one thing and ask who speaks.
 */
import type { Sample } from '../../probes/wire.ts';
import { judge } from '../../src/judge/judge.ts';
import type { Cluster, Pod } from '../../src/model/cluster.ts';
import type { Agent, Path } from '../../src/model/plan.ts';
import { isToClosedPort } from '../../src/model/plan.ts';
import type { Recording } from '../../src/model/recording.ts';
import type { Target } from '../../src/model/target.ts';
import type { Finding, Verdict } from '../../src/model/verdict.ts';
import { makePlan } from '../../src/plan/plan.ts';
import {
  backend,
  cluster,
  controller,
  dnsAnswer,
  entry,
  namespace,
  on,
  pod,
  policy,
  recording,
  refused,
  route,
  sample,
  service,
  serviceTarget,
  slice,
  target,
} from './make.ts';

/** web-1 and web-2 on workers 1 and 2 behind Service shop/web, hostNetwork nginx on all three workers, two DNS servers. */
export const web = [pod({ name: 'web-1', node: 'worker-1' }), pod({ name: 'web-2', node: 'worker-2' })];
export const nginx = [1, 2, 3].map((number) =>
  pod({
    namespace: 'ingress-nginx',
    name: `nginx-${number}`,
    node: `worker-${number}`,
    hostNetwork: true,
    addresses: [`10.0.0.${number}`],
    labels: { app: 'nginx' },
  }),
);
export const dns = [1, 2].map((number) =>
  pod({
    namespace: 'kube-system',
    name: `coredns-${number}`,
    node: `worker-${number}`,
    labels: { 'k8s-app': 'kube-dns' },
    addresses: [`10.244.${number}.53`],
    ports: [],
  }),
);
const kubeDns = service({
  namespace: 'kube-system',
  name: 'kube-dns',
  clusterIps: ['10.96.0.10'],
  selector: { 'k8s-app': 'kube-dns' },
  ports: [{ name: 'dns', port: 53, targetPort: 53, nodePort: null, protocol: 'UDP' }],
});

export function shopCluster(over: Partial<Cluster> = {}): Cluster {
  const pods = over.pods ?? [...web, ...nginx, ...dns];
  return cluster({
    pods,
    services: [service(), kubeDns],
    endpointSlices: [
      slice({ pods: pods.filter((each) => each.namespace === 'shop') }),
      slice({
        namespace: 'kube-system',
        service: 'kube-dns',
        name: 'kube-dns-1',
        pods: dns,
        ports: [{ name: 'dns', port: 53, protocol: 'UDP' }],
      }),
    ],
    routes: [route()],
    controllers: [controller({ pods: nginx.map(({ namespace, name }) => ({ namespace, name })) })],
    ...over,
  });
}

export function shopTarget(over: Partial<Target> = {}): Target {
  const entries = nginx.map((each) => entry(each.node ?? '', { pod: { namespace: each.namespace, name: each.name } }));
  return target({ entries, service: serviceTarget({ backends: web.map(backend) }), ...over });
}

/** The same shop asked for as a Service, without the ingress. */
export function serviceOnly(over: Partial<Target> = {}): Target {
  return shopTarget({
    input: 'svc/web',
    kind: 'service',
    route: null,
    className: null,
    entries: [],
    host: 'web',
    ...over,
  });
}

/** The same shop whose web pods have addresses of both families. */
export function dualCluster(): Cluster {
  const dual = web.map((each, index) => ({ ...each, addresses: [...each.addresses, `fd00:244:${index + 1}::11`] }));
  return shopCluster({ pods: [...dual, ...nginx, ...dns] });
}

/** A client of its own namespace, pay/checkout-1 on worker 3, and the question what it sees. */
export const checkout = pod({
  namespace: 'pay',
  name: 'checkout-1',
  node: 'worker-3',
  labels: { app: 'checkout', 'pod-template-hash': 'abc' },
  addresses: ['10.244.3.40'],
});
export const askedByCheckout = {
  namespace: 'pay',
  workload: 'checkout',
  pods: [{ namespace: 'pay', name: 'checkout-1' }],
};

/** The shop with that client and one policy. */
export function checkoutCluster(only: Cluster['networkPolicies'][number]): Cluster {
  return shopCluster({
    pods: [...web, ...nginx, ...dns, checkout],
    namespaces: ['shop', 'pay', 'kube-system', 'ingress-nginx', 'kprobe'].map((name) => namespace(name)),
    networkPolicies: [only],
  });
}

/** A policy that admits the namespace of the ingress by its name. */
export const allowIngress = policy({
  name: 'allow-ingress',
  spec: {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }] }],
  },
});

/** What a path does instead of answering: samples, or null to leave it well. */
export type Break = (path: Path, from: Agent, to: Agent | null) => readonly Sample[] | null;

export interface World {
  readonly cluster?: Cluster;
  readonly target?: Target;
  readonly hostVantages?: boolean;
  readonly inside?: boolean;
  /** `--idle`. */
  readonly idleMs?: number;
  readonly breaks?: readonly Break[];
  readonly over?: Partial<Omit<Recording, 'schema' | 'plan'>>;
}

export function run(world: World = {}): Recording {
  const [facts, asked] = [world.cluster ?? shopCluster(), world.target ?? shopTarget()];
  const plan = makePlan(facts, asked, {
    run: 'run-1',
    deadlineMs: 60_000,
    hostVantages: world.hostVantages ?? true,
    inside: world.inside ?? false,
    idleMs: world.idleMs ?? null,
  });
  const agents = new Map(plan.agents.map((agent) => [agent.id, agent]));
  const samples = plan.paths.flatMap((path) => {
    const from = agents.get(path.from);
    if (from === undefined) throw new Error(`the plan has no agent ${path.from}`);
    const to = path.to.kind === 'agent' ? (agents.get(path.to.agent) ?? null) : null;
    const broken = (world.breaks ?? []).map((rule) => rule(path, from, to)).find((each) => each !== null);
    return on(path, broken ?? wellAnswered(path, from));
  });
  return recording({
    agents: plan.agents,
    paths: plan.paths,
    limits: plan.limitations,
    cluster: facts,
    target: asked,
    samples,
    ...world.over,
  });
}

export function diagnose(world: World = {}): Verdict {
  return judge(run(world));
}

/** The finding of one diagnosis; null where it stays silent. */
export function findingOf(id: string, world: World = {}): Finding | null {
  return diagnose(world).findings.find((finding) => finding.diagnosis === id) ?? null;
}

export function isPod(pod: Pod, path: Path): boolean {
  return 'address' in path.to && pod.addresses.includes(path.to.address);
}

export function wellAnswered(path: Path, from: Agent): Sample[] {
  const number = from.node?.replace(/\D/g, '') ?? '9';
  const address =
    path.to.kind === 'agent' && path.to.family === 'IPv6'
      ? `[fd00:244:${number}::${from.kind === 'host' ? '' : '99'}]`
      : from.kind === 'host'
        ? path.locality === 'cross-node'
          ? `10.244.${number}.0`
          : `10.0.0.${number}`
        : `10.244.${number}.99`;
  const make = (): Sample => {
    if (isToClosedPort(path)) return refused();
    switch (path.probe.kind) {
      case 'http':
        return sample({ connectMs: 0.4, firstByteMs: 2, bodyMs: 0.1, status: 200 });
      case 'dns':
        return dnsAnswer();
      case 'resolver':
        return sample({ dnsMs: 1.5 });
      case 'udp':
        return sample({ firstByteMs: 0.4, seen: `${address}:40000` });
      case 'tcp':
        return sample({ connectMs: 0.4, ...(path.probe.echo ? { firstByteMs: 0.2, seen: `${address}:40000` } : {}) });
      default:
        return path.probe satisfies never;
    }
  };
  return Array.from({ length: 4 }, make);
}
