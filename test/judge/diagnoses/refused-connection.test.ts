import { describe, expect, test } from 'vitest';
import { pod } from '../breaks.ts';
import { backend, pod as makePod, refused, route, sample, service, serviceTarget, slice, times } from '../make.ts';
import { diagnose, dns, findingOf, nginx, run, serviceOnly, shopCluster, shopTarget, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'refused-connection';
const reset = () => times(3, refused);
const rejected = () => times(3, () => refused({ counters: { 'IcmpMsg.InType3': 1 } }));

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['one pod of two refuses', { breaks: web.slice(0, 1).map((each) => pod(each, reset)) }],
  ['all are rejected by ICMP, which no closed port does', { breaks: web.map((each) => pod(each, rejected)) }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: every pod refuses while kprobe answers beside it', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: web.map((each) => pod(each, reset)) });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Service', name: 'web' },
  });
});

describe('a route that shares its requests with another Service', () => {
  const canary = makePod({ name: 'canary-1', node: 'worker-3' });
  const share = serviceTarget({ name: 'canary', clusterIp: '10.96.0.81', backends: [backend(canary)] });
  const pods = [...web, canary, ...nginx, ...dns];
  const cluster = shopCluster({
    pods,
    services: [service(), service({ name: 'canary', clusterIps: ['10.96.0.81'], selector: { app: 'canary' } })],
    endpointSlices: [slice({ pods: web }), slice({ service: 'canary', pods: [canary] })],
    routes: [route({ weight: 90 }), route({ service: 'canary', weight: 10 })],
  });
  const world = { cluster, target: shopTarget({ shares: [share] }) };
  /** Of ten requests one goes there; of some entries none. */
  const some: Break = (path, from) =>
    path.to.kind === 'entry' && from.kind === 'local' && path.to.node === 'worker-1'
      ? [200, 200, 502, 200].map((status) => sample({ connectMs: 0.4, firstByteMs: 2, status }))
      : null;

  test('silent: its endpoint answers', () => {
    expect(diagnose(world)).toMatchObject({ status: 'healthy', findings: [] });
  });

  test('speaking: nothing listens there, and hardly a request met it', () => {
    const { findings, status, notMeasured } = diagnose({ ...world, breaks: [pod(canary, reset), some] });
    expect(status).toBe('faulty');
    expect(findings).toMatchObject([
      {
        diagnosis: id,
        certainty: 'proven',
        explains: 1,
        object: { kind: 'Service', namespace: 'shop', name: 'canary' },
      },
    ]);
    expect(notMeasured).toEqual([]);
  });

  test('speaking: nothing listens there, and no request met it', () => {
    const { findings } = diagnose({ ...world, breaks: [pod(canary, reset)] });
    expect(findings).toMatchObject([{ diagnosis: id, explains: 0, object: { name: 'canary' } }]);
  });

  test('is asked straight by each vantage under test and a neutral one', () => {
    const paths = run(world).plan.paths.filter(({ experiments }) => experiments.includes('shares'));
    expect(paths.map(({ to }) => ('address' in to ? to.address : ''))).toEqual(
      Array.from({ length: paths.length }, () => canary.addresses[0]),
    );
    expect(paths.length).toBeGreaterThan(1);
  });
});
