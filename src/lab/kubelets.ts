/** A kubelet for each node, with the lab's own programs in its containers. */
import { mkdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { AddOnFiles } from './add-ons.ts';
import type { Inputs } from './api/inputs.ts';
import type { Logs } from './api/logs.ts';
import type { ClusterStore } from './api/store.ts';
import type { LabFabric } from './network/fabric.ts';
import { startKubelet } from './kubelet/kubelet.ts';
import { LAB_FOLDER, SHIMS_FOLDER, TEMPORARY_FOLDER } from './machine.ts';
import type { Topology } from './model.ts';
import { writeShims } from './programs/shims.ts';
import { kubeletVersion } from './system/nodes.ts';
import { ingressBinary } from './system/ingress-binary.ts';
import { ingressWorker } from './system/unprivileged.ts';

export interface Kubelets {
  /** Kills a pod's processes for good; its object stays Running and Ready. */
  wedge(uid: string): void;
  /** Stops all processes of a node's pods, or lets them go on. */
  pause(node: string, isPaused: boolean): void;
  close(): void;
}

export interface KubeletsOptions {
  readonly store: ClusterStore;
  readonly fabric: LabFabric;
  readonly logs: Logs;
  readonly inputs: Inputs;
  readonly addOns: AddOnFiles;
  readonly topology: Topology;
  readonly onProblem: (problem: string) => void;
}

/** Outside LAB_FOLDER, which containers see: they must not see each other's roots. */
const PODS_FOLDER = '/run/kprobe-pods';

export async function startKubelets(options: KubeletsOptions): Promise<Kubelets> {
  const { store, fabric, logs, inputs, addOns, topology, onProblem } = options;
  const worker = ingressWorker(topology);
  const binary = ingressBinary(topology.ingress?.program ?? 'nginx');
  await writeShims(SHIMS_FOLDER, {
    node: [process.execPath, '--disable-warning=ExperimentalWarning'],
    dnsProgram: join(import.meta.dirname, 'programs', `dns${extname(import.meta.filename)}`),
    temporaryFolder: TEMPORARY_FOLDER,
    ...addOns,
    ingressBinary: binary,
    families: topology.families,
    ...(worker === null ? {} : { ingressWorker: worker }),
  });
  await mkdir(PODS_FOLDER, { recursive: true });
  const kubelets = fabric.nodes.map(({ name }) =>
    startKubelet({
      store,
      fabric,
      node: name,
      logs,
      inputs,
      clusterDomain: topology.clusterDomain,
      programs: SHIMS_FOLDER,
      sharedFolders: [
        { path: LAB_FOLDER, isReadOnly: false },
        { path: dirname(binary), isReadOnly: true },
      ],
      folder: join(PODS_FOLDER, name),
      onError: (error) => onProblem(String(error)),
    }),
  );
  for (const { name } of fabric.nodes) {
    store.putStatus('nodes', null, name, { nodeInfo: { kubeletVersion: kubeletVersion(topology.profile) } });
  }
  return {
    // The node is not asked for: only one kubelet knows the pod.
    wedge: (uid) => kubelets.forEach((kubelet) => kubelet.wedge(uid)),
    pause: (node, isPaused) => kubelets[fabric.nodes.findIndex(({ name }) => name === node)]?.pause(isPaused),
    close: () => kubelets.forEach((kubelet) => kubelet.close()),
  };
}
