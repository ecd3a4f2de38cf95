import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { overlayBetween, pod, slowEntries } from '../breaks.ts';
import { controller, refused, route, sample, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, serviceOnly, shopCluster, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';
import type { Hints } from '../../../src/model/cluster.ts';

const id = 'dead-endpoint';
const [first, second] = web;
if (first === undefined || second === undefined) throw new Error('the shop has two pods');
const closed = () => times(3, refused);
const after = (outcome: Sample['outcome']) => () => times(3, () => sample({ connectMs: 0.4, firstByteMs: 3, outcome }));
const wrongProtocol = after({
  kind: 'error',
  phase: 'tls',
  code: 'ERR_SSL_WRONG_VERSION_NUMBER',
  message: 'wrong version number',
});
const closes = after({
  kind: 'error',
  phase: 'first-byte',
  code: 'EOF',
  message: 'closed before its answer was complete',
});
const unavailable = () => times(3, () => sample({ status: 503 }));
/** An event stream: it has begun to answer, and goes on. */
const endless = () =>
  times(3, () =>
    sample({
      connectMs: 0.4,
      firstByteMs: 2,
      bodyMs: 7000,
      outcome: { kind: 'cut', phase: 'body', waitedMs: 7000 },
      status: 200,
    }),
  );
const hung = after({ kind: 'silent', phase: 'first-byte', waitedMs: 16_700, code: null });

/** Only what pods of its own node send over their bridge arrives. */
const undelivered: Break = (path, from) =>
  path.to.kind === 'backend' &&
  path.to.address === first.addresses[0] &&
  (from.kind === 'host' || from.node !== first.node)
    ? times(3, silent)
    : null;

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  [
    'other nodes alone do not reach it: its own node delivers',
    { breaks: [(path, from, to) => (from.node === first.node ? null : undelivered(path, from, to))] },
  ],
  ['its node is cut off', { breaks: [overlayBetween('worker-1', null)] }],
  ['all pods answer in another protocol', { breaks: web.map((each) => pod(each, wrongProtocol)) }],
  ['all pods close connections without an answer', { breaks: web.map((each) => pod(each, closes)) }],
  ['all pods answer HTTP 503', { breaks: web.map((each) => pod(each, unavailable)) }],
  ['all pods begin an answer that does not end', { breaks: web.map((each) => pod(each, endless)) }],
  ['all pods refuse', { breaks: [pod(first, closed), pod(second, closed)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for<[number, { name: string; ms: number }]>([
  [1000, { name: 'request timeout of Ingress shop/web', ms: 1000 }],
  [9000, { name: 'contour connect timeout', ms: 2000 }],
])(
  'speaking: behind a limit of %i ms for a whole request, what ends first is the timer',
  ([requestTimeoutMs, timer]) => {
    const pods = nginx.map(({ namespace, name }) => ({ namespace, name }));
    const settings = { implementation: 'contour', connectTimeoutMs: 2000, readTimeoutMs: 15_000, tries: null };
    const timers = { connectTimeoutMs: null, readTimeoutMs: null, tries: null, requestTimeoutMs };
    const cluster = shopCluster({ controllers: [controller({ pods, ...settings })], routes: [route({ timers })] });
    const ended: Break = (path) =>
      path.to.kind === 'entry' ? [sample({ firstByteMs: timer.ms + 1, status: 504 }), sample({ status: 200 })] : null;
    const verdict = diagnose({ cluster, breaks: [pod(first), ended] });
    expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', explains: 1, timer }]);
  },
);

test('speaking: one pod is silent for everybody, and the ingress makes 5 s of it', () => {
  const verdict = diagnose({ breaks: [pod(first), slowEntries] });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Pod', name: 'web-1' },
    timer: { ms: 5000 },
    explains: 1,
  });
});

test('speaking, never proven: its node does not deliver to it, pods beside it reach it', () => {
  const [finding, ...more] = diagnose({ breaks: [undelivered, slowEntries] }).findings;
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ diagnosis: id, certainty: 'likely', object: { kind: 'Pod', name: 'web-1' } });
  expect(finding?.title).toContain('answers only pods of its own node: worker-1 does not deliver to it');
  expect(finding?.wouldSettle).toContain('ip neigh show');
});

