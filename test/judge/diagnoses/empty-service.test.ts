import { describe, expect, test } from 'vitest';
import { rejectedService } from '../breaks.ts';
import { backend, policy, refused, route, sample, service, serviceTarget, times, unreadGap } from '../make.ts';
import type { Break } from '../world.ts';
import { diagnose, dns, findingOf, nginx, serviceOnly, shopCluster, web } from '../world.ts';

const id = 'empty-service';
const empty = serviceOnly({ service: serviceTarget({ backends: [] }) });
const typo = service({ selector: { app: 'wbe' } });
const facts = (services = [typo], pods = [...web, ...nginx, ...dns]) => shopCluster({ services, pods });

test.for([
  ['it has endpoints', {}],
  [
    'EndpointSlices could not be read',
    { target: empty, cluster: shopCluster({ unread: [unreadGap('endpointslices')] }) },
  ],
  [
    'it is an alias in DNS and has no endpoints by design',
    { target: empty, cluster: facts([service({ type: 'ExternalName', selector: {} })]) },
  ],
] as const)('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('silent: its pods are Ready, and have no port of the name that it sends to', () => {
  const [port] = service().ports;
  if (port === undefined) throw new Error('the Service has a port');
  const named = service({ ports: [{ ...port, targetPort: 'http-of-old' }] });
  const { findings } = diagnose({
    target: empty,
    cluster: facts([named], [...web, ...nginx, ...dns]),
    breaks: [rejectedService],
  });
  expect(findings.map(({ diagnosis }) => diagnosis)).toEqual(['wrong-backend-port']);
});

test('speaking: the selector matches no pod, and the nearest labels become the fix', () => {
  const finding = findingOf(id, { target: empty, cluster: facts(), breaks: [rejectedService] });
  expect(finding).toMatchObject({ certainty: 'proven', object: { kind: 'Service', namespace: 'shop', name: 'web' } });
  expect(finding?.fix?.manifest).toContain('app: web');
});

test('speaking: pods match and none is Ready', () => {
  const unready = web.map((pod) => ({ ...pod, ready: false, because: 'readiness probe failed' }));
  const finding = findingOf(id, {
    target: empty,
    cluster: facts([service()], [...unready, ...nginx, ...dns]),
    breaks: [rejectedService],
  });
  expect(finding?.evidence.map((line) => line.says).join()).toContain('readiness probe failed');
});

test('speaking: nothing of the selector is found, so nothing is proposed', () => {
  const finding = findingOf(id, {
    target: empty,
    cluster: facts([service({ selector: { tier: 'x' } })]),
    breaks: [rejectedService],
  });
  expect(finding?.fix?.manifest).toBeNull();
});

test('speaking: pods that policies isolate and that refuse their own node: it is said that no policy keeps the kubelet away', () => {
  const unready = web.map((pod) => ({ ...pod, ready: false }));
  const target = serviceOnly({ service: serviceTarget({ backends: unready.map(backend) }) });
  const refuses: Break = (path) =>
    path.to.kind === 'backend' && path.experiments.includes('unready-endpoints') ? times(2, refused) : null;
  const cluster = shopCluster({ pods: [...unready, ...nginx, ...dns], networkPolicies: [policy()] });
  const verdict = diagnose({ target, cluster, breaks: [refuses, rejectedService] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]?.evidence.find(({ label }) => label === 'Policy')?.says).toContain('refused');
  expect(verdict.notMeasured.filter(({ what }) => what.startsWith('the cause of'))).toEqual([]);
});

describe('a route that shares its requests between two Services', () => {
  const canary = service({ name: 'canary', selector: { app: 'canary' } });
  const slice = (ready: boolean) => ({
    namespace: 'shop',
    name: 'canary-1',
    service: 'canary',
    managedBy: null,
    ports: [{ name: null, port: 8080, protocol: 'TCP' }],
    endpoints: [{ address: '10.244.1.99', ready, terminating: false, node: null, pod: null }],
  });
  const shared = (over: Partial<ReturnType<typeof shopCluster>> = {}) =>
    shopCluster({
      services: [service(), canary],
      routes: [route(), route({ service: 'canary' })],
      endpointSlices: [],
      ...over,
    });
  const half: Break = (path) =>
    path.to.kind === 'entry'
      ? [200, 503, 200, 503].map((status) => sample({ connectMs: 0.4, firstByteMs: 2, status }))
      : null;

  test('silent: all is answered', () => {
    expect(findingOf(id, { cluster: shared() })).toBeNull();
  });

  test('silent: the other has an endpoint', () => {
    expect(findingOf(id, { cluster: shared({ endpointSlices: [slice(true)] }), breaks: [half] })).toBeNull();
  });

  test('silent: another path leads to it', () => {
    const routes = [route(), route({ service: 'canary', path: '/canary' })];
    expect(findingOf(id, { cluster: shared({ routes }), breaks: [half] })).toBeNull();
  });

  test('speaking: the other one is empty, and its share ends in 503', () => {
    for (const endpointSlices of [[], [slice(false)]])
      expect(diagnose({ cluster: shared({ endpointSlices }), breaks: [half] }).findings).toMatchObject([
        {
          diagnosis: id,
          certainty: 'proven',
          explains: 1,
          object: { kind: 'Service', namespace: 'shop', name: 'canary' },
        },
      ]);
  });
});
