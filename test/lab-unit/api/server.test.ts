import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { CoreV1Api, KubeConfig, Log, Watch, AppsV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccessRules } from '../../../src/lab/api/access.ts';
import { kubeconfig } from '../../../src/lab/api/kubeconfig.ts';
import { createLogs } from '../../../src/lab/api/logs.ts';
import { startApi, type Api } from '../../../src/lab/api/server.ts';
import { createStore, type ClusterStore } from '../../../src/lab/api/store.ts';

const logs = createLogs();
const podSpec = { containers: [{ name: 'a', image: 'node:24-slim' }] };
let store: ClusterStore;
let api: Api;
let config: KubeConfig;

async function start(access: AccessRules = {}, token?: string): Promise<void> {
  await api?.close();
  store = createStore({ history: 50 });
  api = await startApi(store, { host: '127.0.0.1', port: 0, logs, access });
  config = new KubeConfig();
  config.loadFromString(kubeconfig(api.url, token === undefined ? {} : { token }));
}

beforeEach(() => start());
afterEach(() => api.close());

const core = () => config.makeApiClient(CoreV1Api);
const failure = async (doing: Promise<unknown>) =>
  doing.then(
    () => null,
    (error: { code: number; body: string }) => ({
      code: error.code,
      message: (JSON.parse(error.body) as { message: string }).message,
    }),
  );
const path = '/api/v1/namespaces/default/configmaps';

describe('the real client', () => {
  test('puts containers into a pod that is there, and takes none out', async () => {
    const [namespace, name] = ['default', 'p'];
    await core().createNamespacedPod({ namespace, body: { metadata: { name }, spec: podSpec } });
    const patch = (spec: object, dryRun?: string) =>
      core().patchNamespacedPodEphemeralcontainers(
        { namespace, name, body: { spec }, ...(dryRun === undefined ? {} : { dryRun }) },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      );
    const names = async () =>
      (await core().readNamespacedPod({ namespace, name })).spec?.ephemeralContainers?.map((each) => each.name);
    const probe = { ephemeralContainers: [{ name: 'probe', image: 'node:24-slim' }] };
    await patch(probe, 'All');
    expect(await names()).toBeUndefined();
    await patch(probe);
    await patch({ ephemeralContainers: [{ name: 'second', image: 'node:24-slim' }] });
    expect(await names()).toEqual(['probe', 'second']);
    expect(await failure(patch({ ephemeralContainers: [{ $patch: 'delete', name: 'probe' }] }))).toMatchObject({
      code: 422,
      message: expect.stringContaining('may not be changed or removed'),
    });
  });

  test('creates, reads, lists, patches, replaces and deletes', async () => {
    const namespace = 'default';
    await core().createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'c', labels: { a: 'b' } }, data: { k: 'v' } },
    });
    const body = [{ op: 'replace', path: '/data/k', value: 'w' }];
    const patched = await core().patchNamespacedConfigMap(
      { namespace, name: 'c', body },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
    );
    expect(patched.data).toEqual({ k: 'w' });
    const applied = await core().patchNamespacedConfigMap(
      {
        namespace,
        name: 'new',
        fieldManager: 'me',
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' }, data: { x: 'y' } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    expect(applied.data).toEqual({ x: 'y' });
    const list = await core().listNamespacedConfigMap({ namespace, labelSelector: 'a in (b)' });
    expect(list.items.map((item) => item.metadata?.name)).toEqual(['c']);
    await core().deleteNamespacedConfigMap({ namespace, name: 'c' });
    expect(await failure(core().readNamespacedConfigMap({ namespace, name: 'c' }))).toEqual({
      code: 404,
      message: 'configmaps "c" not found',
    });
  });

  test('scales a deployment through its subresource', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: podSpec },
    };
    await apps.createNamespacedDeployment({ namespace: 'default', body: { metadata: { name: 'd' }, spec } });
    const body = { spec: { replicas: 4 } };
    const options = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await apps.patchNamespacedDeploymentScale({ namespace: 'default', name: 'd', body }, options);
    expect(store.get('deployments', 'default', 'd')?.['spec'].replicas).toBe(4);
  });

  test('evicts a pod', async () => {
    store.put('pods', { metadata: { name: 'p' }, spec: podSpec });
    await core().createNamespacedPodEviction({ namespace: 'default', name: 'p', body: { metadata: { name: 'p' } } });
    expect(store.get('pods', 'default', 'p')).toBeNull();
  });

  test('pages through a list', async () => {
    for (const name of ['a', 'b', 'c']) store.put('configmaps', { metadata: { name } });
    const first = await core().listNamespacedConfigMap({ namespace: 'default', limit: 2 });
    expect(first.metadata?.remainingItemCount).toBe(1);
    const second = await core().listNamespacedConfigMap({
      namespace: 'default',
      limit: 2,
      _continue: first.metadata!._continue!,
    });
    expect([...first.items, ...second.items].map((item) => item.metadata?.name)).toEqual(['a', 'b', 'c']);
  });
});

