/** Answers of Kubernetes 1.34, shortened. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { isUnexplained } from '../../src/api/brief.ts';
import type { WatchEvent } from '../../src/api/cluster-client.ts';
import { RESOURCES } from '../../src/api/resources.ts';
import { podState } from '../../src/place/pod-state.ts';
import { apiServer, connectTo, json, status } from './api-server.ts';

const COLUMNS = ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node'].map((name) => ({ name, type: 'string' }));

function tableOf(version: string, columns: readonly object[] | null, ...rows: readonly (readonly string[])[]): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: version },
    columnDefinitions: columns,
    rows: rows.map((cells) => ({ cells, object: null })),
  };
}

const row = (name: string, state: string, address = '<none>') => [name, '0/1', state, '0', '3s', address, 'worker-1'];

async function watched(brief: boolean, isTable: boolean): Promise<{ events: WatchEvent[]; accepted: string[] }> {
  const accepted: string[] = [];
  await using server = await apiServer((request, response) => {
    accepted.push(request.headers.accept ?? '');
    const pod = { kind: 'Pod', metadata: { name: 'a', uid: 'u' }, status: { phase: 'Pending' } };
    if (!(request.url ?? '').includes('watch=true'))
      return json(
        response,
        200,
        isTable
          ? tableOf('7', COLUMNS, row('a', 'Pending'))
          : { kind: 'PodList', metadata: { resourceVersion: '7' }, items: [pod] },
      );
    response.writeHead(200);
    const say = (type: string, object: object) => response.write(`${JSON.stringify({ type, object })}\n`);
    if (isTable) {
      say('MODIFIED', tableOf('8', COLUMNS, row('a', 'Running', '10.0.0.9')));
      say('ADDED', tableOf('9', null, row('b', 'ImagePullBackOff')));
      say('DELETED', tableOf('10', null, row('a', 'Terminating', '10.0.0.9')));
    } else {
      say('MODIFIED', { ...pod, status: { phase: 'Running' } });
      say('DELETED', pod);
    }
  });
  const client = await connectTo(server);
  const events: WatchEvent[] = [];
  for await (const event of client.watch(RESOURCES.pods, { namespace: 'kprobe', brief })) {
    events.push(event);
    if (event.kind === 'gone') break;
  }
  await client.close();
  return { events, accepted };
}

test('a watch that is to be brief asks for rows, and understands them', async () => {
  const { events, accepted } = await watched(true, true);
  expect(accepted.every((each) => each.includes('as=Table'))).toBe(true);
  const seen = events.map((event) => {
    if (event.kind === 'problem') return event.problem.message;
    const { kind, addresses } = podState(event.object);
    return [event.kind, event.object['metadata'], kind, addresses, isUnexplained(event.object)];
  });
  expect(seen).toMatchObject([
    ['present', { name: 'a' }, 'starting', [], false],
    ['present', { name: 'a' }, 'running', ['10.0.0.9'], false],
    ['present', { name: 'b' }, 'starting', [], true],
    ['gone', { name: 'a' }, 'starting', ['10.0.0.9'], true],
  ]);
});

test.for([true, false])('whole pods are understood as well (asked to be brief: %s)', async (brief) => {
  const { events, accepted } = await watched(brief, false);
  expect(accepted.some((each) => each.includes('as=Table'))).toBe(brief);
  expect(events.map(({ kind }) => kind)).toEqual(['present', 'present', 'gone']);
});

test('lists come compressed where the server likes to, without what nobody reads', async () => {
  await using server = await apiServer((request, response) => {
    expect(request.headers['accept-encoding']).toBe('gzip');
    const metadata = {
      name: 'n',
      managedFields: [{}],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', a: 'b' },
    };
    const body = gzipSync(
      JSON.stringify({ metadata: {}, items: [{ metadata, status: { images: [{}], phase: 'x' } }] }),
    );
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(body);
  });
  const client = await connectTo(server);
  expect(await client.list(RESOURCES.nodes)).toEqual({
    ok: true,
    value: [{ metadata: { name: 'n', annotations: { a: 'b' } }, status: { phase: 'x' } }],
  });
  await client.close();
});

test('an answer that is not what it says is weather, not a crash', async () => {
  await using server = await apiServer(
    (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('no'),
  );
  const client = await connectTo(server);
  expect(await client.list(RESOURCES.nodes)).toMatchObject({ ok: false, problem: { status: null } });
  await client.close();
});

test('a server that has too much to do is outlived, longer than one that is broken', async () => {
  let calls = 0;
  await using server = await apiServer((_, response) => {
    calls += 1;
    if (calls <= 9) json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '0' });
    else json(response, 200, { metadata: {}, items: [] });
  });
  const client = await connectTo(server);
  expect(await client.list(RESOURCES.pods)).toEqual({ ok: true, value: [] });
  await client.close();
});

test('a log is read in whole lines', async () => {
  await using server = await apiServer((_, response) => void response.writeHead(200).end('one\ntwo\nthr'));
  const client = await connectTo(server);
  expect(await client.readLog({ namespace: 'a', name: 'p' }, 'agent')).toEqual({ ok: true, value: ['one', 'two'] });
  await client.close();
});
