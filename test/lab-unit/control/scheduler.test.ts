import { describe, expect, test } from 'vitest';
import { chooseNode } from '../../../src/lab/control/scheduler.ts';
import type { KubeObject } from '../../../src/lab/model.ts';
import { testCluster, podSpec } from './cluster.ts';

const node = (name: string, spec: object = {}, labels: object = {}): KubeObject =>
  ({ metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec }) as unknown as KubeObject;
const pod = (spec: object, name = 'p'): KubeObject =>
  ({ metadata: { name, namespace: 'default', labels: { app: 'web' } }, spec }) as unknown as KubeObject;

const nodes = [
  node('a', {}, { disk: 'ssd' }),
  node('b', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }),
  node('c', { unschedulable: true }, { disk: 'hdd' }),
];
const onNode = (name: string) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }] }],
      },
    },
  },
});
const spread = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { app: 'web' } },
    },
  ],
};

describe('a pod goes', () => {
  test.for([
    ['to the only free node', {}, 'a'],
    [
      'where its taint is tolerated and bound by name',
      { ...onNode('b'), tolerations: [{ key: 'gpu', operator: 'Exists' }] },
      'b',
    ],
    ['anywhere with a blanket toleration', { ...onNode('c'), tolerations: [{ operator: 'Exists' }] }, 'c'],
    ['by its selector', { nodeSelector: { disk: 'ssd' } }, 'a'],
  ] as const)('%s', ([, spec, expected]) => {
    expect(chooseNode(pod(spec), { nodes, pods: [] })).toEqual({ ok: true, node: expected });
  });

  test('to the node with the fewest pods', () => {
    const choice = chooseNode(pod({}), { nodes: [node('a'), node('b')], pods: [pod({ nodeName: 'a' }, 'x')] });
    expect(choice).toEqual({ ok: true, node: 'b' });
  });

  test('where it keeps the spread, even when that node is fuller', () => {
    const busy = [1, 2].map(
      (index) =>
        ({
          ...pod({ nodeName: 'b' }, `y${index}`),
          metadata: { name: `y${index}`, namespace: 'other' },
        }) as unknown as KubeObject,
    );
    const choice = chooseNode(pod(spread), {
      nodes: [node('a'), node('b')],
      pods: [pod({ nodeName: 'a' }, 'x'), ...busy],
    });
    expect(choice).toEqual({ ok: true, node: 'b' });
  });
});

describe('a pod stays', () => {
  test.for([
    [
      { nodeSelector: { disk: 'tape' } },
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    ],
    [
      onNode('b'),
      "0/3 nodes are available: 2 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {gpu: yes}.",
    ],
  ] as const)('with %j, and is told why', ([spec, problem]) => {
    expect(chooseNode(pod(spec), { nodes, pods: [] })).toEqual({ ok: false, problem });
  });
});

test('a pod that fits nowhere says Unschedulable, and is bound when a node comes', async () => {
  using cluster = testCluster([]);
  cluster.store.put('pods', { metadata: { name: 'p' }, spec: podSpec });
  await cluster.untilIdle();
  expect(cluster.pods()[0]?.['status'].conditions).toMatchObject([
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
  ]);
  cluster.store.put('nodes', { metadata: { name: 'n' }, spec: {} });
  await cluster.untilIdle();
  expect(cluster.pods()[0]?.['spec'].nodeName).toBe('n');
});
