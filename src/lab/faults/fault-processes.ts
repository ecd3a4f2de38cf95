/** The faults that are processes: dead ones and noisy ones. */
import { spawn } from 'node:child_process';
import type { Victims } from './fault-victims.ts';
import type { KubeObject } from '../model.ts';
import type { Fault } from '../scenario/scenario.ts';

export interface FaultProcesses {
  stop(): void;
}

export interface FaultProcessOptions {
  readonly faults: readonly Fault[];
  readonly victims: Victims;
  readonly pods: readonly KubeObject[];
  /** Kills a pod's processes for good, while its object stays Running and Ready as a wedged kubelet leaves it. */
  readonly wedge: (uid: string) => void;
}

/** Strikes once; the noise lasts until stopped, or until the lab ends. */
export function startFaultProcesses({ faults, victims, pods, wedge }: FaultProcessOptions): FaultProcesses {
  for (const fault of faults) {
    if (fault.kind !== 'kill-process') continue;
    for (const pod of pods) if (victims.strikes(fault, pod)) wedge(pod.metadata.uid);
  }
  const count = faults.reduce((sum, fault) => sum + (fault.kind === 'cpu-noise' ? fault.processes : 0), 0);
  const noise = Array.from({ length: count }, () => spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' }));
  return { stop: () => noise.forEach((child) => child.kill('SIGKILL')) };
}