/** Reads events until `count` have come. */
async function watched(
  query: Record<string, string>,
  count: number,
  meanwhile: () => void = () => {},
): Promise<[string, string][]> {
  const events: [string, string][] = [];
  await new Promise<void>((resolve, reject) => {
    const hear = (type: string, object: { metadata?: { name?: string }; code?: number }): void => {
      events.push([type, object.metadata?.name ?? String(object.code ?? '')]);
      if (events.length === count) void watching.then((controller) => controller.abort()).then(resolve);
    };
    const watching = new Watch(config).watch(
      path,
      query,
      hear,
      (error) => events.length < count && reject(error as Error),
    );
    void watching.then(meanwhile, reject);
  });
  return events;
}

describe('a watch', () => {
  test('without version begins with what is there', async () => {
    store.put('configmaps', { metadata: { name: 'old' } });
    const seen = await watched({}, 2, () => store.put('configmaps', { metadata: { name: 'new' } }));
    expect(seen).toEqual([
      ['ADDED', 'old'],
      ['ADDED', 'new'],
    ]);
  });

  test('from a version tells what came after, and of an object that leaves the selection that it is gone', async () => {
    store.put('configmaps', { metadata: { name: 'm', labels: { a: 'b' } } });
    const resourceVersion = `${store.revision()}`;
    store.put('configmaps', { metadata: { name: 'm', labels: { a: 'b' } }, data: { x: 'y' } });
    store.put('configmaps', { metadata: { name: 'other' } });
    store.put('configmaps', { metadata: { name: 'm', labels: { a: 'c' } } });
    store.put('configmaps', { metadata: { name: 'm', labels: { a: 'b' } } });
    store.delete('configmaps', 'default', 'm');
    expect(await watched({ resourceVersion, labelSelector: 'a=b' }, 4)).toEqual([
      ['MODIFIED', 'm'],
      ['DELETED', 'm'],
      ['ADDED', 'm'],
      ['DELETED', 'm'],
    ]);
  });

  test('from a version that is forgotten ends in a 410', async () => {
    for (let index = 0; index < 200; index++) store.put('configmaps', { metadata: { name: `m-${index}` } });
    expect(await watched({ resourceVersion: '2' }, 1)).toEqual([['ERROR', '410']]);
  });

  test('marks the end of the initial events', async () => {
    store.put('configmaps', { metadata: { name: 'old' } });
    const seen = await watched(
      { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' },
      2,
    );
    expect(seen.map(([type]) => type)).toEqual(['ADDED', 'BOOKMARK']);
  });

  test('ends by itself after timeoutSeconds', async () => {
    const response = await fetch(`${api.url}${path}?watch=1&timeoutSeconds=1`);
    expect(await response.text()).toBe('');
  });
});

describe('a pod log', () => {
  test('is followed until the container ends', async () => {
    const pod = store.put('pods', { metadata: { name: 'p' }, spec: podSpec });
    const log = logs.begin(pod.metadata.uid, 'a');
    log.append(Buffer.from('one\ntwo\nthr'));
    const out = new PassThrough();
    const text: string[] = [];
    out.on('data', (chunk: Buffer) => text.push(chunk.toString()));
    await new Log(config).log('default', 'p', 'a', out, { follow: true, tailLines: 1 });
    log.append(Buffer.from('ee\nlast'));
    log.end();
    await once(out, 'end');
    expect(text.join('')).toBe('two\nthree\nlast\n');
  });

  test('of a container that waits is refused with the reason', async () => {
    store.put('pods', { metadata: { name: 'p' }, spec: podSpec });
    const { code, message } = (await failure(core().readNamespacedPodLog({ namespace: 'default', name: 'p' })))!;
    expect(code).toBe(400);
    expect(message).toBe('container "a" in pod "p" is waiting to start: ContainerCreating');
  });
});

describe('access rules', () => {
  test('deny in the words of RBAC, and reviews say so beforehand', async () => {
    await start(
      { tokens: { secret: 'jane' }, deny: [{ user: 'jane', verb: 'list', resource: 'pods', namespace: 'default' }] },
      'secret',
    );
    expect(await failure(core().listNamespacedPod({ namespace: 'default' }))).toEqual({
      code: 403,
      message: 'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    });
    expect((await core().listNamespacedPod({ namespace: 'kube-system' })).items).toEqual([]);
  });

  test('know no stranger', async () => {
    await start({ tokens: { secret: 'jane' } }, 'wrong');
    await expect(core().listNode()).rejects.toMatchObject({ code: 401 });
    const response = await fetch(`${api.url}/api/v1/nodes`, { headers: { authorization: 'Bearer other' } });
    expect(await response.json()).toMatchObject({ kind: 'Status', code: 401, message: 'Unauthorized' });
  });
});

describe('a broken client', () => {
  const post = (body: string, type = 'application/json') =>
    fetch(`${api.url}${path}`, { method: 'POST', body, headers: { 'content-type': type } });

  test.for([
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['{"kind":"Pod"}', 400],
    ['{"metadata":7}', 422],
    ['{"metadata":{"name":"x","namespace":"elsewhere"}}', 400],
  ] as const)('that sends %s is told %i', async ([body, code]) => {
    expect((await post(body)).status).toBe(code);
  });

  test('that sends strange shapes is told so', async () => {
    const response = await fetch(`${api.url}/api/v1/namespaces/default/services`, {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: 'x' }, spec: { ports: [null] } }),
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(400);
  });

  test('that sends too much or another format is refused', async () => {
    expect((await post('x', 'text/plain')).status).toBe(415);
    expect((await post(`"${'x'.repeat(4 * 1024 * 1024)}"`).catch(() => ({ status: 413 }))).status).toBe(413);
  });

  test('that hangs up mid-request or speaks no HTTP harms nobody', async () => {
    for (const text of ['GARBAGE\r\n\r\n', `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`]) {
      const socket = connect(api.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(text);
      socket.destroy();
    }
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
  });

  test.for(['/api/v1/%zz', '/apis/apps/v1/pods', '/api/v1/namespaces/default/nodes/x', '/nothing'])(
    'that asks for %s gets a 404',
    async (strange) => {
      expect((await fetch(`${api.url}${strange}`)).status).toBe(404);
    },
  );
});

test('a table is what kubectl gets', async () => {
  store.put('pods', { metadata: { name: 'p' }, spec: podSpec });
  const response = await fetch(`${api.url}/api/v1/pods`, {
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
  });
  const table = (await response.json()) as {
    kind: string;
    rows: { cells: string[] }[];
    columnDefinitions: { name: string }[];
  };
  expect(table.kind).toBe('Table');
  expect(table.columnDefinitions.slice(0, 5).map((column) => column.name)).toEqual([
    'Name',
    'Ready',
    'Status',
    'Restarts',
    'Age',
  ]);
  expect(table.rows[0]?.cells.slice(0, 3)).toEqual(['p', '0/1', 'Pending']);
});
