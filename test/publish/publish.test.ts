import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publish } from '../../src/publish/publish.ts';
import type { PublishSettings } from '../../src/publish/settings.ts';
import { broken, NOWHERE, sweep, world } from './make.ts';
import { startServer } from './server.ts';

const FAULTY = sweep([broken('shop')]);

const everywhere = (url: string, metricsFile: string): PublishSettings => ({
  events: true,
  webhook: { url, kind: 'json', always: false },
  pushgateway: { url },
  otlp: { endpoint: url },
  metricsFile,
});

test('without a channel there is nothing to do', async () => {
  expect(await publish(FAULTY, NOWHERE, world())).toEqual([]);
});

test('a channel that hangs holds back no other, and all end in time', async () => {
  await using server = await startServer(() => undefined);
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-publish-'));
  const file = join(folder, 'kprobe.prom');
  const startedAt = performance.now();
  const ended: string[] = [];
  const told = publish(FAULTY, everywhere(server.url, file), { ...world(), limitMs: 2000 });
  void told.finally(() => ended.push('all'));
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('kprobe_');
  expect(ended).toEqual([]);
  const limitations = await told;
  expect(performance.now() - startedAt).toBeLessThan(4000);
  expect(limitations).toEqual([
    { what: 'Kubernetes Events', because: 'there is no connection to the cluster any more' },
    ...['webhook', 'Pushgateway', 'OTLP receiver'].map((what) => ({
      what: `${what} ${server.url}`,
      because: 'no answer in time',
    })),
  ]);
  await rm(folder, { recursive: true });
});

test('who is asked to stop says what is untold', async () => {
  await using server = await startServer(() => undefined);
  const signal = AbortSignal.abort(new Error('SIGINT'));
  const limitations = await publish(
    FAULTY,
    { ...everywhere(server.url, '/nowhere/k.prom'), metricsFile: null },
    world({ signal }),
  );
  expect(limitations).toHaveLength(4);
});

test('a bug in one channel is said, and costs no other', async () => {
  await using server = await startServer();
  const client = new Proxy(
    {},
    {
      get: () => () => {
        throw new Error('boom');
      },
    },
  );
  const limitations = await publish(
    FAULTY,
    { ...NOWHERE, events: true, pushgateway: { url: server.url } },
    world({ client: client as NonNullable<Parameters<typeof publish>[2]['client']> }),
  );
  expect(limitations).toEqual([{ what: 'Kubernetes Events', because: 'boom (this is a bug in kprobe)' }]);
  expect(server.received).toHaveLength(1);
});

test('what a limitation says is one harmless line', async () => {
  const limitations = await publish(FAULTY, { ...NOWHERE, metricsFile: '/nowhere/\u001b[31m\n.prom' }, world());
  expect(limitations).toEqual([{ what: 'metrics file /nowhere/ .prom', because: 'its folder does not exist' }]);
});
