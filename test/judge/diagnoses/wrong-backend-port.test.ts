import { expect, test } from 'vitest';
import { pod as podBreak } from '../breaks.ts';
import { backend, pod, refused, route, sample, service, serviceTarget, times, unreadGap } from '../make.ts';
import { dns, diagnose, findingOf, nginx, serviceOnly, shopCluster, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'wrong-backend-port';
const DECLARED = 9000;
/** The Service sends to 8080; the containers declare 9000. */
const elsewhere = web.map((each) => pod({ ...each, ports: [{ name: 'http', port: DECLARED, protocol: 'TCP' }] }));
const cluster = shopCluster({ pods: [...elsewhere, ...nginx, ...dns] });
const reset = () => times(3, refused);
const rejected = () => times(3, () => refused({ counters: { 'IcmpMsg.InType3': 1 } }));
const closed: Break[] = web.map((each) => (path) => {
  const { to } = path;
  return to.kind === 'backend' && each.addresses.includes(to.address) && to.port !== DECLARED ? reset() : null;
});
const fromEntries =
  (status: number): Break =>
  ({ to }) =>
    to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 2, status })) : null;
/** A Service of which the target's port leads to nobody. */
const unserved = shopTarget({ service: serviceTarget({ backends: [] }) });
const named = (targetPort: string) => shopCluster({ services: [service({ ports: [{ ...PORT, targetPort }] })] });
const PORT = { name: 'http', port: 80, targetPort: 8080, nodePort: null, protocol: 'TCP' } as const;
const routed = (port: number | string) => shopCluster({ routes: [route({ port })] });
const ledTo = (name: string) => shopCluster({ routes: [route({ service: name })] });
const noService = shopTarget({ service: null });

