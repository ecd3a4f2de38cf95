/** Runs inside fresh namespaces: a store, its controllers and one kubelet, driven by JSON lines on stdin. */
import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createLogs } from '../../../src/lab/api/logs.ts';
import { createStore } from '../../../src/lab/api/store.ts';
import { startControllers } from '../../../src/lab/control/controllers.ts';
import { startKubelet } from '../../../src/lab/kubelet/kubelet.ts';

const say = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

execFileSync('ip', ['link', 'set', 'lo', 'up']);
// Gone with this mount namespace, however the test ends.
execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/mnt']);
const store = createStore();
const logs = createLogs();
// One network for all: what is tested here is processes, not packets.
const place = { netns: '/proc/self/ns/net', address: '127.0.0.1', addresses: ['127.0.0.1'] };
const fabric = { node: () => place, attachPod: () => Promise.resolve(place), detachPod: () => Promise.resolve() };
startControllers(store);
const kubelet = startKubelet({
  store,
  fabric,
  node: 'n1',
  logs,
  folder: '/mnt',
  onError: (error) => say({ error: String(error) }),
});
store.onChange((resource) => say({ changed: resource }));

const calls: Readonly<Record<string, (...args: never[]) => unknown>> = {
  put: (resource: string, object: object) => store.put(resource, object),
  get: (resource: string, namespace: string | null, name: string) => store.get(resource, namespace, name),
  delete: (resource: string, namespace: string | null, name: string) => store.delete(resource, namespace, name),
  putStatus: (namespace: string, name: string, status: object) => store.putStatus('pods', namespace, name, status),
  log: (name: string, container: string) => {
    const pod = store.get('pods', 'default', name);
    return logs.read(pod?.metadata.uid ?? '', container)?.map((line) => line.text) ?? null;
  },
  close: () => kubelet.close(),
};

say({ changed: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, call, args } = JSON.parse(line) as { id: number; call: string; args: never[] };
  try {
    say({ id, value: calls[call]?.(...args) ?? null });
  } catch (error) {
    say({ id, error: String(error) });
  }
}
process.exit(0);
