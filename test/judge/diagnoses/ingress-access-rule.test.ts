import { expect, test } from 'vitest';
import type { AccessRule } from '../../../src/model/cluster.ts';
import { route, sample, times } from '../make.ts';
import { judge } from '../../../src/judge/judge.ts';
import { diagnose, findingOf, run, shopCluster } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'ingress-access-rule';
const under = (...access: AccessRule[]): Pick<World, 'cluster'> => ({
  cluster: shopCluster({ routes: [{ ...route(), access }] }),
});
const offices: AccessRule = { setting: 'whitelist-source-range', ranges: ['203.0.113.0/24'] };
const sso: AccessRule = { setting: 'auth-url', url: 'http://sso.intranet.svc.cluster.local/check' };

const answers = (status: number, firstByteMs = 2) => times(4, () => sample({ connectMs: 0.4, firstByteMs, status }));
const atEntries =
  (status: number, firstByteMs?: number, isMet: (node: string | null) => boolean = () => true): Break =>
  ({ to, probe }, { node }) =>
    probe.kind === 'http' && to.kind === 'entry' && isMet(node) ? answers(status, firstByteMs) : null;
const straight =
  (status: number, firstByteMs?: number): Break =>
  ({ to, probe }) =>
    probe.kind === 'http' && to.kind === 'backend' ? answers(status, firstByteMs) : null;

test.for<[string, World]>([
  ['everything answers', under(offices, sso)],
  ['403 where no rule is set', { breaks: [atEntries(403)] }],
  ['the endpoints say 403 as well', { ...under(offices), breaks: [atEntries(403), straight(403)] }],
  ['who is sent to log in gets an answer', { ...under(sso), breaks: [atEntries(302)] }],
  ['502 is no answer to a foreign address', { ...under(offices), breaks: [atEntries(502)] }],
  ['slow, where only addresses are looked at', { ...under(offices), breaks: [atEntries(200, 2500)] }],
  ['the endpoints are as slow', { ...under(sso), breaks: [atEntries(200, 2500), straight(200, 2500)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for<[string, World, RegExp]>([
  ['source ranges', { ...under(offices), breaks: [atEntries(403)] }, /elsewhere than 203\.0\.113\.0\/24: HTTP 403/],
  [
    'a slow service that is asked first',
    { ...under(sso), breaks: [atEntries(200, 2500)] },
    /wait for http:\/\/sso\.intranet\.svc\.cluster\.local\/check before each request/,
  ],
  [
    'one that is down',
    { ...under(sso), breaks: [atEntries(500)] },
    /ask http:\/\/sso.* and it does not say yes: HTTP 500/,
  ],
])('speaking, likely, for nobody is served there: %s', ([, world, title]) => {
  const { status, findings } = diagnose(world);
  expect(status).toBe('faulty');
  expect(findings).toMatchObject([
    { diagnosis: id, certainty: 'likely', explains: 1, object: { kind: 'Ingress', namespace: 'shop', name: 'web' } },
  ]);
  expect(findings[0]?.title).toMatch(title);
});

/** Who stands on worker-1 has an address of the first range, everybody else one of the second. */
function onTwoSides(world: World) {
  const made = run(world);
  const isFirst = (agent: string) => made.plan.agents.find((each) => each.id === agent)?.node === 'worker-1';
  const hellos = made.hellos.map((each) => ({
    ...each,
    addresses: [isFirst(each.agent) ? '192.0.2.7' : '198.51.100.7'],
  }));
  return judge({ ...made, hellos }).findings;
}
const first = (node: string | null) => node === 'worker-1';
const others = (node: string | null) => node !== 'worker-1';

test.for<[string, AccessRule, (node: string | null) => boolean, 'proven' | 'likely']>([
  ['who is in the range is served', { ...offices, ranges: ['192.0.2.0/24'] }, others, 'proven'],
  ['a single address', { ...offices, ranges: ['192.0.2.7'] }, others, 'proven'],
  ['who is denied is refused', { setting: 'denylist-source-range', ranges: ['192.0.2.0/24'] }, first, 'proven'],
  ['who is in the range is refused: the proxy sees others', { ...offices, ranges: ['192.0.2.0/24'] }, first, 'likely'],
])('speaking, by addresses: %s', ([, rule, isMet, certainty]) => {
  const found = onTwoSides({ ...under(rule), breaks: [atEntries(403, 2, isMet)] });
  expect(found[0]).toMatchObject({ diagnosis: id, certainty });
});

test.for<[string, World, RegExp]>([
  ['a password', { ...under({ setting: 'auth-type' }), breaks: [atEntries(401)] }, /ask for a password: HTTP 401/],
  ['who is not logged in', { ...under(sso), breaks: [atEntries(401)] }, /does not say yes: HTTP 401/],
])('speaking, as a possibility, for kprobe is a stranger: %s', ([, world, title]) => {
  const { status, findings } = diagnose(world);
  expect(status).toBe('inconclusive');
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'possible' }]);
  expect(findings[0]?.title).toMatch(title);
});
