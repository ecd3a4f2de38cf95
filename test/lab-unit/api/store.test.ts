import { describe, expect, test } from 'vitest';
import { createStore, type ClusterStore } from '../../../src/lab/api/store.ts';

const podSpec = { containers: [{ name: 'a', image: 'node:24-slim' }] };

function refused(answer: ReturnType<ClusterStore['create']>): { code: number; reason: string; message: string } {
  if (answer.ok) throw new Error('expected a refusal');
  const { code, reason, message } = answer.status;
  return { code, reason, message };
}

function made(answer: ReturnType<ClusterStore['create']>) {
  if (!answer.ok) throw new Error(answer.status.message);
  return answer.object;
}

describe('a created object', () => {
  test('has uid, version, times and defaults, and is frozen', () => {
    const store = createStore({ now: () => new Date('2026-01-02T03:04:05.678Z') });
    const pod = made(store.create('pods', { metadata: { generateName: 'p-' }, spec: podSpec }));
    expect(pod.metadata.name).toMatch(/^p-[a-z0-9]{5}$/);
    expect(pod.metadata.creationTimestamp).toBe('2026-01-02T03:04:05Z');
    expect(pod.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(pod['spec']).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      terminationGracePeriodSeconds: 30,
    });
    expect(pod['status']).toMatchObject({ phase: 'Pending' });
    expect(Object.isFrozen(pod['spec'].containers[0])).toBe(true);
  });

  test.for([
    ['networkpolicies', { podSelector: {} }, { policyTypes: ['Ingress'] }],
    ['networkpolicies', { podSelector: {}, egress: [{}] }, { policyTypes: ['Ingress', 'Egress'] }],
    [
      'services',
      { ports: [{ port: 80 }] },
      { clusterIP: '10.96.0.11', type: 'ClusterIP', ports: [{ targetPort: 80, protocol: 'TCP' }] },
    ],
    ['services', { clusterIP: 'None', ports: [{ port: 80 }] }, { clusterIP: 'None' }],
    [
      'services',
      { type: 'NodePort', ports: [{ port: 80 }] },
      { externalTrafficPolicy: 'Cluster', ports: [{ nodePort: 30_000 }] },
    ],
  ] as const)('of %s %j gets %j', ([resource, spec, expected]) => {
    const store = createStore();
    expect(made(store.create(resource, { metadata: { name: 'x' }, spec }))['spec']).toMatchObject(expected);
  });

  test('named kube-dns gets the address that every resolv.conf names', () => {
    const store = createStore();
    const metadata = { name: 'kube-dns', namespace: 'kube-system' };
    expect(store.put('services', { metadata, spec: { ports: [{ port: 53 }] } })['spec'].clusterIP).toBe('10.96.0.10');
  });
});

