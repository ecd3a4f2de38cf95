/** The faults that are processes: dead ones and noisy ones. */
import { spawn } from 'node:child_process';
import type { Victims } from './fault-victims.ts';
import { replacePods } from './replace-pods.ts';
import { starveNode } from './starve-node.ts';
import { throttleCpu } from './throttle-cpu.ts';
import type { KubeObject } from '../model.ts';
import type { Fault } from '../scenario/fault.ts';

export interface FaultProcesses {
  stop(): void;
}

export interface FaultProcessOptions {
  readonly faults: readonly Fault[];
  readonly victims: Victims;
  readonly pods: readonly KubeObject[];
  /** Kills a pod's processes for good, while its object stays Running and Ready as a wedged kubelet leaves it. */
  readonly wedge: (uid: string) => void;
  /** Stops all processes of a node's pods, or lets them go on. */
  readonly pause: (node: string, isPaused: boolean) => void;
  /** Paths of the network namespaces of a node and of its pods, at this moment. */
  readonly netnsOf: (node: string) => readonly string[];
  /** The path of a pod's network namespace, by the pod's uid; null where it has none. */
  readonly netnsOfPod: (uid: string) => string | null;
  /** All pods that there are at this moment. */
  readonly podsNow: () => readonly KubeObject[];
  /** Deletes a pod with its usual grace; nodes hear of it so much later, milliseconds. */
  readonly remove: (pod: KubeObject, lateMs: number) => void;
}

/**
 * A pod with a limit of a fifth of a CPU under a load that wants all of it has as little (CFS quota, though of 100 ms). A second is no
 * multiple of the cycle: who asks once a second must not meet the same part of it each time.
 */
const CYCLE_MS = 270;
const PAUSE_MS = 216;

/** Strikes once; the noise lasts until stopped, or until the lab ends. */
export function startFaultProcesses({
  faults,
  victims,
  pods,
  wedge,
  pause,
  netnsOf,
  netnsOfPod,
  podsNow,
  remove,
}: FaultProcessOptions): FaultProcesses {
  for (const fault of faults) {
    if (fault.kind !== 'kill-process') continue;
    for (const pod of pods) if (victims.strikes(fault, pod)) wedge(pod.metadata.uid);
  }
  const count = faults.reduce((sum, fault) => sum + (fault.kind === 'cpu-noise' ? fault.processes : 0), 0);
  const noise = Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
  const cycles = faults.flatMap((fault) => {
    if (fault.kind === 'replace-pods')
      return [replacePods(fault, { struck: () => podsNow().filter((pod) => victims.strikes(fault, pod)), remove })];
    if (fault.kind === 'busy-node') return [busyNode(fault.node, pause)];
    if (fault.kind === 'throttle-cpu') {
      const struck = pods.filter((pod) => victims.strikes(fault, pod));
      return struck.flatMap((pod) => netnsOfPod(pod.metadata.uid) ?? []).map((netns) => throttleCpu(fault.ms, netns));
    }
    return fault.kind === 'starve-node' ? [starveNode(fault.processes, () => netnsOf(fault.node))] : [];
  });
  return {
    stop: () => {
      noise.forEach((child) => child.kill('SIGKILL'));
      cycles.forEach((end) => end());
    },
  };
}

/** Returns how to end it; nobody is left stopped. */
function busyNode(node: string, pause: FaultProcessOptions['pause']): () => void {
  let wake: NodeJS.Timeout | undefined;
  const cycle = setInterval(() => {
    pause(node, true);
    wake = setTimeout(() => pause(node, false), PAUSE_MS);
  }, CYCLE_MS);
  return () => {
    clearInterval(cycle);
    clearTimeout(wake);
    pause(node, false);
  };
}
