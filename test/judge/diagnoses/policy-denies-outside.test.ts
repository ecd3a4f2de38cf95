import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { entry, policy, sample, service, silent, times } from '../make.ts';
import { diagnose, dns, findingOf, nginx, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-outside';
const CLIENT = '192.0.2.7';
const ports = [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30_797, protocol: 'TCP' }];

const admits = (from: object) =>
  policy({
    name: 'inside-only',
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{ from: [from] }] },
  });
const shop = (over: Partial<Cluster> = {}) =>
  shopCluster({
    pods: [...web.slice(0, 1), ...nginx, ...dns],
    services: [service({ type: 'NodePort', ports })],
    networkPolicies: [admits({ namespaceSelector: {} })],
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

const denied: Break = (path, from, to) => {
  const local = `${CLIENT}:50000`;
  if (path.to.kind === 'entry' && path.to.node === 'worker-3') return times(4, () => silent({ local }));
  if (path.to.kind === 'entry' && from.kind === 'local') return times(2, () => sample({ status: 200, local }));
  return from.kind === 'host' && from.node === 'worker-3' && to?.kind === 'twin' ? times(4, silent) : null;
};

test.for<[string, World]>([
  ['all answers', { cluster: shop(), target: asked }],
  ['there is no policy', { cluster: shop({ networkPolicies: [] }), target: asked, breaks: [denied] }],
  [
    'the policy admits everybody',
    {
      cluster: shop({ networkPolicies: [admits({ ipBlock: { cidr: '0.0.0.0/0' } })] }),
      target: asked,
      breaks: [denied],
    },
  ],
  [
    'the policy admits the client by its own address: that is hidden-source',
    {
      cluster: shop({ networkPolicies: [admits({ ipBlock: { cidr: `${CLIENT}/32` } })] }),
      target: asked,
      breaks: [denied],
    },
  ],
  [
    'the port is that of a Service in front of it, whose pods no policy selects',
    {
      cluster: shop({ services: [service(), service({ name: 'edge', type: 'NodePort', ports })] }),
      target: asked,
      breaks: [denied],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: selectors of pods and namespaces, and a client outside', () => {
  const verdict = diagnose({ cluster: shop(), target: asked, breaks: [denied] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'NetworkPolicy', name: 'inside-only' }, explains: 1 },
  ]);
  expect(verdict.findings[0]?.title).toContain('they arrive as 10.244.3.0');
});
