/** Manifests without a mistake: nothing may be said of them, whatever is known of the cluster. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { cluster, controller, namespace, node, pod, service } from '../judge/make.ts';
import { findings } from './reading.ts';

const folder = new URL('correct/', import.meta.url).pathname;
const manifests = globSync(`${folder}*.yaml`).toSorted();
/** Healthy in the lab, where packets were measured; their pods do not wait before they end, and their clusters stand beside the manifests. */
const healthy = globSync('src/lab/scenarios/healthy-*/manifests.yaml').toSorted();

const nginx = pod({
  namespace: 'ingress-nginx',
  name: 'nginx-1',
  labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
  hostNetwork: true,
});
const dns = service({
  namespace: 'kube-system',
  name: 'kube-dns',
  clusterIps: ['10.96.0.10'],
  selector: { 'k8s-app': 'kube-dns' },
  ports: ['UDP', 'TCP'].map((protocol) => ({
    name: `dns-${protocol}`,
    port: 53,
    targetPort: 53,
    nodePort: null,
    protocol,
  })),
});
const base = cluster({
  nodes: [node(), node({ name: 'worker-2' })],
  pods: [
    { ...nginx, owner: { kind: 'DaemonSet', name: 'nginx' } },
    pod({ namespace: 'kube-system', name: 'coredns-1', labels: { 'k8s-app': 'kube-dns' }, ports: [] }),
    pod({ namespace: 'kube-system', name: 'orders-1', labels: { 'cnpg.io/cluster': 'x' } }),
  ],
  services: [dns],
  namespaces: [
    ...['shop', 'kube-system', 'openshift-dns'].map((name) => namespace(name)),
    namespace('ingress-nginx', { 'app.kubernetes.io/name': 'ingress-nginx' }),
  ],
  dnsService: { namespace: 'kube-system', name: 'kube-dns' },
  ingressClasses: ['nginx', 'internal'].map((name) => ({ name, controller: `example.com/${name}`, isDefault: false })),
  controllers: ['nginx', 'internal'].map((className) =>
    controller({ className, pods: [{ namespace: 'ingress-nginx', name: 'nginx-1' }] }),
  ),
});
/** These speak of another cluster: one with an operator, OpenShift, one whose class nginx is served elsewhere. */
const NOT_HERE = new Set(['operator.yaml', 'openshift-dns.yaml', 'ingress-on-pod-network.yaml']);

test('there are twenty of them', () => {
  expect(manifests.length).toBeGreaterThanOrEqual(20);
});

test.for(manifests.map((file) => [basename(file), file] as const))('from the file alone: %s', async ([, file]) => {
  expect(await findings(readFileSync(file, 'utf8'))).toEqual([]);
});

test.for(manifests.filter((file) => !NOT_HERE.has(basename(file))).map((file) => [basename(file), file] as const))(
  'applied to a cluster: %s',
  async ([, file]) => {
    expect(await findings(readFileSync(file, 'utf8'), base)).toEqual([]);
  },
);

/** Nobody suffers from these mistakes, and lint speaks of mistakes. */
const HARMLESS = new Set(['healthy-selects-nothing', 'healthy-undeclared-port']);

test.for(
  healthy
    .filter((file) => !HARMLESS.has(basename(dirname(file))))
    .map((file) => [basename(dirname(file)), file] as const),
)('of the lab: %s', async ([, file]) => {
  expect(await findings(readFileSync(file, 'utf8'), null, 'abrupt-shutdown')).toEqual([]);
});