test('speaking: one pod accepts and never says a word', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [pod(first, hung)] })).toMatchObject({
    object: { name: 'web-1' },
  });
});

test.for<[string, () => Sample[], string]>([
  ['answers HTTP 503', unavailable, 'answers every request with HTTP 503'],
  ['closes every connection', closes, 'closes every connection without an answer'],
])('speaking: one pod of two %s', ([, what, says]) => {
  const finding = findingOf(id, { target: serviceOnly(), breaks: [pod(first, what)] });
  expect(finding).toMatchObject({ certainty: 'proven', object: { kind: 'Pod', name: 'web-1' }, timer: null });
  expect(finding?.title).toContain(says);
});

test('speaking: one pod of two refuses', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [pod(first, closed)] })).toMatchObject({
    certainty: 'proven',
    object: { name: 'web-1' },
  });
});

test('speaking: an address that no pod has is blamed on its EndpointSlice', () => {
  const stale = { address: '10.244.2.250', port: 8080, ready: true, node: null, pod: null, slice: 'web-manual' };
  const asked = shopTarget();
  const target = {
    ...asked,
    service: asked.service === null ? null : { ...asked.service, backends: [...asked.service.backends, stale] },
  };
  const gone: Break = (path) =>
    'address' in path.to && path.to.address === stale.address
      ? pod({ ...first, addresses: [stale.address] })(path, undefined as never, null)
      : null;
  expect(findingOf(id, { target, breaks: [gone] })).toMatchObject({
    certainty: 'proven',
    object: { kind: 'EndpointSlice', namespace: 'shop', name: 'web-manual' },
  });
});

test('where no selector chooses, the slice may hold the address of another pod, and says who keeps it', () => {
  const facts = shopCluster();
  const [service, ...services] = facts.services;
  if (service === undefined) throw new Error('the shop has a Service');
  const endpointSlices = facts.endpointSlices.map((slice) =>
    slice.service === service.name
      ? { ...slice, managedBy: 'sync.example.com', endpoints: slice.endpoints.map((each) => ({ ...each, pod: null })) }
      : slice,
  );
  const cluster = { ...facts, services: [{ ...service, selector: {} }, ...services], endpointSlices };
  const dead = { breaks: [pod(first, closed)] };
  // Where its keeper names the pod, or a selector chooses, it is the pod's own matter.
  for (const over of [{ endpointSlices: facts.endpointSlices }, { services: facts.services }])
    expect(findingOf(id, { ...dead, cluster: { ...cluster, ...over } })?.object).toMatchObject({ kind: 'Pod' });
  const finding = findingOf(id, { ...dead, cluster });
  expect(finding).toMatchObject({ certainty: 'proven', object: { kind: 'EndpointSlice', namespace: 'shop' } });
  expect(finding?.fix?.says).toContain('sync.example.com does');
  expect(finding?.fix?.says).toContain('that of pod shop/web-1');
  expect(finding?.fix?.says).not.toContain('delete pod');
});

test('speaking: a Service whose second SYN finds another endpoint is no loss beside it', () => {
  const second = () =>
    times(3, () =>
      sample({
        connectMs: 1017,
        firstByteMs: 2,
        synRetransmissions: 1,
        status: 200,
        counters: { 'TcpExt.TCPSynRetrans': 1 },
      }),
    );
  const service: Break = (path) => (path.to.kind === 'service' ? second() : null);
  const verdict = diagnose({ target: serviceOnly(), breaks: [pod(first), service] });
  expect(verdict.findings.map((finding) => finding.diagnosis)).toEqual([id]);
});

test('silent: the only endpoint is slow, not dead, where the Service served somebody', () => {
  const cluster = shopCluster({ pods: shopCluster().pods.filter(({ name }) => name !== second.name) });
  const only = serviceOnly();
  const target = {
    ...only,
    service: only.service === null ? null : { ...only.service, backends: only.service.backends.slice(0, 1) },
  };
  const slow: Break = (path) =>
    path.to.kind === 'service'
      ? [...hung(), sample({ connectMs: 0.4, firstByteMs: 1400, status: 200 }), ...hung()]
      : null;
  expect(findingOf(id, { cluster, target, breaks: [slow, pod(first, hung)] })).toBeNull();
  const failing: Break = (path) => (path.to.kind === 'service' ? hung() : null);
  expect(findingOf(id, { cluster, target, breaks: [failing, pod(first, hung)] })).not.toBeNull();
});

