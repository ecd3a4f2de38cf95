import { beforeEach, expect, test } from 'vitest';
import { publish } from '../../src/publish/publish.ts';
import type { TargetReport } from '../../src/model/sweep.ts';
import { FakeCluster, problem } from '../place/fake-cluster.ts';
import { broken, finding, mended, NOWHERE, sweep, target, verdict, world } from './make.ts';

const SETTINGS = { ...NOWHERE, events: true };
const SERVICE: TargetReport['object'] = { kind: 'Service', namespace: 'shop', name: 'web' };

let cluster: FakeCluster;
beforeEach(() => {
  cluster = new FakeCluster();
  for (const name of ['shop', 'other']) cluster.put('namespaces', { metadata: { name } });
});

const tell = (...targets: readonly TargetReport[]) =>
  publish(sweep(targets), SETTINGS, world({ client: cluster.client() }));
const events = () => cluster.names('events').map((name) => cluster.objects.get(`events ${name}`));
const calls = (verb: string) => cluster.calls.filter((call) => call.startsWith(verb));

test.for([
  ['nothing changed', target('a')],
  ['still faulty', broken('a', { change: 'same' })],
  ['worse', broken('a', { change: 'worse' })],
  ['no object stands for the target', broken('a', { object: null })],
  ['the object is of a kind that is none of ours', broken('a', { object: { kind: 'Node', namespace: '', name: 'n' } })],
] as const)('no Event: %s', async ([, each]) => {
  expect(await tell(each)).toEqual([]);
  expect(cluster.calls).toEqual([]);
});

test('a fault that began is a warning on its object', async () => {
  expect(await tell(broken('shop.example.com'))).toEqual([]);
  const [event] = events();
  expect(event).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: 'shop', name: expect.stringMatching(/^kprobe\.[0-9a-f]{24}$/) },
    eventTime: '2026-01-01T00:00:20.000000Z',
    type: 'Warning',
    reason: 'TargetFaulty',
    action: 'Sweep',
    note: 'shop.example.com: half of the requests became slow: NetworkPolicy shop/allow-ingress drops ingress → web (proven)',
    reportingController: 'kprobe',
    reportingInstance: 'sweep.yaml',
    regarding: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      namespace: 'shop',
      name: 'web',
      uid: '11111111-2222-3333-4444-555555555555',
    },
  });
});

test('a cause that is said already is not said twice', async () => {
  const says = finding().title;
  await tell(broken('shop', { changeSays: null, says }));
  expect(events()[0]).toMatchObject({ note: `shop: ${says} (proven)` });
});

test('a fault that ended is told, and blames nothing', async () => {
  await tell(mended('shop.example.com'));
  expect(events()[0]).toMatchObject({
    type: 'Normal',
    reason: 'TargetRecovered',
    note: 'shop.example.com: answers again',
  });
});

test.for([
  ['Service', 'v1', 'services'],
  ['Pod', 'v1', 'pods'],
  ['Ingress', 'networking.k8s.io/v1', 'ingresses'],
  ['HTTPRoute', 'gateway.networking.k8s.io/v1', 'httproutes'],
] as const)('the uid of a %s is looked up', async ([kind, apiVersion, plural]) => {
  cluster.put(plural, { metadata: { name: 'webx', namespace: 'shop', uid: 'u-other' } });
  cluster.put(plural, { metadata: { name: 'web', namespace: 'shop', uid: 'u-web' } });
  await tell(broken('a', { object: { kind, namespace: 'shop', name: 'web' } }));
  expect(events()[0]).toMatchObject({ regarding: { apiVersion, kind, uid: 'u-web' } });
});

test('without the right to look it up, the Event goes without uid', async () => {
  cluster.mood = (verb) => (verb === 'list' ? problem(403, 'Forbidden') : null);
  expect(await tell(broken('a', { object: SERVICE }))).toEqual([]);
  expect(events()[0]).not.toHaveProperty('regarding.uid');
});

test('the same sweep told again is not told twice', async () => {
  await tell(broken('a'));
  expect(await tell(broken('a'))).toEqual([]);
  expect(events()).toHaveLength(1);
});

test('a missing right is one line for each namespace', async () => {
  cluster.mood = (verb) => (verb === 'create' ? problem(403, 'Forbidden') : null);
  const elsewhere = { ...SERVICE, namespace: 'other', uid: 'u' };
  expect(await tell(broken('a'), broken('b'), broken('c', { object: elsewhere }))).toEqual([
    { what: 'Kubernetes Events in shop (2)', because: 'no right to create events.events.k8s.io in shop' },
    { what: 'Kubernetes Events in other (1)', because: 'no right to create events.events.k8s.io in other' },
  ]);
});

test('a namespace that is gone is said', async () => {
  expect(await tell(broken('a', { object: { ...SERVICE, namespace: 'gone' } }))).toEqual([
    { what: 'Kubernetes Events in gone (1)', because: 'NotFound' },
  ]);
});

test('an outage of everything is told on 50 objects', async () => {
  const limitations = await tell(...Array.from({ length: 60 }, (_, n) => broken(`t${n}`)));
  expect(calls('create events')).toHaveLength(50);
  expect(limitations).toEqual([
    { what: 'Kubernetes Events', because: 'only the first 50 of 60 changes are told as Events' },
  ]);
});

test('without a cluster it is said', async () => {
  expect(await publish(sweep([broken('a')]), SETTINGS, world())).toHaveLength(1);
});

test('texts keep to the limits of the API, in bytes', async () => {
  const hostile = '🔥 <script>\n\u001b[31m"\\'.repeat(2000);
  const report = sweep(
    [broken(hostile, { changeSays: null, says: hostile, verdict: verdict([finding({ title: hostile })]) })],
    {
      series: hostile,
    },
  );
  await publish(report, SETTINGS, world({ client: cluster.client() }));
  const { note, reportingInstance } = events()[0] as { note: string; reportingInstance: string };
  expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
  expect(Buffer.byteLength(note)).toBeGreaterThan(1000);
  expect(Buffer.byteLength(reportingInstance)).toBeLessThanOrEqual(128);
  expect(note.isWellFormed()).toBe(true);
  expect(note).not.toMatch(/[\n\u001b\ufffd]/);
});
