import { describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/api/resources.ts';
import { apiServer, connectTo, json, status } from './api-server.ts';

const pod = (name: string, version = '1') => ({
  metadata: { name, namespace: 'a', uid: name, resourceVersion: version },
});
const list = (items: object[], resourceVersion = '10') => ({ kind: 'PodList', metadata: { resourceVersion }, items });

describe('calls', () => {
  test.for<[string, (response: import('node:http').ServerResponse) => void]>([
    ['429 with Retry-After', (response) => json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '0' })],
    ['500', (response) => json(response, 500, status(500, 'InternalError'))],
    ['503', (response) => json(response, 503, status(503, 'ServiceUnavailable'))],
    ['a reset', (response) => response.destroy()],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"items": [');
        setImmediate(() => response.destroy());
      },
    ],
    [
      'the last answer of a connection that ends too early',
      (response) => {
        response.writeHead(200, { connection: 'close' });
        response.write('{"items": [', () => response.socket?.end());
      },
    ],
  ])('outlive %s', async ([, weather]) => {
    let calls = 0;
    await using server = await apiServer((_, response) => {
      calls += 1;
      if (calls === 1) weather(response);
      else json(response, 200, list([pod('x')]));
    });
    const client = await connectTo(server);
    expect(await client.list(RESOURCES.pods)).toMatchObject({ ok: true, value: [{ metadata: { name: 'x' } }] });
    expect(calls).toBe(2);
    await client.close();
  });

  test('stop trying after a while, and say what the server said', async () => {
    await using server = await apiServer((_, response) =>
      json(response, 500, status(500, 'InternalError', 'no leader')),
    );
    const client = await connectTo(server);
    expect(await client.list(RESOURCES.pods)).toMatchObject({
      ok: false,
      problem: { status: 500, message: 'no leader' },
    });
    await client.close();
  });

  test('are not repeated where a right is missing', async () => {
    await using server = await apiServer((_, response) => json(response, 403, status(403, 'Forbidden')));
    const client = await connectTo(server);
    expect(await client.list(RESOURCES.pods)).toMatchObject({ ok: false, problem: { reason: 'Forbidden' } });
    expect(server.requests.filter((each) => each.includes('pods'))).toHaveLength(1);
    await client.close();
  });

  test('end with the signal, however long the server is silent or asks to wait', async () => {
    await using server = await apiServer((request, response) => {
      if (request.path.endsWith('nodes')) json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '60' });
    });
    const client = await connectTo(server);
    const startedAt = Date.now();
    const hurried = client.withSignal(AbortSignal.timeout(100));
    const results = await Promise.all([hurried.list(RESOURCES.pods), hurried.list(RESOURCES.nodes)]);
    expect(results.map((each) => each.ok)).toEqual([false, false]);
    expect(Date.now() - startedAt).toBeLessThan(1500);
    await client.close();
  });

  test('read all pages, and begin again where a list expired between them', async () => {
    let expired = false;
    await using server = await apiServer((request, response) => {
      const more = new URL(request.url ?? '', 'http://x').searchParams.get('continue');
      if (more === null)
        return json(response, 200, { ...list([pod('a')]), metadata: { continue: 'next', resourceVersion: '1' } });
      if (!expired) {
        expired = true;
        return json(response, 410, status(410, 'Expired'));
      }
      return json(response, 200, list([pod('b')]));
    });
    const client = await connectTo(server);
    const listed = await client.list(RESOURCES.pods);
    expect(listed).toMatchObject({ ok: true, value: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }] });
    await client.close();
  });
});

