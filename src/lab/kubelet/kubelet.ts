/** The kubelet of one node: runs the pods that are bound to it, as processes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { recordEvent } from '../api/events.ts';
import { createInputs, type Inputs } from '../api/inputs.ts';
import { createLogs, type Logs } from '../api/logs.ts';
import { keyOf, timestamp, type ClusterStore } from '../api/store.ts';
import type { Fabric, KubeObject } from '../model.ts';
import { mappedIds } from './ids.ts';
import type { NodeContext } from './node-context.ts';
import { PodWorker } from './pod-worker.ts';
import { createProber } from './prober-client.ts';
import { nodeResolvConf } from './resolver-files.ts';

export interface KubeletOptions {
  readonly store: ClusterStore;
  readonly fabric: Fabric;
  /** The node's name. */
  readonly node: string;
  /** Share it with the API, which serves `pods/log` from it. */
  readonly logs?: Logs;
  readonly inputs?: Inputs;
  /** Folder of programs that come first in every container's PATH. */
  readonly programs?: string;
  /** Folders of this machine that containers see under the same path: the lab's own files. */
  readonly sharedFolders?: readonly { readonly path: string; readonly isReadOnly: boolean }[];
  /** The project, read-only in every container; by default the one that this file belongs to. */
  readonly projectFolder?: string;
  /** `cluster.local` by default. */
  readonly clusterDomain?: string;
  /** What a pod with dnsPolicy Default finds in /etc/resolv.conf. */
  readonly resolvConf?: string;
  /** Where pods' roots and volumes are kept; a temporary folder by default. */
  readonly folder?: string;
  readonly now?: () => Date;
  /** Told of what no status can say, such as a network that cannot be made. */
  readonly onError?: (error: unknown) => void;
}

export interface Kubelet {
  /** Kills a pod's processes for good and lets its status stand, as a kubelet that lost touch would. */
  wedge(uid: string): void;
  /** Stops all processes that it started, or lets them go on. */
  pause(isPaused: boolean): void;
  /** Kills everything it started; objects stay as they are. */
  close(): void;
}

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const WATCHED = new Set(['pods', 'configmaps', 'secrets']);

