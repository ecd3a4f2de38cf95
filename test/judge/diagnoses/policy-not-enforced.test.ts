import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { silent, times } from '../make.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, findingOf, serviceOnly, shopCluster, run } from '../world.ts';
import { examine } from '../../../src/judge/judge.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-not-enforced';
const nobody = policy({ name: 'nobody' });
const nobodyOut = policy({
  namespace: 'pay',
  name: 'nobody-out',
  spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }] },
});
const asked = serviceOnly({ from: askedByCheckout });

const enforcedBy = (enforcer: string, before: Cluster): Cluster => ({
  ...before,
  networking: { ...before.networking, cni: 'flannel', enforcer, because: 'DaemonSet kube-flannel/kube-flannel-ds' },
});
const denied = (enforcer: string, which = nobody): World => ({
  cluster: enforcedBy(enforcer, checkoutCluster(which)),
  target: asked,
});
/** One of the two endpoints is closed. */
const oneIsClosed: Break = ({ to }) => (to.kind === 'backend' && to.node === 'worker-2' ? times(3, silent) : null);
const all: Break = (path, from) => (from.underTest && path.probe.kind !== 'dns' ? times(3, silent) : null);

test.for<[string, World]>([
  ['no policy', { ...denied('none'), cluster: enforcedBy('none', shopCluster()) }],
  ['policies admit it', denied('none', policy({ spec: { podSelector: {}, ingress: [{}] } }))],
  [
    'nobody asked for a client: the page is fine',
    { cluster: enforcedBy('none', shopCluster({ networkPolicies: [nobody] })) },
  ],
  ['nobody asked for a client, and a Service', { ...denied('none'), target: serviceOnly() }],
  ['denied and dropped: it is enforced', { ...denied('calico'), breaks: [all] }],
  ["a newborn twin's own egress, under an engine that may not know it yet", denied('kube-router', nobodyOut)],
  ["a newborn twin's own egress, under an engine that nobody knows", denied('unknown', nobodyOut)],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('silent: the page behind an ingress is healthy, and what is ruled out says why', () => {
  const verdict = diagnose({ cluster: enforcedBy('none', shopCluster({ networkPolicies: [nobody] })) });
  expect(verdict.status).toBe('healthy');
  expect(verdict.ruledOut.find(({ suspect }) => suspect === 'NetworkPolicy')?.because).toMatch(
    /shop\/nobody would deny it, but nobody enforces policies here/,
  );
});

test.for([nobody, nobodyOut])('speaking: denied, and all gets through where nobody enforces', (which) => {
  const verdict = diagnose(denied('none', which));
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: which.namespace, name: which.name },
    explains: 0,
  });
  expect(verdict.findings[0]?.fix?.says).toContain('netpol.enabled');
});

test.for(['unknown', 'calico'])('speaking: under %s it is likely, with what would settle it', (enforcer) => {
  const finding = findingOf(id, denied(enforcer));
  expect(finding).toMatchObject({ certainty: 'likely' });
  expect(finding?.wouldSettle).not.toBeNull();
});

test('speaking: where one of several is dropped, somebody enforces: a possibility, and no health', () => {
  const verdict = diagnose({ ...denied('calico'), breaks: [oneIsClosed] });
  expect(verdict.findings.find(({ diagnosis }) => diagnosis === id)).toMatchObject({
    certainty: 'possible',
    title: expect.stringMatching(/is not enforced everywhere: .* most connects get through$/),
  });
  expect(verdict.status).not.toBe('healthy');
});

test('speaking: one dropped twin beside all that gets through is told, and not passed over', () => {
  const oneTwin: Break = (path, from) =>
    from.underTest && path.to.kind === 'agent' && path.to.agent === 'twin:web@worker-1' ? times(3, silent) : null;
  const recording = run({ ...denied('calico'), breaks: [oneTwin] });
  const dropped = recording.plan.paths.filter(
    ({ from, to }) => from.startsWith('as:') && to.kind === 'agent' && to.agent === 'twin:web@worker-1',
  );
  const { claimed, verdict } = examine(recording);
  expect(verdict.findings.find(({ diagnosis }) => diagnosis === id)?.title).toContain('not enforced everywhere');
  expect(dropped.filter((path) => !claimed.has(path.id))).toEqual([]);
});

test('speaking: from inside the client itself its own egress counts', () => {
  expect(findingOf(id, { ...denied('calico', nobodyOut), inside: true })).toMatchObject({ certainty: 'likely' });
});
