import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, expect, test } from 'vitest';
import { connect } from '../../../src/api/client.ts';
import type { ClusterClient } from '../../../src/api/cluster-client.ts';
import type { AccessRules } from '../../../src/lab/api/access.ts';
import { createInputs } from '../../../src/lab/api/inputs.ts';
import { kubeconfig } from '../../../src/lab/api/kubeconfig.ts';
import { startApi, type Api } from '../../../src/lab/api/server.ts';
import { createStore } from '../../../src/lab/api/store.ts';

const POD = { namespace: 'default', name: 'p' };
const folder = mkdtempSync(join(tmpdir(), 'kprobe-attach-'));
const ending = new AbortController();
let api: Api;
let client: ClusterClient;
let stream: PassThrough;

/** A pod whose container `agent` has an input. */
async function start({ access = {}, isOnce = true }: { access?: AccessRules; isOnce?: boolean } = {}): Promise<void> {
  const [store, inputs] = [createStore({}), createInputs()];
  api = await startApi(store, { host: '127.0.0.1', port: 0, inputs, access });
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig(api.url, {}));
  client = await connect({ kubeconfig: file, timeoutMs: 5000, signal: ending.signal });
  const pods = { group: '', version: 'v1', plural: 'pods', namespaced: true };
  const spec = { containers: [{ name: 'agent', image: 'node:24-slim', stdin: true, stdinOnce: true }] };
  await client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: POD, spec });
  const uid = store.get('pods', POD.namespace, POD.name)?.metadata.uid ?? '';
  stream = new PassThrough();
  inputs.open(uid, 'agent', { stream, isOnce });
}

afterEach(async () => {
  await client.close();
  await api.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const ended = () => new Promise<void>((resolve) => stream.once('end', resolve).resume());

test('what is written arrives, and with the connection the input ends', async () => {
  await start();
  const held = await client.holdInput(POD, 'agent');
  if (!held.ok) throw new Error(held.problem.message);
  const said = new Promise((resolve) => stream.once('data', (bytes: Buffer) => resolve(String(bytes))));
  held.value.write('here');
  expect(await said).toBe('here');
  held.value.close();
  await ended();
  await held.value.closed;
});

test('the end of the signal ends it as well', async () => {
  await start();
  const own = new AbortController();
  const held = await client.withSignal(own.signal).holdInput(POD, 'agent');
  expect(held.ok).toBe(true);
  own.abort();
  await ended();
  expect(await client.withSignal(own.signal).holdInput(POD, 'agent')).toMatchObject({
    problem: { reason: 'Aborted' },
  });
});

test('an input that is not for one only outlives who held it', async () => {
  await start({ isOnce: false });
  const first = await client.holdInput(POD, 'agent');
  if (!first.ok) throw new Error(first.problem.message);
  first.value.close();
  await first.value.closed;
  const second = await client.holdInput(POD, 'agent');
  if (!second.ok) throw new Error(second.problem.message);
  const said = new Promise((resolve) => stream.once('data', (bytes: Buffer) => resolve(String(bytes))));
  second.value.write('again');
  expect(await said).toBe('again');
});

test.each(['get', 'create'])('without the right to %s it is refused, in the words of the server', async (verb) => {
  await start({ access: { deny: [{ verb, resource: 'pods/attach' }] } });
  const held = await client.holdInput(POD, 'agent');
  expect(held).toMatchObject({
    ok: false,
    problem: {
      status: 403,
      reason: 'Forbidden',
      message: expect.stringContaining(`cannot ${verb} resource "pods/attach"`),
    },
  });
});

test('no such pod, no such container, no server', async () => {
  await start();
  expect(await client.holdInput({ ...POD, name: 'q' }, 'agent')).toMatchObject({ problem: { status: 404 } });
  expect(await client.holdInput(POD, 'other')).toMatchObject({ problem: { status: 400 } });
  await api.close();
  expect(await client.holdInput(POD, 'agent')).toMatchObject({ problem: { status: null, reason: 'Unreachable' } });
});
