import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { policy, sample, silent, times } from '../make.ts';
import { atNodePort, CLIENT, deafToNode, nodePortShop } from '../node-port.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'hidden-source';
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
  nodePortShop({ networkPolicies: [members()], ...over }, externalTrafficPolicy);

test.for<[string, World]>([
  ['all answers', { cluster: shop(), target: atNodePort }],
  ['there is no policy', { cluster: shop({ networkPolicies: [] }), target: atNodePort, breaks: [deafToNode] }],
  [
    'the policy names another address',
    { cluster: shop({ networkPolicies: [members('198.51.100.0/24')] }), target: atNodePort, breaks: [deafToNode] },
  ],
  [
    'the policy admits the node as well',
    { cluster: shop({ networkPolicies: [members('0.0.0.0/0')] }), target: atNodePort, breaks: [deafToNode] },
  ],
  ['externalTrafficPolicy is Local', { cluster: shop({}, 'Local'), target: atNodePort, breaks: [deafToNode] }],
  [
    'one connect is lost',
    {
      cluster: shop(),
      target: atNodePort,
      breaks: [(path) => (path.to.kind === 'entry' ? [silent(), ...times(3, () => sample({ status: 200 }))] : null)],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: admitted by its own address, denied by that of the node', () => {
  const verdict = diagnose({ cluster: shop(), target: atNodePort, breaks: [deafToNode] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'NetworkPolicy', name: 'members-only' }, explains: 1 },
  ]);
  expect(verdict.findings[0]?.title).toContain(`admits ${CLIENT}, and its pods see 10.244.3.0`);
});

test('speaking, never proven: without a pod on the host network nobody sees the address', () => {
  const world = { cluster: shop(), target: atNodePort, breaks: [deafToNode], hostVantages: false };
  expect(findingOf(id, world)).toMatchObject({ certainty: 'likely' });
});

test('speaking: the port of each node without an endpoint fails, and it is one cause', () => {
  const both: Break = (path, from, to) =>
    path.to.kind === 'entry' && path.to.node === 'worker-2'
      ? times(2, () => silent({ local: `${CLIENT}:50000` }))
      : deafToNode(path, from, to);
  const { findings } = diagnose({ cluster: shop(), target: atNodePort, breaks: [both] });
  const sure = findings.filter(({ certainty }) => certainty !== 'possible');
  expect(sure.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
});
