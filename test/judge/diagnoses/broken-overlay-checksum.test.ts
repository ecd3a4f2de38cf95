import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { entry, sample, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, serviceOnly, shopCluster, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';
import { pod } from '../breaks.ts';

const id = 'broken-overlay-checksum';
const ports = [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30789, protocol: 'TCP' }];
const shop = shopCluster({ services: [service({ type: 'NodePort', ports })] });
const overlay = (encapsulation: string) => ({ ...shop, networking: { ...shop.networking, encapsulation } });
/** The port of a node: one with an endpoint of its own, and one without. */
const asking = (node: string) =>
  serviceOnly({ host: null, entries: [entry(node, { address: `10.0.0.${node.at(-1)}`, port: 30_789 })] });
const byPort = (node = 'worker-1', encapsulation = 'vxlan'): World => ({
  cluster: overlay(encapsulation),
  target: asking(node),
});

const good = (): Sample => sample({ connectMs: 0.4, firstByteMs: 1, status: 200 });
/** So many of four connects hang, and the last gets through where one does. */
const hang = (lost: number): Sample[] => [2, 0, 3, 1].map((place) => (place >= 4 - lost ? silent() : good()));
const atPort =
  (lost: number): Break =>
  (path) =>
    path.to.kind === 'entry' ? hang(lost) : null;
const acrossNodes: Break = (path) => (path.to.kind === 'backend' && path.locality === 'cross-node' ? hang(4) : null);
const atService =
  (isMeant: (kind: string) => boolean, lost: number): Break =>
  (path, from) =>
    path.to.kind === 'service' && isMeant(from.kind) ? hang(lost) : null;

test.for<[string, World, Break[]]>([
  ['everything answers', byPort(), []],
  ['the endpoints fail by their own addresses as well', byPort(), [atPort(2), acrossNodes]],
  ['one endpoint is dead', byPort(), [atPort(2), ...web.slice(0, 1).map((each) => pod(each))]],
  ['pods that ask the ClusterIP hang as well', byPort(), [atPort(2), atService(() => true, 2)]],
  ['all hang, though half of the endpoints are on the node itself', byPort(), [atPort(4)]],
  [
    'nodes themselves never reach the ClusterIP, wherever its endpoints are',
    { cluster: overlay('vxlan'), target: shopTarget() },
    [atService((kind) => kind === 'host', 4)],
  ],
  ['half hang, though all endpoints are on other nodes', byPort('worker-3'), [atPort(2)]],
  ['nothing is encapsulated', byPort('worker-1', 'native'), [atPort(2)]],
  [
    'connects are refused',
    byPort(),
    [
      (path) =>
        path.to.kind === 'entry'
          ? times(4, () => sample({ outcome: { kind: 'refused', phase: 'connect' }, connectMs: 0.3 }))
          : null,
    ],
  ],
])('silent: %s', ([, world, breaks]) => {
  expect(findingOf(id, { ...world, breaks })).toBeNull();
});

test('speaking: by the port of a node half of the connects hang, and half of the endpoints are elsewhere', () => {
  const verdict = diagnose({ ...byPort(), breaks: [atPort(2)] });
  expect(verdict.findings).toMatchObject([
    {
      diagnosis: id,
      certainty: 'likely',
      object: null,
      where: { from: 'worker-1 and worker-2' },
      wouldSettle: expect.stringContaining('tx-checksum-ip-generic off'),
      explains: 1,
    },
  ]);
  expect(verdict.status).toBe('faulty');
});

test('all hang by a node without an endpoint: that tells less', () => {
  expect(findingOf(id, { ...byPort('worker-3'), breaks: [atPort(4)] })?.certainty ?? 'possible').toBe('possible');
});

test('speaking: nodes themselves hang at the ClusterIP, and pods do not', () => {
  const world: World = {
    cluster: { ...overlay('vxlan'), pods: [...web, ...nginx, ...shop.pods.slice(5)] },
    target: shopTarget(),
  };
  const away: Break = (path, from) => {
    if (path.to.kind !== 'service' || from.kind !== 'host') return null;
    return hang(from.node === 'worker-3' ? 4 : 2);
  };
  expect(findingOf(id, { ...world, breaks: [away] })).toMatchObject({ certainty: 'likely' });
  expect(findingOf('stale-node-rules', { ...world, breaks: [away] })).toBeNull();
});