test.for<[string, World]>([
  ['everything answers', {}],
  ['an undeclared port that is open, and the declared one is not', { cluster, breaks: [declaredIsClosed] }],
  ['the declared port is the one that is closed', { breaks: web.map((each) => podBreak(each, reset)) }],
  ['neither port is open', { cluster, breaks: web.map((each) => podBreak(each, reset)) }],
  ['rejected by ICMP, which no closed port does', { cluster, breaks: web.map((each) => podBreak(each, rejected)) }],
  ['one pod of two refuses', { cluster, breaks: closed.slice(0, 1) }],
  ['a named port that pods have, and none is ready', { cluster: named('http'), target: unserved }],
  [
    'a route that names a port of the Service by number',
    { cluster: routed(80), target: noService, breaks: [fromEntries(503)] },
  ],
  [
    'a route that names a port of the Service by name',
    { cluster: routed('http'), target: noService, breaks: [fromEntries(503)] },
  ],
  ['a route to a port that is not there, and it is answered', { cluster: routed(8088), target: noService }],
  ['a route to a Service that is not there, and it is answered', { cluster: ledTo('wbe'), target: noService }],
  [
    'a route to a Service that is not there, as far as Services could be read',
    {
      cluster: { ...ledTo('wbe'), unread: [unreadGap('services')] },
      target: noService,
      breaks: [fromEntries(503)],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

function declaredIsClosed(path: Parameters<Break>[0]) {
  return 'port' in path.to && path.to.port === DECLARED ? reset() : null;
}

test('an undeclared port that is open is healthy, whatever the declared one does', () => {
  expect(diagnose({ cluster, breaks: [declaredIsClosed] }).status).toBe('healthy');
});

test('speaking: a number that is closed, beside the declared one that is open', () => {
  const verdict = diagnose({ cluster, target: serviceOnly(), breaks: closed });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({ certainty: 'proven', object: { kind: 'Service', name: 'web' } });
  expect(verdict.findings[0]?.fix?.says).toContain('9000');
});

test('speaking: through an ingress all of it is claimed', () => {
  const verdict = diagnose({ cluster, breaks: [...closed, fromEntries(502)] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', explains: 1 }]);
  expect(verdict.notMeasured).toEqual([]);
});

test('where the declared port could not be asked, the closed port is all that is known', () => {
  const unknown: Break = (path) => ('port' in path.to && path.to.port === DECLARED ? [] : null);
  const world = { cluster, target: serviceOnly(), breaks: [unknown, ...closed] };
  expect(diagnose(world).findings.map(({ diagnosis }) => diagnosis)).toEqual(['refused-connection']);
});

test('speaking: a name that no pod has', () => {
  const verdict = diagnose({
    cluster: named('web'),
    target: unserved,
    breaks: [fromEntries(503), ({ to }) => (to.kind === 'service' ? rejected() : null)],
  });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Service', name: 'web' } },
  ]);
});

test('speaking: a route to a port that its Service lacks', () => {
  const verdict = diagnose({ cluster: routed(8088), target: noService, breaks: [fromEntries(503)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Ingress', name: 'web' } },
  ]);
});

// Contour 1.33 has no route at all for an Ingress whose Service or port is not there, and its Envoys answer 404.
test.for([8088, 'wbe'])('speaking: the proxy says 404 for a route to %s', (away) => {
  const cluster = typeof away === 'number' ? routed(away) : ledTo(away);
  const verdict = diagnose({ cluster, target: noService, breaks: [fromEntries(404)] });
  expect(verdict.status).toBe('faulty');
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', object: { kind: 'Ingress' } }]);
});

test('speaking: a route to a Service that does not exist, with the nearest of its namespace', () => {
  const verdict = diagnose({ cluster: ledTo('wbe'), target: noService, breaks: [fromEntries(503)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', explains: 1, object: { kind: 'Ingress', name: 'web' } },
  ]);
  expect(verdict.findings[0]?.title).toContain('shop/wbe, which does not exist');
  expect(verdict.findings[0]?.fix?.says).toContain(': web,');
});

const crossing = { kind: 'HTTPRoute' as const, namespace: 'blog', serviceNamespace: 'shop', service: 'web' };
const refusal = {
  type: 'ResolvedRefs',
  reason: 'RefNotPermitted',
  message: 'no grant',
  of: { kind: 'HTTPRoute', namespace: 'blog', name: 'web' },
};
const across = (over: object) => shopCluster({ routes: [route({ ...crossing, ...over })] });
const asHttpRoute = shopTarget({ route: { kind: 'HTTPRoute', namespace: 'blog', name: 'web' } });

test.for<[string, World]>([
  ['it is admitted', { cluster: across({}), breaks: [fromEntries(500)] }],
  ['nobody admits it, and it is answered: what was read is not the whole', { cluster: across({ isUngranted: true }) }],
  [
    'its own namespace',
    {
      cluster: shopCluster({ routes: [route({ ...crossing, namespace: 'shop', conditions: [refusal] })] }),
      target: shopTarget({ route: { kind: 'HTTPRoute', namespace: 'shop', name: 'web' } }),
      breaks: [fromEntries(500)],
    },
  ],
  [
    'the application itself answers with errors',
    {
      cluster: across({ isUngranted: true, conditions: [refusal] }),
      breaks: [fromEntries(500), ...web.map((each) => podBreak(each, () => times(3, () => sample({ status: 500 }))))],
    },
  ],
])('silent: a reference to another namespace, %s', ([, world]) => {
  expect(findingOf(id, { target: asHttpRoute, ...world })).toBeNull();
});

test.for<[string, object, string]>([
  ['as grants and the status say', { isUngranted: true, conditions: [refusal] }, 'proven'],
  ['as the status says', { conditions: [refusal] }, 'proven'],
  ['as far as grants tell, and no controller says so', { isUngranted: true }, 'likely'],
])('speaking: a reference that is not admitted, %s', ([, over, certainty]) => {
  const found = findingOf(id, { cluster: across(over), target: asHttpRoute, breaks: [fromEntries(500)] });
  expect(found).toMatchObject({ certainty, object: { kind: 'HTTPRoute', namespace: 'blog', name: 'web' } });
  expect(found?.fix?.manifest).toContain(
    'kind: ReferenceGrant\nmetadata:\n  name: allow-httproutes-of-blog\n  namespace: shop',
  );
});

const byUdp = serviceOnly({ service: serviceTarget({ protocol: 'UDP', backends: web.map(backend) }) });
const onlyUdp = shopCluster({ services: [service({ ports: [{ ...PORT, protocol: 'UDP' }] })] });
const turnedAway: Break = ({ to }) => (to.kind === 'service' ? rejected() : null);

test('silent: a server of UDP, whose pods do not answer by TCP either', () => {
  const silentPods: Break = ({ to }) => (to.kind === 'backend' ? reset() : null);
  expect(findingOf(id, { cluster: onlyUdp, target: byUdp, breaks: [turnedAway, silentPods] })).toBeNull();
});

test('speaking: the Service passes on by UDP what its pods answer by TCP', () => {
  const finding = findingOf(id, { cluster: onlyUdp, target: byUdp, breaks: [turnedAway] });
  expect(finding).toMatchObject({ certainty: 'proven', object: { kind: 'Service', name: 'web' } });
  expect(finding?.title).toContain('UDP');
});
