import { expect, test } from 'vitest';
import { apiServer, connectTo, json } from './api-server.ts';

const POD = { namespace: 'shop', name: 'web-1' };

test.for([
  ['', {}],
  ['?dryRun=All', { dryRun: true }],
] as const)('a container is merged into the list of a pod, not put in its place%s', async ([query, options]) => {
  const asked: unknown[] = [];
  await using server = await apiServer((request, response) => {
    request.on('data', (body: Buffer) => {
      asked.push([request.method, request.url, request.headers['content-type'], JSON.parse(body.toString())]);
      json(response, 200, {});
    });
  });
  const client = await connectTo(server);
  expect(await client.addEphemeralContainer(POD, { name: 'c' }, options)).toMatchObject({ ok: true });
  expect(asked).toEqual([
    [
      'PATCH',
      `/api/v1/namespaces/shop/pods/web-1/ephemeralcontainers${query}`,
      'application/strategic-merge-patch+json',
      { spec: { ephemeralContainers: [{ name: 'c' }] } },
    ],
  ]);
  await client.close();
});

test('the log of an ephemeral container ends with the container, not with its pod', async () => {
  const terminated = { state: { terminated: { containerID: 'containerd://1' } } };
  const status = { phase: 'Running', ephemeralContainerStatuses: [{ name: 'probe', ...terminated }] };
  await using server = await apiServer((request, response) => {
    if (!request.path.endsWith('/log')) return json(response, 200, { status });
    response.end('1\n2\n');
  });
  const client = await connectTo(server);
  const lines = [];
  for await (const each of client.followLog(POD, 'probe')) lines.push(each.kind === 'line' ? each.line : '!');
  expect(lines).toEqual(['1', '2']);
  await client.close();
});
