import { expect, test } from 'vitest';
import { pod as podBreak } from '../breaks.ts';
import { controller, route, sample, silent, times, unreadGap } from '../make.ts';
import { diagnose, findingOf, shopCluster, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'missing-ingress-controller';
const nowhere = shopTarget({ entries: [], className: 'traefik' });
const cloud = { name: 'alb', controller: 'ingress.k8s.aws/alb', isDefault: false };

test.for([
  ['the class is served', {}],
  [
    'the class is served by a load balancer outside',
    { target: shopTarget({ entries: [], className: 'alb' }), cluster: shopCluster({ ingressClasses: [cloud] }) },
  ],
] as const)('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the class does not exist', () => {
  expect(findingOf(id, { target: nowhere })).toMatchObject({
    certainty: 'proven',
    object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
  });
});

test('speaking: the class exists and its controller has no pod', () => {
  const cluster = shopCluster({
    ingressClasses: [{ name: 'traefik', controller: 'traefik.io/ingress-controller', isDefault: false }],
    controllers: [controller({ className: 'traefik', implementation: 'traefik', pods: [] })],
  });
  expect(findingOf(id, { target: nowhere, cluster })).toMatchObject({ certainty: 'proven' });
});

test('speaking: an unknown implementation is only possible, and says what would settle it', () => {
  const cluster = shopCluster({
    ingressClasses: [{ name: 'traefik', controller: 'example.com/own', isDefault: false }],
    controllers: [controller({ className: 'traefik', implementation: 'unknown', pods: [] })],
  });
  expect(findingOf(id, { target: nowhere, cluster })).toMatchObject({
    certainty: 'possible',
    wouldSettle: expect.any(String),
  });
});

const answers =
  (status: number): Break =>
  ({ to }) =>
    to.kind === 'entry' ? times(4, () => sample({ connectMs: 0.4, firstByteMs: 1, status })) : null;
const typo = shopTarget({ path: '/typo' });
const under = (path: string, over: object = {}) => shopCluster({ routes: [route({ path, ...over })] });
const NOT_ACCEPTED = {
  type: 'Accepted',
  reason: 'NotAllowedByListeners',
  message: 'namespace shop is not allowed',
  of: { kind: 'HTTPRoute', namespace: 'shop', name: 'web' },
};
const gatewayTarget = shopTarget({ route: { kind: 'HTTPRoute', namespace: 'shop', name: 'web' } });
const refused = (condition: object) =>
  shopCluster({ routes: [route({ kind: 'HTTPRoute', conditions: [{ ...NOT_ACCEPTED, ...condition }] })] });

test.for<[string, World]>([
  ['a rule has the path, and a page comes', { target: typo }],
  ['no rule has it, and a page comes', { target: typo, cluster: under('/api') }],
  [
    'a rule may have it: its path is a pattern',
    { target: typo, cluster: under('/ty(po|pe)', { pathType: 'ImplementationSpecific' }), breaks: [answers(404)] },
  ],
  [
    'rules could not all be read',
    { target: typo, cluster: { ...under('/api'), unread: [unreadGap('ingresses')] }, breaks: [answers(404)] },
  ],
  ['a status denies, and pages come all the same', { target: gatewayTarget, cluster: refused({}) }],
  [
    'a status denies a reference, which is another diagnosis',
    { target: gatewayTarget, cluster: refused({ reason: 'RefNotPermitted' }), breaks: [answers(500)] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: no rule of the host has the path', () => {
  const verdict = diagnose({ target: typo, cluster: under('/api'), breaks: [answers(404)] });
  expect(verdict.findings).toMatchObject([
    {
      diagnosis: id,
      certainty: 'proven',
      explains: 1,
      title: 'No route of shop.example.com serves /typo; its routes are /api',
      object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
    },
  ]);
  expect(verdict.notMeasured).toEqual([]);
});

test('speaking: where the endpoints lack the page as well, it is likely', () => {
  const notFound = () => times(3, () => sample({ status: 404 }));
  const breaks = [answers(404), ...web.map((each) => podBreak(each, notFound))];
  expect(findingOf(id, { target: typo, cluster: under('/api'), breaks })).toMatchObject({ certainty: 'likely' });
});

test('speaking: the controller refuses the route, and says why', () => {
  const verdict = diagnose({ target: gatewayTarget, cluster: refused({}), breaks: [answers(404)] });
  expect(verdict.findings).toMatchObject([
    {
      diagnosis: id,
      certainty: 'proven',
      title: 'HTTPRoute shop/web is not served: Accepted is False (NotAllowedByListeners)',
    },
  ]);
});

test('speaking: its Gateway has no address at all', () => {
  const of = { kind: 'Gateway', namespace: 'infra', name: 'public' };
  const cluster = refused({ type: 'Programmed', reason: 'AddressNotAssigned', of });
  const target = shopTarget({ route: gatewayTarget.route, entries: [] });
  expect(findingOf(id, { target, cluster })).toMatchObject({
    title: 'HTTPRoute shop/web is not served by Gateway infra/public: Programmed is False (AddressNotAssigned)',
    object: of,
  });
});

test('what a status denies is told also where all is answered', () => {
  const verdict = diagnose({
    target: gatewayTarget,
    cluster: refused({ type: 'ResolvedRefs', reason: 'InvalidKind' }),
  });
  expect(verdict.notMeasured).toEqual([
    {
      what: 'what the status of HTTPRoute shop/web denies',
      because: 'it says ResolvedRefs is False (InvalidKind): namespace shop is not allowed',
    },
  ]);
});

const split = route({
  kind: 'HTTPProxy',
  absentInclude: { namespace: 'team', name: 'child' },
  service: 'child',
  path: '/',
});
const proxied = shopTarget({ route: { kind: 'HTTPProxy', namespace: 'shop', name: 'web' }, service: null });

test('silent: the proxy includes what is not there, and another rule serves the path', () => {
  const cluster = shopCluster({ routes: [split, route({ kind: 'HTTPProxy' })] });
  expect(findingOf(id, { target: proxied, cluster, breaks: [answers(502)] })).toBeNull();
});

test('speaking: the proxy includes for the path what is not there', () => {
  const verdict = diagnose({ target: proxied, cluster: shopCluster({ routes: [split] }), breaks: [answers(502)] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', object: { kind: 'HTTPProxy' } }]);
  expect(verdict.findings[0]?.title).toContain('team/child');
});

test.for<[string, World]>([
  [
    'one proxy has it',
    {
      breaks: [(...all) => (all[0].to.kind === 'entry' && all[0].to.node === 'worker-1' ? null : answers(404)(...all))],
    },
  ],
  ['they answer something else than "not found"', { breaks: [answers(403)] }],
  [
    'one does not answer at all',
    {
      breaks: [
        (...all) =>
          all[0].to.kind === 'entry' && all[0].to.node === 'worker-1' ? times(4, silent) : answers(404)(...all),
      ],
    },
  ],
  [
    'a plain GET does not meet its only rule',
    { cluster: shopCluster({ routes: [route({ isConditional: true })] }), breaks: [answers(404)] },
  ],
  [
    'it may be for another listener',
    { target: gatewayTarget, cluster: shopCluster({ routes: [route({ kind: 'HTTPRoute' })] }), breaks: [answers(404)] },
  ],
  [
    'the pods say "not found" as well',
    { breaks: [answers(404), ...web.map((each) => podBreak(each, () => times(3, () => sample({ status: 404 }))))] },
  ],
  [
    'one pod of two says so',
    {
      breaks: [
        answers(404),
        ...web.slice(0, 1).map((each) => podBreak(each, () => times(3, () => sample({ status: 404 })))),
      ],
    },
  ],
])('silent of proxies without the route: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: class, rule and Service are right, and every proxy answers 404 where the pods answer', () => {
  const { status, findings } = diagnose({ breaks: [answers(404)] });
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'likely', explains: 1, object: { kind: 'Ingress', namespace: 'shop', name: 'web' } },
  ]);
  expect(findings[0]?.wouldSettle).toContain('access log');
  expect(findings[0]?.fix?.says).toContain('kubectl -n ingress-nginx logs nginx-1');
});