describe('create', () => {
  const mine = { metadata: { name: 'x', namespace: 'a', labels: { 'kprobe.dev/run': 'r1' } } };

  test.for<[string, object, boolean]>([
    ['its own object', { 'kprobe.dev/run': 'r1', 'added/by': 'webhook' }, true],
    ["somebody else's", { 'kprobe.dev/run': 'r2' }, false],
  ])('takes "already exists" after a lost answer for success only of %s', async ([, labels, expected]) => {
    let posts = 0;
    await using server = await apiServer((request, response) => {
      if (request.method === 'GET') return json(response, 200, { metadata: { name: 'x', namespace: 'a', labels } });
      posts += 1;
      if (posts === 1) return void response.destroy();
      return json(response, 409, status(409, 'AlreadyExists'));
    });
    const client = await connectTo(server);
    expect((await client.create(RESOURCES.configMaps, mine)).ok).toBe(expected);
    await client.close();
  });

  test('says "already exists" where it was so at the first try', async () => {
    await using server = await apiServer((request, response) => {
      if (request.method === 'GET') return json(response, 200, mine);
      return json(response, 409, status(409, 'AlreadyExists'));
    });
    const client = await connectTo(server);
    expect(await client.create(RESOURCES.configMaps, mine)).toMatchObject({
      ok: false,
      problem: { reason: 'AlreadyExists' },
    });
    await client.close();
  });

  test('deletes what is gone already', async () => {
    await using server = await apiServer((_, response) => json(response, 404, status(404, 'NotFound')));
    const client = await connectTo(server);
    expect(await client.delete(RESOURCES.pods, { namespace: 'a', name: 'x' })).toEqual({ ok: true, value: null });
    await client.close();
  });
});

describe('watch', () => {
  test('goes on after streams that end, are cut in mid-line or have expired, and misses nothing', async () => {
    const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
    const lists = [list([pod('a')], '1'), list([pod('b', '7'), pod('c', '8')], '9')];
    const streams = [
      event('ADDED', pod('b', '2')),
      `${event('MODIFIED', pod('b', '7'))}{"type":"DELE`,
      event('ERROR', status(410, 'Expired')),
      event('DELETED', pod('c', '11')),
    ];
    await using server = await apiServer((request, response) => {
      if (!(request.url ?? '').includes('watch=true')) return json(response, 200, lists.shift() ?? list([]));
      response.writeHead(200);
      response.end(streams.shift() ?? '');
    });
    const client = await connectTo(server);
    const seen: string[] = [];
    for await (const each of client.watch(RESOURCES.pods, { namespace: 'a' })) {
      if (each.kind === 'problem') break;
      const { name, resourceVersion } = (each.object as ReturnType<typeof pod>).metadata;
      seen.push(`${each.kind} ${name} ${resourceVersion}`);
      if (seen.length === 6) break;
    }
    expect(seen).toEqual(['present a 1', 'present b 2', 'present b 7', 'gone a 1', 'present c 8', 'gone c 11']);
    await client.close();
  });

  test('says when it may not look, and ends', async () => {
    await using server = await apiServer((_, response) => json(response, 403, status(403, 'Forbidden')));
    const client = await connectTo(server);
    const seen = [];
    for await (const each of client.watch(RESOURCES.pods, { namespace: 'a' })) seen.push(each.kind);
    expect(seen).toEqual(['problem']);
    await client.close();
  });
});

describe('followLog', () => {
  const running = { status: { phase: 'Running' } };
  const ended = { status: { phase: 'Succeeded' } };

  test('tells each line once though the stream is cut, also in mid-line', async () => {
    const reads = ['1\n2\n3-be', '1\n2\n3-begun and ended\n', '1\n2\n3-begun and ended\n4\n'];
    const pods = [running, ended];
    await using server = await apiServer((request, response) => {
      if (!request.path.endsWith('/log')) return json(response, 200, pods.shift() ?? ended);
      response.writeHead(200);
      response.write(reads.shift() ?? '');
      setImmediate(() => response.destroy());
    });
    const client = await connectTo(server);
    const lines = [];
    for await (const each of client.followLog({ namespace: 'a', name: 'p' }, 'agent'))
      lines.push(each.kind === 'line' ? each.line : '!');
    expect(lines).toEqual(['1', '2', '3-begun and ended', '4']);
    await client.close();
  });

  test('waits for a container that still starts, and says where the log may not be read', async () => {
    const answers = [400, 403];
    await using server = await apiServer((request, response) => {
      if (!request.path.endsWith('/log')) return json(response, 200, running);
      const code = answers.shift() ?? 403;
      return json(response, code, status(code, 'x', `code ${code}`));
    });
    const client = await connectTo(server);
    const events = [];
    for await (const each of client.followLog({ namespace: 'a', name: 'p' }, 'agent')) events.push(each);
    expect(events).toEqual([{ kind: 'problem', problem: { status: 403, reason: 'x', message: 'code 403' } }]);
    await client.close();
  });
});
