import { expect, test } from 'vitest';
import type { Hello, Sample } from '../../../probes/wire.ts';
import type { Cluster } from '../../../src/model/cluster.ts';
import type { Target } from '../../../src/model/target.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { judge } from '../../../src/judge/judge.ts';
import { hello, sample, service, times } from '../make.ts';
import { askedByCheckout, checkout, checkoutCluster, dns, nginx, run, shopCluster, shopTarget, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'unknown-name';
const NAME = 'reports';
const CLUSTER: Hello['resolver'] = {
  servers: ['10.96.0.10'],
  search: ['pay.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
  options: ['ndots:5'],
};
const NODE: Hello['resolver'] = { servers: ['192.0.2.53'], search: [], options: [] };
const failing = (code: string, dnsMs: number) => (): Sample[] =>
  times(3, () => sample({ dnsMs, outcome: { kind: 'error', phase: 'dns', code, message: 'not found' } }));
const unknown = failing('ENOTFOUND', 2);
const isAsked = (name: string) => name.replace(/\.$/u, '').startsWith(NAME);
const lookups =
  (what: () => Sample[], isIt: (name: string) => boolean = isAsked): Break =>
  (path, from) =>
    path.to.kind === 'resolver' && isIt(path.to.name) && from.underTest ? what() : null;

function told(
  breaks: readonly Break[],
  resolver: Hello['resolver'] = CLUSTER,
  over: { cluster?: Cluster; target?: Partial<Target> } = {},
): Verdict {
  const none = { namespace: 'pay', name: 'none', spec: { podSelector: { matchLabels: { no: 'pod' } } } };
  const recording = run({
    cluster: over.cluster ?? checkoutCluster(none),
    target: shopTarget({
      input: `http://${NAME}/`,
      kind: 'external',
      route: null,
      className: null,
      entries: [],
      service: null,
      host: NAME,
      direct: [{ address: NAME, port: 80, ready: true, node: null, pod: null, slice: null }],
      from: askedByCheckout,
      ...over.target,
    }),
    breaks,
  });
  const hellos = recording.plan.agents.map((agent) =>
    hello(agent.id, { resolver: agent.underTest ? resolver : CLUSTER }),
  );
  return judge({ ...recording, hellos });
}

const speaks = (verdict: Verdict) => verdict.findings.find(({ diagnosis }) => diagnosis === id) ?? null;

test.for<[string, readonly Break[], Hello['resolver']]>([
  ['the name is found', [], CLUSTER],
  ['servers stay silent', [lookups(failing('EAI_AGAIN', 10_000))], CLUSTER],
  ['the resolver gave up waiting', [lookups(failing('ENOTFOUND', 15_000))], CLUSTER],
  ['the client asks another resolver: that is foreign-resolver', [lookups(unknown)], NODE],
  ['no name is found by anybody', [(path) => (path.to.kind === 'resolver' ? unknown() : null)], CLUSTER],
])('silent: %s', ([, breaks, resolver]) => {
  expect(speaks(told(breaks, resolver))).toBeNull();
});

test('speaking: denied at once, while other names are found', () => {
  const finding = speaks(told([lookups(unknown)]));
  expect(finding).toMatchObject({ certainty: expect.stringMatching(/likely|proven/u), timer: null });
  expect(finding?.title).toContain(NAME);
});

test('speaking: a Service that is another word for a name which is not there', () => {
  const alias = service({
    name: NAME,
    namespace: 'pay',
    type: 'ExternalName',
    clusterIps: [],
    externalName: 'gone.data.svc.cluster.local',
  });
  const plain = shopCluster({ pods: [...web, ...nginx, ...dns, checkout] });
  const target: Partial<Target> = {
    input: `svc/${NAME}`,
    kind: 'service',
    host: `${NAME}.pay.svc.cluster.local`,
    service: { namespace: 'pay', name: NAME, clusterIp: null, port: 80, protocol: 'TCP', backends: [] },
    direct: [],
  };
  const found = speaks(
    told([lookups(unknown)], CLUSTER, { cluster: { ...plain, services: [...plain.services, alias] }, target }),
  );
  expect(found).toMatchObject({ object: { kind: 'Service', namespace: 'pay', name: NAME } });
  expect(found?.evidence.map(({ says }) => says).join(' ')).toContain('gone.data.svc.cluster.local is not there');
});
