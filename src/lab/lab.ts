/** A whole cluster on one machine, from network to workloads: `up` gives it, its disposal ends it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OUTSIDE_NAME, startAddOns } from './add-ons.ts';
import { METADATA_ADDRESS, RANGES, atPort, planNodes } from './network/address-plan.ts';
import { kubeconfig } from './api/kubeconfig.ts';
import { createInputs } from './api/inputs.ts';
import { createLogs } from './api/logs.ts';
import { startApi } from './api/server.ts';
import { createStore, type ClusterStore } from './api/store.ts';
import { applyManifests } from './apply.ts';
import { startControllers } from './control/controllers.ts';
import { startEnforcement, type Enforcement } from './network/enforcement.ts';
import { createFabric, type LabFabric } from './network/fabric.ts';
import { podMtu } from './network/overlay.ts';
import { strike } from './faults/faults.ts';
import { NO_FAULTS } from './faults/fault-tables.ts';
import { ingressSettled } from './ingress-settled.ts';
import { startKubelets } from './kubelets.ts';
import { topologyOf, type LoadedScenario } from './scenario/load-scenario.ts';
import { LAB_FOLDER, prepareMachine } from './machine.ts';
import type { Topology } from './model.ts';
import { startOutside } from './network/outside.ts';
import { runScript } from './run-script.ts';
import { awaitReady } from './await-ready.ts';
import { systemManifests } from './system/manifests.ts';
import { nodeManifest } from './system/nodes.ts';
import { networkScript } from './network/underlay.ts';
import type { Cluster } from './cluster.ts';

export interface Lab extends AsyncDisposable {
  readonly id: string;
  readonly api: { readonly host: string; readonly port: number };
  /** Path of the kubeconfig that leads to it from inside. */
  readonly kubeconfig: string;
  readonly store: ClusterStore;
  readonly fabric: LabFabric;
  /** Pods that did not become ready, as `namespace/name: why`. */
  readonly notReady: readonly string[];
  /** From the first command to the last fault in place, milliseconds. */
  readonly tookMs: number;
}

export interface UpOptions {
  /** Told of what should not happen and does not end the lab. */
  readonly onProblem: (problem: string) => void;
}

const API_PORT = 6443;
/** Generous for a busy machine: pods that are broken by intent are usually known to be so much earlier. */
const READY_LIMIT_MS = 20_000;

/** Builds the cluster of a scenario, runs its workloads, then applies its faults. Only inside `enter`'s namespaces. */
export async function up(loaded: LoadedScenario, options: UpOptions): Promise<Lab> {
  const startedAt = performance.now();
  const closers: Closer[] = [];
  const close = async () => {
    while (closers.length > 0) await closers.pop()?.();
  };
  try {
    const cluster = await build(loaded, options, closers);
    const notReady = await converge(cluster);
    closers.push(await strike(loaded.scenario.faults, cluster));
    return {
      id: loaded.id,
      api: { host: RANGES[cluster.topology.families[0]].lab, port: API_PORT },
      kubeconfig: await writeKubeconfig(cluster.topology),
      store: cluster.store,
      fabric: cluster.fabric,
      notReady,
      tookMs: performance.now() - startedAt,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closer = () => void | Promise<void>;

async function build(loaded: LoadedScenario, { onProblem }: UpOptions, closers: Closer[]): Promise<Cluster> {
  const topology = topologyOf(loaded.scenario);
  const nodes = planNodes(topology);
  await prepareMachine(topology);
  await runScript(networkScript(nodes, topology.overlay));
  const store = createStore({ families: topology.families });
  const logs = createLogs();
  const inputs = createInputs();
  const active = { faults: NO_FAULTS };
  const enforcement: Enforcement = startEnforcement({
    store,
    topology,
    fabric: () => fabric,
    faults: () => active.faults,
    onProblem,
  });
  closers.push(() => enforcement.stop());
  const fabric = createFabric({
    nodes,
    mtu: podMtu(topology),
    onAttached: () => enforcement.applied(),
    onDetached: (netns) => enforcement.forget(netns),
  });
  applyManifests(
    store,
    [...nodes.map((node) => nodeManifest(node, topology)), ...systemManifests(topology)],
    'the lab itself',
  );
  applyManifests(store, loaded.manifests, `scenario ${loaded.id}`);
  const api = await startApi(store, {
    host: RANGES[topology.families[0]].lab,
    port: API_PORT,
    logs,
    inputs,
    access: { deny: loaded.scenario.deny },
  });
  closers.push(() => api.close());
  for (const address of [...topology.families.map((family) => RANGES[family].lab), METADATA_ADDRESS]) {
    const outside = await startOutside(address, OUTSIDE_NAME);
    closers.push(() => outside.close());
  }
  const addOns = await startAddOns(store, {
    folder: LAB_FOLDER,
    clusterDomain: topology.clusterDomain,
    families: topology.families,
    program: topology.ingress?.program ?? 'nginx',
  });
  closers.push(() => addOns.stop());
  const kubelets = await startKubelets({ store, fabric, logs, inputs, addOns, topology, onProblem });
  closers.push(() => kubelets.close());
  const controllers = startControllers(store, { onError: (error) => onProblem(String(error)) });
  closers.push(() => controllers.close());
  return { store, fabric, enforcement, kubelets, addOns, topology, active };
}

/** Until workloads, rules and ingress are in the state that they will reach. */
async function converge(cluster: Cluster): Promise<string[]> {
  const { store, enforcement, addOns } = cluster;
  const notReady = await awaitReady(store, { limitMs: READY_LIMIT_MS });
  await Promise.all([enforcement.learnt(), addOns.applied()]);
  await ingressSettled(cluster);
  return notReady;
}

async function writeKubeconfig({ families }: Topology): Promise<string> {
  const file = join(LAB_FOLDER, 'kubeconfig');
  await writeFile(file, kubeconfig(`http://${atPort(RANGES[families[0]].lab, API_PORT)}`), { mode: 0o600 });
  return file;
}