test('whoever answers with errors as well is no contrast', () => {
  const third = { ...second, name: 'web-3', addresses: ['10.244.3.11'], node: 'worker-3' };
  const cluster = shopCluster({ pods: [...shopCluster().pods, third] });
  const only = serviceOnly();
  const backend = {
    ...only.service?.backends[1],
    address: '10.244.3.11',
    node: 'worker-3',
    pod: { namespace: 'shop', name: 'web-3' },
  };
  const target = {
    ...only,
    service: { ...only.service, backends: [...(only.service?.backends ?? []), backend] },
  } as ReturnType<typeof serviceOnly>;
  const { findings } = diagnose({ cluster, target, breaks: [pod(first, unavailable), pod(second, unavailable)] });
  const others = findings
    .filter(({ diagnosis }) => diagnosis === id)
    .map(({ evidence }) => evidence.find(({ label }) => label === 'Others')?.says);
  expect(others).toEqual(['web-3 answers the same sources', 'web-3 answers the same sources']);
});

const isDead = pod(first, closed);

/** The first pod is dead, and the endpoints of the Service carry such hints; what is told of who meets it. */
function whoMeets(hints: readonly (Hints | null)[], world: Omit<World, 'breaks'> = {}): readonly string[] {
  const { service } = shopTarget();
  if (service === null) throw new Error('the shop has a Service');
  const backends = service.backends.map((each, index) => {
    const hint = hints[index] ?? null;
    return hint === null ? each : { ...each, hints: hint };
  });
  const target = serviceOnly({ service: { ...service, backends } });
  const found = findingOf(id, { target, breaks: [isDead], ...world });
  return found?.evidence.flatMap(({ label, says }) => (label === 'Who' ? [says] : [])) ?? ['no finding'];
}

const [zoneA, zoneB] = ['a', 'b'].map((zone): Hints => ({ zones: [zone], nodes: [] }));
const onNode: Hints = { zones: ['a'], nodes: ['worker-1'] };

test.for<[string, readonly (Hints | null)[], readonly RegExp[]]>([
  ['no hints: whoever is sent there', [], []],
  ['one endpoint has none: kube-proxy follows none', [zoneA ?? null, null], []],
  ['zones', [zoneA ?? null, zoneB ?? null], [/those in zone a \(1 of the 1 endpoint for it\) meet it, others never/]],
  ['one zone', [zoneA ?? null, zoneA ?? null], [/those in zone a \(1 of the 2 endpoints for it\)/]],
  ['nodes', [onNode, { zones: ['a'], nodes: ['worker-2'] }], [/zone a \(1 of the 2/, /node worker-1 \(1 of the 1/]],
])('tells who meets it, by hints: %s', ([, hints, says]) => {
  const told = whoMeets(hints);
  expect(told).toHaveLength(says.length);
  for (const [index, pattern] of says.entries()) expect(told[index]).toMatch(pattern);
});

test('tells that a client stays with it', () => {
  const sticky = { ...service(), sessionAffinitySeconds: 10_800 };
  const others = shopCluster().services.slice(1);
  const [says] = whoMeets([], { cluster: shopCluster({ services: [sticky, ...others] }) });
  expect(says).toMatch(/stays with the endpoint that it met first until it was away for 10800 s/);
});

test('a pod that is not Ready and published all the same: the Service says so', () => {
  const publishing = { ...service(), publishNotReadyAddresses: true };
  const others = shopCluster();
  const unready = { ...first, ready: false } as typeof first;
  const cluster = shopCluster({
    pods: [unready, ...others.pods.filter(({ name }) => name !== 'web-1')],
    services: [publishing, ...others.services.slice(1)],
  });
  const found = findingOf(id, { cluster, target: serviceOnly(), breaks: [isDead] });
  expect(found?.fix?.says).toContain('take publishNotReadyAddresses away');
});
