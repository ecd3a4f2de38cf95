/** A store with controllers, driven by hand-made nodes and pod states. */
import { startControllers } from '../../../src/lab/control/controllers.ts';
import { createStore, type ClusterStore } from '../../../src/lab/api/store.ts';
import type { KubeObject } from '../../../src/lab/model.ts';

export interface TestCluster extends Disposable {
  readonly store: ClusterStore;
  /** Lets the controllers run until nothing changes any more; what they threw is thrown here. */
  untilIdle(): Promise<void>;
  pods(): KubeObject[];
  /** As a kubelet would after its probe passed. */
  becomeReady(pod: KubeObject, address: string): void;
}

export function testCluster(nodes: readonly string[] = ['n1', 'n2', 'n3']): TestCluster {
  const store = createStore();
  for (const name of nodes)
    store.put('nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: {} });
  const errors: unknown[] = [];
  const controllers = startControllers(store, { onError: (error) => errors.push(error) });
  return {
    store,
    async untilIdle(): Promise<void> {
      for (let before = -1; before !== store.revision();) {
        before = store.revision();
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      if (errors.length > 0) throw errors[0];
    },
    pods: () => [...store.list('pods')],
    becomeReady(pod, address): void {
      const conditions = [...(pod['status'].conditions ?? []), { type: 'Ready', status: 'True' }];
      store.putStatus('pods', pod.metadata.namespace ?? null, pod.metadata.name, {
        phase: 'Running',
        podIP: address,
        conditions,
      });
    },
    [Symbol.dispose]: () => controllers.close(),
  };
}

export const podSpec = {
  containers: [{ name: 'a', image: 'node:24-slim', ports: [{ name: 'http', containerPort: 8080 }] }],
};

export function workload(name: string, replicas: number): object {
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec },
    },
  };
}
