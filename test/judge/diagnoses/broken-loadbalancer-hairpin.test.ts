import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { entry, sample, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, shopCluster, shopTarget, web } from '../world.ts';
import type { Break, World } from '../world.ts';
import { pod } from '../breaks.ts';

const id = 'broken-loadbalancer-hairpin';
const PUBLIC = '203.0.113.10';
const balancer = service({
  namespace: 'ingress-nginx',
  name: 'nginx',
  clusterIps: ['10.96.0.40'],
  externalAddresses: [PUBLIC],
  selector: { app: 'nginx' },
});
const shop = shopTarget();
const facts = shopCluster();
const published: World = {
  cluster: { ...facts, services: [...facts.services, balancer] },
  target: { ...shop, entries: [...shop.entries, { ...entry('none'), address: PUBLIC, node: null, pod: null }] },
};
const unpublished: World = { ...published, cluster: facts };

const hangs = (): Sample[] => times(4, () => silent());
const reset = (): Sample[] =>
  times(4, () => sample({ connectMs: 0.4, outcome: { kind: 'reset', phase: 'first-byte' } }));
const badRequest = (): Sample[] => times(4, () => sample({ connectMs: 0.4, firstByteMs: 1, status: 400 }));
const inside = (from: string) => from !== 'local';
const everywhere = () => true;
const at =
  (address: string | null, what: () => Sample[], isFrom: (from: string) => boolean): Break =>
  (path) =>
    path.to.kind === 'entry' && (address === null || path.to.address === address) && isFrom(path.from) ? what() : null;
const someFail = (): Sample[] => [silent(), sample({ connectMs: 1, status: 200 }), silent(), sample({ status: 200 })];

test.for<[string, World, Break[]]>([
  ['everything answers', published, []],
  ['it works from inside and not from outside', published, [at(PUBLIC, hangs, (from) => !inside(from))]],
  ['it works from nowhere', published, [at(PUBLIC, hangs, everywhere)]],
  ['no entry works', published, [at(null, hangs, everywhere)]],
  ['all entries fail from inside', published, [at(null, hangs, inside)]],
  ['the backends fail', published, [at(null, hangs, inside), ...web.map((each) => pod(each))]],
  ['it fails at times', published, [at(PUBLIC, someFail, inside)]],
  ['no Service has this address', unpublished, [at(PUBLIC, hangs, inside)]],
  ['the address is that of a proxy itself', published, [at(nginx[1]?.addresses[0] ?? '', hangs, inside)]],
])('silent: %s', ([, world, breaks]) => {
  expect(findingOf(id, { ...world, breaks })).toBeNull();
});

test.for<[string, () => Sample[], RegExp]>([
  ['hangs', hangs, /cannot be reached from inside/u],
  ['is reset', reset, /answers otherwise from inside/u],
  ['is answered 400', badRequest, /answers otherwise from inside/u],
])('speaking: it %s from inside', ([, what, title]) => {
  const verdict = diagnose({ ...published, breaks: [at(PUBLIC, what, inside)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Service', namespace: 'ingress-nginx', name: 'nginx' } },
  ]);
  expect(verdict.findings[0]?.title).toMatch(title);
  expect(verdict.findings[0]?.explains).toBeGreaterThan(0.9);
});

test('from one node of three only, it may be the node', () => {
  const breaks = [at(PUBLIC, hangs, (from) => from === 'control@worker-2')];
  expect(findingOf(id, { ...published, breaks })).toMatchObject({ certainty: 'likely' });
});

test('where this machine stands nowhere, a dead balancer looks the same', () => {
  const breaks = [at(PUBLIC, hangs, inside), at(null, hangs, (from) => !inside(from))];
  expect(findingOf(id, { ...published, breaks })?.certainty ?? null).not.toBe('proven');
});
