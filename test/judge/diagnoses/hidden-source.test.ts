import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { entry, policy, sample, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, dns, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'hidden-source';
/** This machine, which the policy admits. */
const CLIENT = '192.0.2.7';
const ports = [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30_797, protocol: 'TCP' }];

const members = (cidr = `${CLIENT}/32`) =>
  policy({
    name: 'members-only',
    spec: {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ ipBlock: { cidr } }, { namespaceSelector: {} }] }],
    },
  });
const shop = (over: Partial<Cluster> = {}, externalTrafficPolicy = 'Cluster') =>
  shopCluster({
    pods: [...web.slice(0, 1), ...nginx, ...dns],
    services: [service({ type: 'NodePort', externalTrafficPolicy, ports })],
    networkPolicies: [members()],
    ...over,
  });
/** worker-3 has no endpoint; web-1 is on worker-1. */
const asked = serviceOnly({
  host: null,
  entries: [entry('worker-3', { address: '10.0.0.3', port: 30_797 })],
  service: {
    namespace: 'shop',
    name: 'web',
    port: 80,
    clusterIp: '10.96.0.80',
    protocol: 'TCP',
    backends: [
      {
        address: web[0]?.addresses[0] ?? '',
        port: 8080,
        node: 'worker-1',
        ready: true,
        pod: { namespace: 'shop', name: 'web-1' },
        slice: 'web-abc12',
      },
    ],
  },
});

/** What is asked of the port of worker-3 vanishes, and so does what its own network sends to the pod's twin. */
const hidden: Break = (path, from, to) => {
  const local = `${CLIENT}:50000`;
  if (path.to.kind === 'entry' && path.to.node === 'worker-3') return times(4, () => silent({ local }));
  if (path.to.kind === 'entry' && from.kind === 'local') return times(2, () => sample({ status: 200, local }));
  return from.kind === 'host' && from.node === 'worker-3' && to?.kind === 'twin' ? times(4, silent) : null;
};

test.for<[string, World]>([
  ['all answers', { cluster: shop(), target: asked }],
  ['there is no policy', { cluster: shop({ networkPolicies: [] }), target: asked, breaks: [hidden] }],
  [
    'the policy names another address',
    { cluster: shop({ networkPolicies: [members('198.51.100.0/24')] }), target: asked, breaks: [hidden] },
  ],
  [
    'the policy admits the node as well',
    { cluster: shop({ networkPolicies: [members('0.0.0.0/0')] }), target: asked, breaks: [hidden] },
  ],
  ['externalTrafficPolicy is Local', { cluster: shop({}, 'Local'), target: asked, breaks: [hidden] }],
  [
    'one connect is lost',
    {
      cluster: shop(),
      target: asked,
      breaks: [(path) => (path.to.kind === 'entry' ? [silent(), ...times(3, () => sample({ status: 200 }))] : null)],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: admitted by its own address, denied by that of the node', () => {
  const verdict = diagnose({ cluster: shop(), target: asked, breaks: [hidden] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'NetworkPolicy', name: 'members-only' }, explains: 1 },
  ]);
  expect(verdict.findings[0]?.title).toContain(`admits ${CLIENT}, and its pods see 10.244.3.0`);
});

test('speaking, never proven: without a pod on the host network nobody sees the address', () => {
  const world = { cluster: shop(), target: asked, breaks: [hidden], hostVantages: false };
  expect(findingOf(id, world)).toMatchObject({ certainty: 'likely' });
});

test('speaking: the port of each node without an endpoint fails, and it is one cause', () => {
  const both: Break = (path, from, to) =>
    path.to.kind === 'entry' && path.to.node === 'worker-2'
      ? times(2, () => silent({ local: `${CLIENT}:50000` }))
      : hidden(path, from, to);
  const { findings } = diagnose({ cluster: shop(), target: asked, breaks: [both] });
  const sure = findings.filter(({ certainty }) => certainty !== 'possible');
  expect(sure.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
});
