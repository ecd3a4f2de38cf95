import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { RESOURCES } from '../../src/api/resources.ts';
import { KINDS } from '../../src/install/kinds.ts';
import { apiServer, bareServer, connectTo, json, status } from '../api/api-server.ts';

const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'kprobe', namespace: 'shop' },
};

test('apply is a forced server-side apply of ours', async () => {
  const seen: IncomingMessage[] = [];
  const bodies: string[] = [];
  await using server = await apiServer((request, response) => {
    seen.push(request);
    void text(request).then((body) => {
      bodies.push(body);
      json(response, 200, role);
    });
  });
  const client = await connectTo(server);
  expect(await client.apply(KINDS.Role, role)).toEqual({ ok: true, value: role });
  await client.close();
  expect(seen).toMatchObject([
    {
      method: 'PATCH',
      url: '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/kprobe?fieldManager=kprobe&force=true',
      headers: { 'content-type': 'application/apply-patch+yaml' },
    },
  ]);
  expect(bodies.map((body) => JSON.parse(body) as unknown)).toEqual([role]);
});

test('a dry run says so, and takes "already exists" for what it is', async () => {
  const pod = { metadata: { name: 'p', namespace: 'kprobe' } };
  await using server = await apiServer((_, response) => json(response, 409, status(409, 'AlreadyExists')));
  const client = await connectTo(server);
  expect(await client.create(RESOURCES.pods, pod, { dryRun: true })).toMatchObject({ ok: false });
  await client.close();
  expect(server.requests).toContain('POST /api/v1/namespaces/kprobe/pods?dryRun=All');
});

test('the clock is what the Date header says, also of a refusal', async () => {
  let date: string | null = 'Thu, 01 Jan 2026 00:00:07 GMT';
  let code = 200;
  await using clock = await bareServer((_, response) => {
    response.sendDate = false;
    json(response, code, { gitVersion: 'v1.34.0' }, date === null ? {} : { date });
  });
  const asked = await connectTo(clock);
  expect(await asked.clock()).toEqual({ ok: true, value: Date.parse('2026-01-01T00:00:07Z') });
  code = 403;
  expect(await asked.clock()).toEqual({ ok: true, value: Date.parse('2026-01-01T00:00:07Z') });
  code = 200;
  date = null;
  expect(await asked.clock()).toMatchObject({ ok: false, problem: { reason: 'Malformed' } });
  await asked.close();
});

test('a review of one object names it', async () => {
  const bodies: string[] = [];
  await using server = await apiServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      json(response, 201, { status: { allowed: true } });
    });
  });
  const client = await connectTo(server);
  await client.mayI({ verb: 'get', group: '', resource: 'configmaps', name: 'kube-proxy' });
  await client.close();
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({
    spec: { resourceAttributes: { verb: 'get', resource: 'configmaps', name: 'kube-proxy' } },
  });
});
