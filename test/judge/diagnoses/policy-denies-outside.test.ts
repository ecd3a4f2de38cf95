import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { policy, service } from '../make.ts';
import { atNodePort, CLIENT, deafToNode, nodePortShop, nodePorts } from '../node-port.ts';
import { diagnose, findingOf } from '../world.ts';
import type { World } from '../world.ts';

const id = 'policy-denies-outside';
const admits = (from: object) =>
  policy({
    name: 'inside-only',
    spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{ from: [from] }] },
  });
const shop = (over: Partial<Cluster> = {}) =>
  nodePortShop({ networkPolicies: [admits({ namespaceSelector: {} })], ...over });

test.for<[string, World]>([
  ['all answers', { cluster: shop(), target: atNodePort }],
  ['there is no policy', { cluster: shop({ networkPolicies: [] }), target: atNodePort, breaks: [deafToNode] }],
  [
    'the policy admits everybody',
    {
      cluster: shop({ networkPolicies: [admits({ ipBlock: { cidr: '0.0.0.0/0' } })] }),
      target: atNodePort,
      breaks: [deafToNode],
    },
  ],
  [
    'the policy admits the client by its own address: that is hidden-source',
    {
      cluster: shop({ networkPolicies: [admits({ ipBlock: { cidr: `${CLIENT}/32` } })] }),
      target: atNodePort,
      breaks: [deafToNode],
    },
  ],
  [
    'the port is that of a Service in front of it, whose pods no policy selects',
    {
      cluster: shop({ services: [service(), service({ name: 'edge', type: 'NodePort', ports: nodePorts })] }),
      target: atNodePort,
      breaks: [deafToNode],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: selectors of pods and namespaces, and a client outside', () => {
  const verdict = diagnose({ cluster: shop(), target: atNodePort, breaks: [deafToNode] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'NetworkPolicy', name: 'inside-only' }, explains: 1 },
  ]);
  expect(verdict.findings[0]?.title).toContain('they arrive as 10.244.3.0');
});
