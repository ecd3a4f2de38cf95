import { describe, expect, test } from 'vitest';
import type { Hello, Sample } from '../../../probes/wire.ts';
import type { Pod } from '../../../src/model/cluster.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { judge } from '../../../src/judge/judge.ts';
import { hello, sample, times } from '../make.ts';
import { askedByCheckout, checkout, checkoutCluster, run, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'foreign-resolver';
const NAME = 'web.shop.svc';
const CLUSTER: Hello['resolver'] = {
  servers: ['10.96.0.10'],
  search: ['kprobe.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
  options: ['ndots:5'],
};
const NODE: Hello['resolver'] = { servers: ['192.0.2.53'], search: [], options: [] };
const unknown = (): Sample[] =>
  times(3, () =>
    sample({ dnsMs: 2, outcome: { kind: 'error', phase: 'dns', code: 'ENOTFOUND', message: 'not found' } }),
  );
const clientFails: Break = (path, from) =>
  path.to.kind === 'resolver' && path.to.name === NAME && from.underTest ? unknown() : null;
const allFail: Break = (path) => (path.to.kind === 'resolver' ? unknown() : null);

interface Told {
  readonly client?: Partial<Pod>;
  /** What the client's vantage finds in its resolv.conf. */
  readonly resolver: Hello['resolver'];
  readonly breaks?: readonly Break[];
}

function told({ client = {}, resolver, breaks = [] }: Told): Verdict {
  const none = { namespace: 'pay', name: 'none', spec: { podSelector: { matchLabels: { no: 'pod' } } } };
  const facts = checkoutCluster(none);
  const pods = facts.pods.map((pod) => (pod.name === checkout.name ? { ...pod, ...client } : pod));
  const recording = run({
    cluster: { ...facts, pods },
    target: serviceOnly({ from: askedByCheckout, host: `${NAME}.cluster.local` }),
    breaks,
  });
  const hellos = recording.plan.agents.map((agent) =>
    hello(agent.id, { resolver: agent.underTest ? resolver : CLUSTER }),
  );
  return judge({ ...recording, hellos });
}

const speaks = (verdict: Verdict) => verdict.findings.find(({ diagnosis }) => diagnosis === id) ?? null;
const ON_HOST: Partial<Pod> = { hostNetwork: true, dnsPolicy: 'ClusterFirst' };

describe('silent', () => {
  test.for<[string, Told]>([
    ["the cluster's settings", { resolver: CLUSTER }],
    ["the cluster's settings, and the name is not found", { resolver: CLUSTER, breaks: [clientFails] }],
    ['another resolver, which forwards names of the cluster', { resolver: NODE }],
    ['another resolver, and no pod resolves', { resolver: NODE, breaks: [allFail] }],
    ['on the host network, and its node forwards names of the cluster', { client: ON_HOST, resolver: NODE }],
  ])('%s', ([, world]) => {
    expect(speaks(told(world))).toBeNull();
  });

  test('on the host network, and the name resolves: healthy', () => {
    expect(told({ client: { ...ON_HOST, dnsPolicy: 'ClusterFirstWithHostNet' }, resolver: CLUSTER }).status).toBe(
      'healthy',
    );
  });
});

describe('speaking', () => {
  test.for<[string, Partial<Pod>, Hello['resolver'], string]>([
    ['on the host network', ON_HOST, NODE, 'ClusterFirstWithHostNet'],
    ['dnsPolicy Default', { dnsPolicy: 'Default' }, NODE, 'dnsPolicy: ClusterFirst in'],
    [
      'dnsPolicy None without the DNS Service',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.53'], searches: [], options: [] } },
      NODE,
      'nameservers [10.96.0.10]',
    ],
    [
      'dnsPolicy None without search domains',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.96.0.10'], searches: [], options: [] } },
      { ...CLUSTER, search: [] },
      'searches [pay.svc.cluster.local',
    ],
  ])('%s', ([, client, resolver, fix]) => {
    const verdict = told({ client, resolver, breaks: [clientFails] });
    expect(verdict.status).toBe('faulty');
    expect(verdict.findings[0]).toMatchObject({
      diagnosis: id,
      certainty: 'proven',
      explains: 1,
      object: { kind: 'Pod', namespace: 'pay', name: checkout.name },
    });
    expect(verdict.findings[0]?.fix?.says).toContain(fix);
    expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('DNS');
  });
});
