import { expect, test } from 'vitest';
import type { Relapse } from '../../../src/model/recording.ts';
import { controller, refused, sample, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, serviceOnly, shopCluster, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'flapping-readiness';
/** When all samples of these tests began, and some time after that. */
const SAMPLES_AT = sample().at;
const later = SAMPLES_AT + 4000;
const relapse = ({ namespace, name }: { namespace: string; name: string }, over: Partial<Relapse> = {}): Relapse => ({
  pod: { namespace, name },
  readyAt: later,
  seenAt: later + 1000,
  ...over,
});
const [one, two] = nginx;
if (one === undefined || two === undefined) throw new Error('the shop has three proxies');

/** Proxies on the pod network, behind a port of each node that leads to the node's own proxy. */
const envoys = nginx.map((each, index) => ({
  ...each,
  hostNetwork: false,
  addresses: [`10.244.${index + 1}.77`],
}));
const [envoy] = envoys;
if (envoy === undefined) throw new Error('the shop has three proxies');
const edge = service({
  namespace: 'ingress-nginx',
  name: 'edge',
  type: 'NodePort',
  clusterIps: ['10.96.0.90'],
  selector: { app: 'nginx' },
  externalTrafficPolicy: 'Local',
  ports: [{ name: 'http', port: 80, targetPort: 80, nodePort: 30080, protocol: 'TCP' }],
});
const base = shopCluster();
const cluster = shopCluster({
  pods: [...base.pods.filter((each) => each.namespace !== 'ingress-nginx'), ...envoys],
  services: [...base.services, edge],
  controllers: [controller({ pods: envoys.map(({ namespace, name }) => ({ namespace, name })) })],
});
const at = (number: number) => ({ node: `worker-${number}`, pod: null });
const target = shopTarget({
  entries: [
    ...envoys.map((each) => ({
      address: each.addresses[0] ?? '',
      port: 80,
      node: each.node,
      pod: { namespace: each.namespace, name: each.name },
    })),
    ...[1, 2, 3].map((number) => ({ ...at(number), address: `10.0.0.${number}`, port: 30080 })),
  ],
});
/** Two of four connects to the port of worker-1 need a second SYN. */
const cut: Break = ({ to }) =>
  to.kind === 'entry' && to.port === 30080 && to.node === 'worker-1'
    ? [
        ...times(2, () => sample({ connectMs: 1010, firstByteMs: 2, status: 200, synRetransmissions: 1 })),
        ...times(2, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
      ]
    : null;
const world = (relapses: Relapse[], breaks: Break[] = [cut]): World => ({
  cluster,
  target,
  breaks,
  over: { relapses },
});

test.for<[string, World]>([
  ['nothing was lost', world([relapse(envoy)], [])],
  ['no pod lost its readiness', world([])],
  ['it was Ready again long before the connects began', world([relapse(envoy, { readyAt: SAMPLES_AT - 10_000 })])],
  [
    'connects are still lost when it is Ready again',
    world(
      [relapse(envoy, { readyAt: SAMPLES_AT - 2000 })],
      [(...all) => cut(...all)?.map((each) => ({ ...each, at: each.at + 9000 })) ?? null],
    ),
  ],
  ['the proxy of another node lost it', world([relapse(envoys[1] ?? envoy)])],
  ['a pod that is no proxy lost it', world([relapse({ namespace: 'shop', name: 'web-1' })])],
  [
    'the port leads to the proxies of all nodes',
    {
      ...world([relapse(envoy)]),
      cluster: { ...cluster, services: [...base.services, { ...edge, externalTrafficPolicy: 'Cluster' }] },
    },
  ],
])('silent: %s', ([, each]) => {
  expect(findingOf(id, each)).toBeNull();
});

test('speaking: SYNs are lost at the port of the node whose proxy was not Ready, and nowhere else', () => {
  const { findings, status } = diagnose(world([relapse(envoy)]));
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'nginx-1' }, where: { to: 'worker-1' } },
  ]);
  expect(findings[0]?.title).toContain('worker-1 dropped what came to its port meanwhile');
});

test('speaking: it is not Ready yet, and nothing gets through', () => {
  const lost: Break = (path, from, to) => (cut(path, from, to) === null ? null : times(4, silent));
  expect(diagnose(world([relapse(envoy, { readyAt: null })], [lost])).findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
  });
});

const starved: Break = (path, from, to) =>
  cut(path, from, to) ??
  (from.node === 'worker-1' && path.probe.kind === 'http'
    ? times(4, () => ({ ...sample({ connectMs: 30, firstByteMs: 600, status: 200 }), cpuWaitMs: 610 }))
    : null);

test('possible at most where processes on its node wait as long as its probe may: the pods of kprobe may have taken the CPU', () => {
  const { findings, status } = diagnose(world([relapse(envoy)], [starved]));
  expect(status).toBe('inconclusive');
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'possible' }]);
  expect(findings[0]?.wouldSettle).toContain('when there is a CPU to spare on worker-1');
});

test('waits of some milliseconds are no reason', () => {
  const busy: Break = (path, from, to) =>
    starved(path, from, to)?.map((each) => ({ ...each, totalMs: 60, cpuWaitMs: Math.min(each.cpuWaitMs, 50) })) ?? null;
  expect(findingOf(id, world([relapse(envoy)], [cut, busy]))).toMatchObject({ certainty: 'proven' });
});

test('where only one of two nodes is so busy it is likely', () => {
  const both: Break = (path, from, to) =>
    path.to.kind === 'entry' && path.to.port === 30080 && path.to.node === 'worker-2'
      ? [
          ...times(2, () => sample({ connectMs: 1010, firstByteMs: 2, status: 200, synRetransmissions: 1 })),
          ...times(2, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 })),
        ]
      : starved(path, from, to);
  const finding = findingOf(id, world([relapse(envoy), relapse(envoys[1] ?? envoy)], [both]));
  expect(finding).toMatchObject({ certainty: 'likely' });
});

const answered = () => sample({ connectMs: 0.4, status: 200 });
const rejected: Break = ({ to }) => (to.kind === 'service' ? [answered(), refused(), refused(), answered()] : null);
const all = web.map((each) => relapse(each));

test('a Service is without endpoints only where all of them lost it', () => {
  const asked = (relapses: Relapse[]): World => ({ target: serviceOnly(), breaks: [rejected], over: { relapses } });
  expect(findingOf(id, asked(all.slice(0, 1)))).toBeNull();
  expect(findingOf(id, asked(all))).toMatchObject({ certainty: 'likely', object: { name: 'web-1' } });
});
