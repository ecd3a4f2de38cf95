import { describe, expect, test } from 'vitest';
import { podSpec, testCluster, workload } from './cluster.ts';

const reference = (
  owner: { apiVersion: string; kind: string; metadata: { name: string; uid: string } },
  controller?: boolean,
) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  ...(controller === undefined ? {} : { controller }),
});

const nodesOf = (cluster: ReturnType<typeof testCluster>) =>
  new Set(cluster.pods().map((pod) => String(pod['spec'].nodeName)));

describe('a Deployment', () => {
  test('has as many pods as asked for, spread over the nodes', async () => {
    using cluster = testCluster();
    cluster.store.put('deployments', workload('web', 3));
    await cluster.untilIdle();
    expect(nodesOf(cluster)).toEqual(new Set(['n1', 'n2', 'n3']));
  });

  test('rolls to a new template without going below what must be available', async () => {
    using cluster = testCluster();
    cluster.store.put('deployments', workload('web', 4));
    await cluster.untilIdle();
    let address = 1;
    for (const pod of cluster.pods()) cluster.becomeReady(pod, `10.0.0.${address++}`);
    await cluster.untilIdle();
    const deployment = cluster.store.get('deployments', 'default', 'web')!;
    const template = structuredClone(deployment['spec'].template);
    template.spec.containers[0].image = 'node:25';
    cluster.store.put('deployments', { ...deployment, spec: { ...deployment['spec'], template } });
    for (let round = 0; round < 20; round++) {
      await cluster.untilIdle();
      const ready = cluster.pods().filter((pod) => pod['status'].podIP && pod.metadata.deletionTimestamp === undefined);
      expect(ready.length).toBeGreaterThanOrEqual(3);
      for (const pod of cluster.pods()) {
        if (pod.metadata.deletionTimestamp !== undefined)
          cluster.store.finish({ resource: 'pods', namespace: 'default', name: pod.metadata.name });
        else if (!pod['status'].podIP) cluster.becomeReady(pod, `10.0.0.${address++}`);
      }
    }
    expect(cluster.pods().map((pod) => pod['spec'].containers[0].image)).toEqual(Array(4).fill('node:25'));
    expect(cluster.store.get('deployments', 'default', 'web')?.['status']).toMatchObject({
      readyReplicas: 4,
      updatedReplicas: 4,
    });
  });

  test('says in an event why its pods are refused', async () => {
    using cluster = testCluster();
    cluster.store.put('namespaces', {
      metadata: { name: 'default', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    cluster.store.put('deployments', workload('web', 1));
    await cluster.untilIdle();
    expect(cluster.store.list('events').find((event) => event['reason'] === 'FailedCreate')?.['message']).toContain(
      'violates PodSecurity',
    );
  });
});

describe('a twin of a ReplicaSet pod', () => {
  async function withTwin(owner: { controller: boolean } | null) {
    const cluster = testCluster();
    cluster.store.put('replicasets', workload('web', 2));
    await cluster.untilIdle();
    for (const [index, pod] of cluster.pods().entries()) cluster.becomeReady(pod, `10.0.0.${index}`);
    const run = cluster.store.put('configmaps', { metadata: { name: 'run' } });
    const ownerReferences = owner === null ? [] : [reference(run, owner.controller)];
    cluster.store.put('pods', { metadata: { name: 'twin', labels: { app: 'web' }, ownerReferences }, spec: podSpec });
    await cluster.untilIdle();
    return cluster;
  }
  const twinOf = (cluster: Awaited<ReturnType<typeof withTwin>>) => cluster.store.get('pods', 'default', 'twin');

  test('that has a controller is left alone', async () => {
    using cluster = await withTwin({ controller: true });
    expect(twinOf(cluster)?.metadata.deletionTimestamp).toBeUndefined();
    expect(cluster.pods()).toHaveLength(3);
  });

  test.for([null, { controller: false }])(
    'that is owned by %j is adopted, and the surplus pod deleted',
    async (owner) => {
      using cluster = await withTwin(owner);
      const left = cluster.pods().filter((pod) => pod.metadata.deletionTimestamp === undefined);
      expect(left).toHaveLength(2);
      // Not ready, so it goes before the real ones.
      expect(left.map((pod) => pod.metadata.name)).not.toContain('twin');
    },
  );
});

test('a pod whose labels are changed is let go and replaced', async () => {
  using cluster = testCluster();
  cluster.store.put('replicasets', workload('web', 1));
  await cluster.untilIdle();
  const [pod] = cluster.pods();
  cluster.store.put('pods', { ...pod, metadata: { ...pod!.metadata, labels: { app: 'other' } } });
  await cluster.untilIdle();
  expect(cluster.pods()).toHaveLength(2);
  expect(cluster.store.get('pods', 'default', pod!.metadata.name)?.metadata.ownerReferences).toEqual([]);
});

test('a DaemonSet has one pod on every node that it tolerates, also on a later one', async () => {
  using cluster = testCluster(['n1', 'n2']);
  cluster.store.put('nodes', {
    metadata: { name: 'tainted' },
    spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] },
  });
  cluster.store.put('nodes', { metadata: { name: 'cordoned' }, spec: { unschedulable: true } });
  cluster.store.put('daemonsets', workload('agent', 1));
  await cluster.untilIdle();
  cluster.store.put('nodes', { metadata: { name: 'late' }, spec: {} });
  await cluster.untilIdle();
  expect(nodesOf(cluster)).toEqual(new Set(['cordoned', 'late', 'n1', 'n2']));
});

test('a StatefulSet makes one pod after the other', async () => {
  using cluster = testCluster();
  cluster.store.put('statefulsets', {
    ...workload('db', 2),
    spec: { ...(workload('db', 2) as { spec: object }).spec, serviceName: 'db' },
  });
  await cluster.untilIdle();
  expect(cluster.pods().map((pod) => pod.metadata.name)).toEqual(['db-0']);
  cluster.becomeReady(cluster.pods()[0]!, '10.0.0.1');
  await cluster.untilIdle();
  expect(cluster.pods().map((pod) => [pod.metadata.name, pod['spec'].hostname])).toEqual([
    ['db-0', 'db-0'],
    ['db-1', 'db-1'],
  ]);
});

test('a Job is complete when its pod has succeeded, and fails beyond its limit', async () => {
  using cluster = testCluster();
  const template = { spec: { ...podSpec, restartPolicy: 'Never' } };
  cluster.store.put('jobs', { metadata: { name: 'good' }, spec: { template } });
  cluster.store.put('jobs', { metadata: { name: 'bad' }, spec: { template, backoffLimit: 0 } });
  await cluster.untilIdle();
  for (const pod of cluster.pods()) {
    const phase = pod.metadata.labels?.['job-name'] === 'good' ? 'Succeeded' : 'Failed';
    cluster.store.putStatus('pods', 'default', pod.metadata.name, { phase });
  }
  await cluster.untilIdle();
  const conditionOf = (name: string) => cluster.store.get('jobs', 'default', name)?.['status'].conditions?.[0].type;
  expect([conditionOf('good'), conditionOf('bad')]).toEqual(['Complete', 'Failed']);
});

describe('garbage collection', () => {
  test('takes what a ConfigMap owned, but not what has another owner left', async () => {
    using cluster = testCluster();
    const run = cluster.store.put('configmaps', { metadata: { name: 'run' } });
    const other = cluster.store.put('configmaps', { metadata: { name: 'other' } });
    cluster.store.put('pods', {
      metadata: { name: 'gone', ownerReferences: [reference(run)] },
      spec: { ...podSpec, terminationGracePeriodSeconds: 0 },
    });
    cluster.store.put('configmaps', {
      metadata: { name: 'kept', ownerReferences: [reference(run), reference(other)] },
    });
    await cluster.untilIdle();
    cluster.store.delete('configmaps', 'default', 'run');
    await cluster.untilIdle();
    expect(cluster.pods()).toEqual([]);
    expect(cluster.store.get('configmaps', 'default', 'kept')).not.toBeNull();
  });

  test('treats an owner in another namespace as gone', async () => {
    using cluster = testCluster();
    const far = cluster.store.put('configmaps', { metadata: { name: 'far', namespace: 'kube-system' } });
    cluster.store.put('configmaps', { metadata: { name: 'x', ownerReferences: [reference(far)] } });
    await cluster.untilIdle();
    expect(cluster.store.get('configmaps', 'default', 'x')).toBeNull();
  });

  test.for([
    ['Orphan', 1],
    ['Background', 0],
    ['Foreground', 0],
  ] as const)('with policy %s leaves %i dependents and takes the owner', async ([propagationPolicy, left]) => {
    using cluster = testCluster([]);
    cluster.store.put('replicasets', workload('web', 1));
    await cluster.untilIdle();
    cluster.store.remove({ resource: 'replicasets', namespace: 'default', name: 'web' }, { propagationPolicy });
    await cluster.untilIdle();
    expect(cluster.store.get('replicasets', 'default', 'web')).toBeNull();
    expect(cluster.pods()).toHaveLength(left);
  });

  test('empties a namespace before it goes', async () => {
    using cluster = testCluster([]);
    cluster.store.put('namespaces', { metadata: { name: 'shop' } });
    cluster.store.put('deployments', { ...workload('web', 2), metadata: { name: 'web', namespace: 'shop' } });
    await cluster.untilIdle();
    cluster.store.delete('namespaces', null, 'shop');
    await cluster.untilIdle();
    expect(cluster.store.get('namespaces', null, 'shop')).toBeNull();
    expect(cluster.pods()).toEqual([]);
  });
});

describe('EndpointSlices', () => {
  const service = (spec: object = {}) => ({
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'web', port: 80, targetPort: 'http' }], ...spec },
  });
  const endpoints = (cluster: ReturnType<typeof testCluster>) =>
    cluster.store.list('endpointslices').flatMap((slice) => slice['endpoints']);

  test('name pods by address with the named port resolved', async () => {
    using cluster = testCluster();
    cluster.store.put('services', service());
    cluster.store.put('deployments', workload('web', 1));
    await cluster.untilIdle();
    expect(endpoints(cluster)).toEqual([]);
    cluster.becomeReady(cluster.pods()[0]!, '10.0.0.1');
    await cluster.untilIdle();
    const slice = cluster.store.list('endpointslices').find((one) => one['endpoints'].length > 0);
    expect(slice?.['ports']).toEqual([{ name: 'web', protocol: 'TCP', port: 8080 }]);
    expect(slice?.['endpoints']).toMatchObject([
      { addresses: ['10.0.0.1'], conditions: { ready: true, serving: true, terminating: false }, nodeName: 'n1' },
    ]);
  });

  test.for([
    [{}, false],
    [{ publishNotReadyAddresses: true }, true],
  ] as const)('of a Service with %j say ready=%s of a pod that is not', async ([spec, ready]) => {
    using cluster = testCluster();
    cluster.store.put('services', service(spec));
    cluster.store.put('pods', { metadata: { name: 'p', labels: { app: 'web' } }, spec: podSpec });
    cluster.store.putStatus('pods', 'default', 'p', { podIP: '10.0.0.1' });
    await cluster.untilIdle();
    expect(endpoints(cluster)).toMatchObject([{ conditions: { ready } }]);
  });

  test('say of a pod on its way out that it still serves', async () => {
    using cluster = testCluster();
    cluster.store.put('services', service());
    cluster.store.put('pods', { metadata: { name: 'p', labels: { app: 'web' } }, spec: podSpec });
    await cluster.untilIdle();
    cluster.becomeReady(cluster.pods()[0]!, '10.0.0.1');
    cluster.store.delete('pods', 'default', 'p');
    await cluster.untilIdle();
    expect(endpoints(cluster)).toMatchObject([{ conditions: { ready: false, serving: true, terminating: true } }]);
  });

  test('made by hand are left alone', async () => {
    using cluster = testCluster();
    cluster.store.put('services', { metadata: { name: 'ext' }, spec: { ports: [{ port: 80 }] } });
    const labels = { 'kubernetes.io/service-name': 'ext' };
    cluster.store.put('endpointslices', {
      metadata: { name: 'ext-1', labels },
      endpoints: [{ addresses: ['192.0.2.1'] }],
      ports: [],
    });
    await cluster.untilIdle();
    expect(endpoints(cluster)).toEqual([{ addresses: ['192.0.2.1'] }]);
  });
});
