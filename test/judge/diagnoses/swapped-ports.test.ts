import { expect, test } from 'vitest';
import { pod, sample, service, times } from '../make.ts';
import { diagnose, dns, findingOf, nginx, run, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'swapped-ports';
const METRICS = 8080;
const PAGES = 9000;
/** What the Service sends to is named metrics, and another port of the pods has the name of the Service's. */
const ports = [
  { name: 'http', port: PAGES, protocol: 'TCP' },
  { name: 'metrics', port: METRICS, protocol: 'TCP' },
];
const pods = [...web.map((each) => pod({ ...each, ports })), ...nginx, ...dns];
const port = { name: 'http', port: 80, targetPort: 'metrics', nodePort: null, protocol: 'TCP' };
const back = { name: 'metrics', port: 9090, targetPort: 'http', nodePort: null, protocol: 'TCP' };
const cluster = shopCluster({ pods, services: [service({ ports: [port, back] })] });
const answers =
  (status: number, to: 'pages' | 'others'): Break =>
  (path) =>
    path.probe.kind === 'http' && ('port' in path.to && path.to.port === PAGES) === (to === 'pages')
      ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 2, status }))
      : null;

test.for<[string, World]>([
  ['everything is served', { cluster }],
  ['both ports deny it', { cluster, breaks: [answers(404, 'pages'), answers(404, 'others')] }],
  ['users are asked for a password', { cluster, breaks: [answers(401, 'others')] }],
  [
    'the names agree',
    {
      cluster: shopCluster({
        pods: [...web.map((each) => pod({ ...each, ports: ports.toReversed() })), ...nginx, ...dns],
        services: [service({ ports: [{ ...port, name: 'metrics' }] })],
      }),
      breaks: [answers(404, 'others')],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('healthy: what nobody sends to denies the request', () => {
  expect(diagnose({ cluster, breaks: [answers(404, 'pages')] }).status).toBe('healthy');
});

test('costs nothing where names agree, and four attempts where they do not', () => {
  const asked = (world: World) =>
    run(world).plan.paths.filter(({ to }) => 'port' in to && to.port === PAGES && to.kind === 'backend').length;
  expect([asked({}), asked({ cluster })]).toEqual([0, 2]);
});

test.for<[string, World, string]>([
  ['two ports are swapped', { cluster }, 'proven'],
  ['one port leads to the other', { cluster: shopCluster({ pods, services: [service({ ports: [port] })] }) }, 'likely'],
  ['a Service that was asked for by itself', { cluster, target: serviceOnly() }, 'proven'],
])('speaking: %s', ([, world, certainty]) => {
  const { status, findings } = diagnose({ ...world, breaks: [answers(404, 'others')] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([{ diagnosis: id, certainty, object: { kind: 'Service', name: 'web' } }]);
});