describe('the store refuses', () => {
  const store = createStore();
  made(store.create('configmaps', { metadata: { name: 'taken' } }));
  test.for([
    ['configmaps', { metadata: { name: 'taken' } }, 409, 'AlreadyExists'],
    ['configmaps', { metadata: { name: 'Upper' } }, 422, 'Invalid'],
    ['configmaps', { metadata: {} }, 422, 'Invalid'],
    ['configmaps', { metadata: { name: 'x', namespace: 'nowhere' } }, 404, 'NotFound'],
    ['pods', { metadata: { name: 'x' }, spec: { containers: [] } }, 422, 'Invalid'],
    [
      'pods',
      {
        metadata: { name: 'x' },
        spec: { containers: [{ name: 'a', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
      },
      422,
      'Invalid',
    ],
    ['services', { metadata: { name: 'x' }, spec: { clusterIP: '10.96.0.1', ports: [{ port: 1 }] } }, 422, 'Invalid'],
    [
      'deployments',
      { metadata: { name: 'x' }, spec: { selector: { matchLabels: { a: 'b' } }, template: { spec: podSpec } } },
      422,
      'Invalid',
    ],
    [
      'networkpolicies',
      {
        metadata: { name: 'x' },
        spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' }, podSelector: {} }] }] },
      },
      422,
      'Invalid',
    ],
  ] as const)('%s %j with %i %s', ([resource, object, code, reason]) => {
    expect(refused(store.create(resource, object))).toMatchObject({ code, reason });
  });

  test('an update with an old version, in the words of Kubernetes', () => {
    const { metadata } = made(store.create('configmaps', { metadata: { name: 'old' } }));
    made(store.update('configmaps', { metadata, data: { a: '1' } }));
    expect(refused(store.update('configmaps', { metadata, data: { a: '2' } })).message).toBe(
      'Operation cannot be fulfilled on configmaps "old": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  test('a change of a running pod, but not of its image', () => {
    const pod = made(store.create('pods', { metadata: { name: 'fixed' }, spec: podSpec }));
    const withPolicy = { ...pod, spec: { ...pod['spec'], restartPolicy: 'Never' } };
    expect(refused(store.update('pods', withPolicy)).code).toBe(422);
    const withImage = {
      ...pod,
      spec: { ...pod['spec'], containers: [{ ...pod['spec'].containers[0], image: 'node:25' }] },
    };
    expect(store.update('pods', withImage).ok).toBe(true);
  });

  test('a pod beyond the quota', () => {
    store.put('namespaces', { metadata: { name: 'small' } });
    made(
      store.create('resourcequotas', { metadata: { name: 'q', namespace: 'small' }, spec: { hard: { pods: '0' } } }),
    );
    expect(refused(store.create('pods', { metadata: { name: 'x', namespace: 'small' }, spec: podSpec })).message).toBe(
      'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0',
    );
  });
});

describe('Pod Security', () => {
  const store = createStore();
  store.put('namespaces', {
    metadata: { name: 'tight', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  const container = { name: 'a', image: 'i' };
  const safe = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const create = (spec: object) => store.create('pods', { metadata: { generateName: 'x-', namespace: 'tight' }, spec });

  test('lets a restricted pod in', () => {
    expect(create({ containers: [{ ...container, securityContext: safe }] }).ok).toBe(true);
  });

  test('names every violation of another', () => {
    const { code, message } = refused(create({ hostNetwork: true, containers: [container] }));
    expect(code).toBe(403);
    expect(message).toContain('violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)');
    expect(message).toContain('runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)');
  });
});

describe('deletion', () => {
  test('of a pod without node is at once, of a bound one graceful, and a grace of 0 takes it away', () => {
    const store = createStore();
    const key = (name: string) => ({ resource: 'pods', namespace: 'default', name });
    store.put('pods', { metadata: { name: 'free' }, spec: podSpec });
    store.put('pods', {
      metadata: { name: 'bound' },
      spec: { ...podSpec, nodeName: 'n', terminationGracePeriodSeconds: 7 },
    });
    store.remove(key('free'));
    store.remove(key('bound'));
    expect(store.get('pods', 'default', 'free')).toBeNull();
    expect(store.get('pods', 'default', 'bound')?.metadata).toMatchObject({
      deletionGracePeriodSeconds: 7,
      deletionTimestamp: expect.any(String),
    });
    store.remove(key('bound'), { gracePeriodSeconds: 0 });
    expect(store.get('pods', 'default', 'bound')).toBeNull();
  });

  test('waits for finalizers', () => {
    const store = createStore();
    const key = { resource: 'configmaps', namespace: 'default', name: 'held' };
    made(store.create('configmaps', { metadata: { name: 'held', finalizers: ['example.com/x'] } }));
    store.remove(key);
    const held = store.get('configmaps', 'default', 'held');
    expect(held?.metadata.deletionTimestamp).toBeDefined();
    store.update('configmaps', { ...held, metadata: { ...held?.metadata, finalizers: [] } });
    expect(store.get('configmaps', 'default', 'held')).toBeNull();
  });
});

describe('listeners', () => {
  test('hear changes in order even when one of them makes another', () => {
    const store = createStore();
    const heard: string[] = [];
    store.history.listen(({ type, object }) => {
      if (object.metadata.name === 'first' && type === 'ADDED')
        store.put('configmaps', { metadata: { name: 'second' } });
    });
    store.history.listen(({ object }) => heard.push(object.metadata.name));
    store.put('configmaps', { metadata: { name: 'first' } });
    expect(heard).toEqual(['first', 'second']);
  });

  test('are not told of an update that changes nothing', () => {
    const store = createStore();
    const map = store.put('configmaps', { metadata: { name: 'x' }, data: { a: 'b' } });
    let count = 0;
    store.onChange(() => count++);
    store.put('configmaps', { metadata: { name: 'x' }, data: { a: 'b' } });
    expect(count).toBe(0);
    expect(store.get('configmaps', 'default', 'x')?.metadata.resourceVersion).toBe(map.metadata.resourceVersion);
  });
});

test('a history that forgot says so', () => {
  const store = createStore({ history: 4 });
  const start = store.revision();
  for (let index = 0; index < 20; index++) store.put('configmaps', { metadata: { name: `m-${index}` } });
  expect(store.history.since(start)).toMatchObject({ ok: false, status: { code: 410 } });
  expect(store.history.since(store.revision() - 2)).toMatchObject({ ok: true, changes: [{}, {}] });
});
