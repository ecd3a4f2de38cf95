import { expect, test } from 'vitest';
import type { Path } from '../../../src/model/plan.ts';
import type { Target } from '../../../src/model/target.ts';
import { entry, refused, serviceTarget, backend, silent, times, unreachable } from '../make.ts';
import { diagnose, dualCluster, findingOf, serviceOnly, shopTarget, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'unanswered-ipv6';
const six = [1, 2].map((number) => ({ ...backend(web[number - 1]!), address: `fd00:244:${number}::11` }));
const dual = serviceTarget({ backends: web.map(backend), other: { clusterIp: 'fd00:96::80', backends: six } });
const asked: Target = serviceOnly({ service: dual });
const published: Target = shopTarget({
  otherEntries: [1, 2, 3].map((number) => entry(`worker-${number}`, { address: `fd00:30::1${number}` })),
});

const isSix = ({ to }: Path) =>
  'address' in to ? to.address.includes(':') : to.kind === 'agent' && to.family === 'IPv6';
const isFour = (path: Path) => !isSix(path) && path.probe.kind !== 'dns' && path.probe.kind !== 'resolver';
const deadSix: Break = (path) => (isSix(path) ? times(2, silent) : null);
const refusedSix: Break = (path) => (isSix(path) && path.to.kind !== 'agent' ? times(2, refused) : null);
const deadFour: Break = (path) => (isFour(path) ? times(4, silent) : null);
const outside: Break = (path, from) => (isSix(path) && from.kind === 'local' ? times(2, silent) : null);
const wayless: Break = (path, from) =>
  isSix(path) && from.kind === 'local' ? times(2, () => unreachable({ code: 'ENETUNREACH' })) : null;

const world = (target: Target, ...breaks: Break[]) => ({ cluster: dualCluster(), target, breaks });

test.for<[string, ReturnType<typeof world>]>([
  ['both families answer', world(asked)],
  ['the entries answer by both families', world(published)],
  ['only IPv4 is offered', world(serviceOnly(), deadSix)],
  ['both are dead alike', world(asked, deadSix, deadFour)],
  ['IPv4 is dead, IPv6 is not', world(asked, deadFour)],
  ['this machine has no way by IPv6, the others have', world(published, wayless)],
])('silent: %s', ([, each]) => {
  expect(findingOf(id, each)).toBeNull();
});

test.for<[string, ReturnType<typeof world>]>([
  ['both families answer', world(asked)],
  ['the entries answer by both families', world(published)],
  ['this machine has no way by IPv6, the others have', world(published, wayless)],
])('healthy: %s', ([, each]) => {
  expect(diagnose(each)).toMatchObject({ status: 'healthy', findings: [] });
});

test.for<[string, Break, object, RegExp]>([
  ['silent', deadSix, { timer: { ms: 250 } }, /forwarding/u],
  ['refused by the pods, while probe pods beside them answer', refusedSix, { timer: null }, /listen on \[::\]/u],
])('speaking: the Service is offered by IPv6, which is %s', ([, rule, expected, fix]) => {
  const verdict = diagnose(world(asked, rule));
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Service', namespace: 'shop', name: 'web' },
    explains: 1,
    ...expected,
  });
  expect(verdict.findings[0]?.fix?.says).toMatch(fix);
});

test('speaking: the entries are published by IPv6, and silent to this machine', () => {
  const verdict = diagnose(world(published, outside));
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', object: { kind: 'Ingress' } });
  expect(verdict.findings[0]?.fix?.says).toContain('fd00:30::11');
});

test('an endpoint that is dead by both families is a dead endpoint, and nothing else', () => {
  const isFirst = ({ to }: Path) => to.kind === 'backend' && to.pod?.name === 'web-1';
  const rule: Break = (path) => (isFirst(path) ? times(4, silent) : null);
  expect(diagnose(world(asked, rule)).findings.map(({ diagnosis }) => diagnosis)).toEqual(['dead-endpoint']);
});
