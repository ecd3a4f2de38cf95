import { describe, expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { entry, sample, service, silent, times } from '../make.ts';
import { diagnose, findingOf, nginx, run, shopCluster, shopTarget, web } from '../world.ts';
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

describe('a Service that names who may come', () => {
  const ranged = (sourceRanges: readonly string[]): World => ({
    ...published,
    cluster: { ...facts, services: [...facts.services, { ...balancer, sourceRanges: [...sourceRanges] }] },
  });
  const told = (world: World, breaks: readonly Break[]) => {
    const { hellos } = run(world);
    const from = new Map(run(world).plan.agents.map(({ id, node }) => [id, node?.replace(/\D/gu, '') ?? '9']));
    const over = { hellos: hellos.map((each) => ({ ...each, addresses: [`10.244.${from.get(each.agent) ?? 9}.99`] })) };
    return findingOf(id, { ...world, breaks, over });
  };

  test('speaking: it leaves out whoever asks from inside, also where this machine is left out', () => {
    const finding = told(ranged(['198.51.100.0/24']), [at(PUBLIC, hangs, everywhere)]);
    expect(finding).toMatchObject({ certainty: 'proven', object: { kind: 'Service', name: 'nginx' } });
    expect(finding?.title).toMatch(/keeps the cluster's own pods out by its loadBalancerSourceRanges/u);
    expect(finding?.fix?.says).toContain('nginx.ingress-nginx.svc');
  });

  test('silent: pods are within it, and the address works from nowhere', () => {
    expect(told(ranged(['10.244.0.0/16']), [at(PUBLIC, hangs, everywhere)])).toBeNull();
  });

  test('silent: it leaves them out, and nodes let them in all the same', () => {
    expect(told(ranged(['198.51.100.0/24']), [])).toBeNull();
  });
});
