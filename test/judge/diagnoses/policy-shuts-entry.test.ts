import { expect, test } from 'vitest';
import type { NetworkPolicy } from '../../../src/model/cluster.ts';
import { controller, policy, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, shopCluster, shopTarget } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-shuts-entry';
/** Proxies on the pod network, behind a port of each node that leads to the node's own proxy. */
const envoys = nginx.map((each, index) => ({ ...each, hostNetwork: false, addresses: [`10.244.${index + 1}.77`] }));
const edge = service({
  namespace: 'ingress-nginx',
  name: 'edge',
  type: 'NodePort',
  clusterIps: ['10.96.0.90'],
  selector: { app: 'nginx' },
  externalTrafficPolicy: 'Local',
  ports: [{ name: 'http', port: 80, targetPort: 80, nodePort: 30080, protocol: 'TCP' }],
});
const base = shopCluster();
const world = (networkPolicies: NetworkPolicy[], breaks: Break[], over: Partial<typeof edge> = {}): World => ({
  cluster: shopCluster({
    pods: [...base.pods.filter((each) => each.namespace !== 'ingress-nginx'), ...envoys],
    services: [...base.services, { ...edge, ...over }],
    controllers: [controller({ pods: envoys.map(({ namespace, name }) => ({ namespace, name })) })],
    networkPolicies,
  }),
  target: shopTarget({
    entries: [
      ...envoys.map(({ addresses: [address = ''], node, namespace, name }) => ({
        address,
        port: 80,
        node,
        pod: { namespace, name },
      })),
      ...[1, 2, 3].map((number) => ({
        address: `10.0.0.${number}`,
        port: 30080,
        node: `worker-${number}`,
        pod: null,
      })),
    ],
  }),
  breaks,
});
const admitting = (...from: object[]) =>
  policy({
    namespace: 'ingress-nginx',
    name: 'edge-in',
    spec: {
      podSelector: { matchLabels: { app: 'nginx' } },
      policyTypes: ['Ingress'],
      ingress: [{ from }],
    },
  });
const podsOnly = admitting({ namespaceSelector: {} });
/** Whoever is not a pod of the node itself. */
const shut: Break = ({ to }, from) =>
  to.kind === 'entry' && to.port === 30080 && (from.kind === 'local' || from.node !== to.node)
    ? times(4, silent)
    : null;

test.for<[string, World]>([
  ['everything answers, and nobody enforces the policy', world([podsOnly], [])],
  ['no policy selects the proxies', world([], [shut])],
  ['the policy admits all addresses', world([admitting({ ipBlock: { cidr: '0.0.0.0/0' } })], [shut])],
])('silent: %s', ([, each]) => {
  expect(findingOf(id, each)).toBeNull();
});

test('speaking: pods of the node itself are answered at its port, and nobody else is', () => {
  const { status, findings } = diagnose(world([podsOnly], [shut]));
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'NetworkPolicy', name: 'edge-in' } },
  ]);
});

test('speaking: nobody is answered there', () => {
  const all: Break = ({ to }) => (to.kind === 'entry' && to.port === 30080 ? times(4, silent) : null);
  expect(findingOf(id, world([podsOnly], [all]))).toMatchObject({ certainty: 'likely' });
});

test('speaking: a port that every node serves, where users arrive with the address of a node', () => {
  const all: Break = ({ to }) => (to.kind === 'entry' && to.port === 30080 ? times(4, silent) : null);
  expect(findingOf(id, world([podsOnly], [all], { externalTrafficPolicy: 'Cluster' }))).toMatchObject({
    object: { name: 'edge-in' },
  });
});