/** Registers the node as ready and keeps its pods. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { store, node, onError = (): void => {} } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'kprobe-kubelet-'));
  const context = contextOf(options, folder);
  const workers = new Map<string, PodWorker>();
  let isClosed = false;
  let isScheduled = false;
  registerNode(context);

  const adopt = (pod: KubeObject): void => {
    const worker = new PodWorker(pod, context);
    workers.set(pod.metadata.uid, worker);
    worker.run().catch((error: unknown) => {
      const message = `Failed to create pod sandbox: ${error instanceof Error ? error.message : String(error)}`;
      recordEvent(store, pod, {
        type: 'Warning',
        reason: 'FailedCreatePodSandBox',
        message,
        component: 'kubelet',
        at: context.now(),
      });
      onError(error);
    });
  };
  const terminate = (pod: KubeObject, worker: PodWorker): void => {
    const graceMs = Number(pod.metadata['deletionGracePeriodSeconds'] ?? 0) * 1000;
    void worker
      .stop(graceMs)
      .catch(onError)
      .then(() => forget(pod));
  };
  const forget = (pod: KubeObject): void => {
    workers.delete(pod.metadata.uid);
    if (isClosed) return;
    const key = keyOf('pods', pod);
    if (store.get('pods', key.namespace, key.name)?.metadata.uid === pod.metadata.uid) store.finish(key);
    context.logs.forget(pod.metadata.uid);
    context.inputs.forget(pod.metadata.uid);
  };
  const look = (): void => {
    isScheduled = false;
    if (isClosed) return;
    const mine = new Map(podsOf(store, node).map((pod) => [pod.metadata.uid, pod]));
    for (const [uid, worker] of workers) {
      // Taken away without grace.
      if (!mine.has(uid))
        worker
          .stop(0)
          .catch(onError)
          .finally(() => dropLogs(uid));
    }
    for (const [uid, pod] of mine) {
      const worker = workers.get(uid);
      if (worker === undefined) {
        if (pod.metadata.deletionTimestamp !== undefined) forget(pod);
        else if (!hasEnded(pod)) adopt(pod);
      } else if (pod.metadata.deletionTimestamp !== undefined) {
        worker.refresh(pod);
        terminate(pod, worker);
      } else worker.refresh(pod);
    }
  };
  const dropLogs = (uid: string): void => {
    workers.delete(uid);
    context.logs.forget(uid);
    context.inputs.forget(uid);
  };
  const schedule = (): void => {
    if (isScheduled || isClosed) return;
    isScheduled = true;
    setImmediate(look);
  };
  const stopListening = store.onChange((resource) => {
    if (WATCHED.has(resource)) schedule();
  });
  schedule();
  return {
    wedge: (uid) => workers.get(uid)?.wedge(),
    pause: (isPaused) => workers.forEach((worker) => worker.pause(isPaused)),
    close(): void {
      isClosed = true;
      stopListening();
      for (const worker of workers.values()) worker.stop(0).catch(onError);
      context.prober.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function contextOf(options: KubeletOptions, folder: string): NodeContext {
  const { store, fabric, node, programs, now = (): Date => new Date() } = options;
  const projectFolder = options.projectFolder ?? resolve(import.meta.dirname, '../../..');
  const nodeFolder = dirname(process.execPath);
  const shared = [
    { path: projectFolder, isReadOnly: true },
    // Below /usr or the project it is there already, but a bind of itself does no harm.
    { path: nodeFolder, isReadOnly: true },
    ...(programs === undefined ? [] : [{ path: programs, isReadOnly: true }]),
    ...(options.sharedFolders ?? []),
  ];
  const place = fabric.node(node);
  return {
    store,
    fabric,
    logs: options.logs ?? createLogs(),
    inputs: options.inputs ?? createInputs(),
    name: node,
    place,
    prober: createProber(place.netns),
    folder,
    mounts: shared.map(({ path, isReadOnly }) => ({ source: path, target: path, isReadOnly })),
    path: [...(programs === undefined ? [] : [programs]), nodeFolder, SYSTEM_PATH].join(':'),
    clusterDomain: options.clusterDomain ?? 'cluster.local',
    resolvConf: options.resolvConf ?? nodeResolvConf(place.address),
    isMapped: mappedIds(readFileSync('/proc/self/uid_map', 'utf8')),
    now,
  };
}

/** Adds what a kubelet reports to a node that may be there already with its podCIDR. */
function registerNode({ store, name, place, now }: NodeContext): void {
  const had = store.get('nodes', null, name);
  const at = timestamp(now());
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': process.arch === 'arm64' ? 'arm64' : 'amd64',
  };
  store.put('nodes', {
    ...had,
    metadata: { ...had?.metadata, name, labels: { ...labels, ...had?.metadata.labels } },
    spec: had?.['spec'] ?? {},
  });
  store.putStatus('nodes', null, name, {
    addresses: [
      ...place.addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: name },
    ],
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: 'kubelet is posting ready status',
        lastHeartbeatTime: at,
        lastTransitionTime: at,
      },
    ],
    capacity: { pods: '110' },
    allocatable: { pods: '110' },
    nodeInfo: {
      kubeletVersion: 'v1.34.0-kprobe-lab',
      kernelVersion: release(),
      osImage: 'kprobe lab',
      operatingSystem: 'linux',
      containerRuntimeVersion: 'kprobe-lab://1',
    },
  });
}

function podsOf(store: ClusterStore, node: string): KubeObject[] {
  return store.list('pods').filter((pod) => pod['spec'].nodeName === node);
}

function hasEnded(pod: KubeObject): boolean {
  return pod['status']?.phase === 'Succeeded' || pod['status']?.phase === 'Failed';
}
