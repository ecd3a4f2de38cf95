/** Standard inputs of containers that have one: kubelets open them, who attaches to a pod writes into them. */
import type { Writable } from 'node:stream';

export interface ContainerInput {
  readonly stream: Writable;
  /** `stdinOnce`: it ends with the first who attached. */
  readonly isOnce: boolean;
}

/** All inputs of a lab. */
export interface Inputs {
  /** Of this run of the container, in the place of the one before. */
  open(pod: string, container: string, input: ContainerInput): void;
  get(pod: string, container: string): ContainerInput | null;
  /** Forgets a pod. */
  forget(pod: string): void;
}

/** Inputs by pod uid and container name. */
export function createInputs(): Inputs {
  const inputs = new Map<string, ContainerInput>();
  return {
    open(pod, container, input) {
      // Written into after its process has ended.
      input.stream.on('error', () => {});
      inputs.set(`${pod}/${container}`, input);
    },
    get: (pod, container) => inputs.get(`${pod}/${container}`) ?? null,
    forget(pod) {
      for (const key of inputs.keys()) if (key.startsWith(`${pod}/`)) inputs.delete(key);
    },
  };
}
