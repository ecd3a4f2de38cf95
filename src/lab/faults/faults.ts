/** Puts a scenario's faults in force, once its workloads are up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitReady, awaitUnready } from '../await-ready.ts';
import { ingressSettled } from '../ingress-settled.ts';
import type { KubeObject } from '../model.ts';
import type { Fault } from '../scenario/fault.ts';
import { startFaultProcesses } from './fault-processes.ts';
import type { KnownServices } from './fault-tables.ts';
import { findOddities } from './fault-oddities.ts';
import { chooseVictims } from './fault-victims.ts';
import type { Victims } from './fault-victims.ts';
import { nodeSettingsScript } from './node-settings.ts';
import { runScript } from '../run-script.ts';
import type { Cluster } from '../cluster.ts';

/** Resolves when the kernel and the programs have them, to how to end those that are processes. */
export async function strike(faults: readonly Fault[], cluster: Cluster): Promise<() => void> {
  const { store, enforcement, kubelets, fabric, addOns, active } = cluster;
  const pods = store.list('pods');
  const victims = chooseVictims(faults, pods);
  assertPolicies(faults, cluster);
  active.faults = {
    faults,
    victims,
    addresses: serviceAddresses(faults, cluster),
    stopped: stoppedProxies(faults, cluster),
  };
  await runScript(nodeSettingsScript(faults, fabric.nodes));
  await Promise.all([enforcement.applied(), addOns.become(findOddities(faults, victims, pods))]);
  await replaceBehind(faults, cluster, victims);
  await awaitUnready(store, keptFromTheirNode(faults, pods, victims), { limitMs: UNREADY_LIMIT_MS });
  await ingressSettled(cluster);
  const processes = startFaultProcesses({
    faults,
    victims,
    pods,
    wedge: (uid) => kubelets.wedge(uid),
    pause: (node, isPaused) => kubelets.pause(node, isPaused),
    netnsOf: (node) => [
      fabric.node(node).netns,
      ...[...fabric.pods.values()].filter((pod) => pod.node.name === node).map(({ netns }) => netns),
    ],
    netnsOfPod: (uid) => fabric.pods.get(uid)?.netns ?? null,
    podsNow: () => store.list('pods'),
    remove: (pod, lateMs) => removeLate(cluster, pod, lateMs),
  });
  return () => processes.stop();
}

/** What the proxies that stop knew last. */
function stoppedProxies(faults: readonly Fault[], { store }: Cluster): Map<string, KnownServices> {
  const known = { services: store.list('services'), slices: store.list('endpointslices') };
  return new Map(faults.flatMap((fault) => (fault.kind === 'stop-proxy' ? [[fault.node, known]] : [])));
}

/** Pods that go when a proxy has stopped, and others come in their place, at other addresses. */
async function replaceBehind(faults: readonly Fault[], { store }: Cluster, victims: Victims): Promise<void> {
  const stops = faults.filter(({ kind }) => kind === 'stop-proxy');
  const struck = store.list('pods').filter((pod) => stops.some((fault) => victims.strikes(fault, pod)));
  if (struck.length === 0) return;
  for (const { metadata } of struck) store.delete('pods', metadata.namespace ?? 'default', metadata.name);
  const gone = new Set(struck.map(({ metadata }) => metadata.uid));
  const isLeft = () => store.list('pods').some(({ metadata }) => gone.has(metadata.uid));
  const until = performance.now() + REPLACED_LIMIT_MS;
  while (isLeft() && performance.now() < until) await sleep(LOOK_EVERY_MS);
  await awaitReady(store, { limitMs: REPLACED_LIMIT_MS });
}

/** Nodes go on sending to the pod for so long. */
function removeLate({ store, active, enforcement }: Cluster, pod: KubeObject, lateMs: number): void {
  const { namespace = 'default', name } = pod.metadata;
  const address: string | undefined = pod['status']?.podIP;
  const services = store
    .list('endpointslices')
    .filter((slice) => slice.metadata.namespace === namespace && listsAddress(slice, address))
    .flatMap((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] ?? []);
  const own = services.map((service) => ({ namespace, service, address: address ?? '' }));
  active.faults = { ...active.faults, late: [...(active.faults.late ?? []), ...own] };
  store.delete('pods', namespace, name);
  setTimeout(() => {
    active.faults = { ...active.faults, late: (active.faults.late ?? []).filter((each) => !own.includes(each)) };
    void enforcement.applied();
  }, lateMs).unref();
}

function listsAddress(slice: KubeObject, address: string | undefined): boolean {
  const endpoints: { addresses: string[] }[] = slice['endpoints'] ?? [];
  return address !== undefined && endpoints.some(({ addresses }) => addresses.includes(address));
}

/** Pods end within their grace, and others start. Milliseconds. */
const REPLACED_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** The kubelet gives up after three probes of a second each; on a busy machine they take longer. Milliseconds. */
const UNREADY_LIMIT_MS = 20_000;

/** The pods that no kubelet reaches any more. */
function keptFromTheirNode(faults: readonly Fault[], pods: readonly KubeObject[], victims: Victims): Set<string> {
  const kept = faults.filter(({ kind }) => kind === 'deny-own-node');
  const struck = pods.filter((pod) => kept.some((fault) => victims.strikes(fault, pod)));
  return new Set(struck.flatMap(({ metadata }) => metadata.uid ?? []));
}

/** @throws Error where a fault is about a NetworkPolicy that is not there. */
function assertPolicies(faults: readonly Fault[], { store }: Cluster): void {
  for (const fault of faults) {
    if (fault.kind !== 'forget-policy') continue;
    const { namespace, name } = fault.policy;
    if (store.get('networkpolicies', namespace, name) === null)
      throw new Error(`a fault is about NetworkPolicy ${namespace}/${name}, and there is none`);
  }
}

/** @throws Error where a fault is about a Service that is not there. */
function serviceAddresses(faults: readonly Fault[], { store }: Cluster): Map<Fault, readonly string[]> {
  return new Map(
    faults.flatMap((fault): [Fault, readonly string[]][] => {
      if (fault.kind !== 'forget-service' && fault.kind !== 'race-queries') return [];
      const { namespace, name } = fault.service;
      const service = store.get('services', namespace, name);
      if (service === null) throw new Error(`a fault is about Service ${namespace}/${name}, and there is none`);
      return [[fault, service['spec'].clusterIPs ?? [service['spec'].clusterIP]]];
    }),
  );
}
