import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import type { Cluster, Service } from '../../../src/model/cluster.ts';
import { dnsAnswer, policy, refused, service, silent, times } from '../make.ts';
import {
  askedByCheckout,
  checkoutCluster,
  diagnose,
  dns,
  findingOf,
  isPod,
  serviceOnly,
  shopCluster,
} from '../world.ts';
import type { Break, World } from '../world.ts';
import { dnsTimeout } from '../breaks.ts';

const id = 'unanswered-tcp-dns';
const [first] = dns;
if (first === undefined) throw new Error('the shop has DNS servers');
type Path = Parameters<Break>[0];
const isTcp = ({ probe }: Path): boolean => probe.kind === 'dns' && probe.transport === 'tcp';
const isFront = ({ to }: Path): boolean => to.kind === 'dns-server' && to.service !== null;
const deaf =
  (is: (path: Path) => boolean = () => true, what: () => Sample = silent): Break =>
  (path) =>
    isTcp(path) && is(path) ? [what()] : null;

/** A policy lets pay/checkout ask DNS by UDP alone. */
const udpOnly = policy({
  namespace: 'pay',
  name: 'dns-by-udp',
  spec: {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      { ports: [{ protocol: 'UDP', port: 53 }] },
      {
        ports: [
          { protocol: 'TCP', port: 8080 },
          { protocol: 'TCP', port: 80 },
        ],
      },
    ],
  },
});

/** As clusters have it: the DNS Service passes on both. */
function withBothPorts(): Cluster {
  const shop = shopCluster();
  const port = { port: 53, targetPort: 53, nodePort: null };
  const ports: Service['ports'] = [
    { ...port, name: 'dns', protocol: 'UDP' },
    { ...port, name: 'dns-tcp', protocol: 'TCP' },
  ];
  return {
    ...shop,
    services: [
      ...shop.services.filter(({ name }) => name !== 'kube-dns'),
      service({ namespace: 'kube-system', name: 'kube-dns', ports }),
    ],
  };
}

test.for<[string, World]>([
  ['both are answered', {}],
  ['nothing is answered', { breaks: [(path) => (path.probe.kind === 'dns' ? dnsTimeout() : null)] }],
  [
    'one vantage of several is not',
    { breaks: [(path, from) => (isTcp(path) && from.node === 'worker-1' ? [silent()] : null)] },
  ],
  [
    'the Service leads to a server that nothing reaches: UDP fails as often, from some vantages always',
    {
      cluster: withBothPorts(),
      breaks: [
        deaf(isFront),
        (path, from) => (isFront(path) && path.probe.kind === 'dns' && from.node !== 'worker-1' ? dnsTimeout() : null),
      ],
    },
  ],
  [
    'a policy denies TCP to the client',
    {
      cluster: checkoutCluster(udpOnly),
      target: serviceOnly({ from: askedByCheckout }),
      breaks: [(path, from) => (isTcp(path) && from.underTest ? [silent()] : null)],
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for<[string, () => Sample]>([
  ['dropped', silent],
  ['refused', refused],
])('speaking: TCP is %s at all servers', ([, what]) => {
  const verdict = diagnose({ breaks: [deaf(undefined, what)] });
  expect(verdict).toMatchObject({
    status: 'faulty',
    findings: [{ diagnosis: id, certainty: 'proven', object: { kind: 'Service', name: 'kube-dns' } }],
  });
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('DNS');
});

test('speaking: at one server', () => {
  expect(findingOf(id, { breaks: [deaf((path) => isPod(first, path))] })).toMatchObject({
    object: { kind: 'Pod', name: 'coredns-1' },
  });
});

test('speaking: at the Service alone, though it has the port, where UDP is always answered', () => {
  expect(findingOf(id, { cluster: withBothPorts(), breaks: [deaf(isFront)] })?.title).toBe(
    'The DNS Service answers by UDP and never by TCP',
  );
});

test('speaking: at the Service alone, which has no such port', () => {
  expect(findingOf(id, { breaks: [deaf(isFront)] })?.title).toContain('the Service has no TCP port 53');
});

test('speaking: lookups fail, since an answer came cut', () => {
  const cutAnswer = (): Sample => {
    const plain = dnsAnswer({ answers: [] });
    return { ...plain, dns: plain.dns === null ? null : { ...plain.dns, truncated: true } };
  };
  const breaks: Break[] = [
    deaf(),
    (path) => (path.to.kind === 'resolver' ? times(3, () => silent({ phase: 'dns', waitedMs: 16_700 })) : null),
    (path) => (path.probe.kind === 'dns' && path.probe.name.startsWith('web.shop') ? times(2, cutAnswer) : null),
  ];
  const [finding] = diagnose({ target: serviceOnly(), breaks }).findings;
  expect(finding).toMatchObject({ diagnosis: id, explains: 1 });
  expect(finding?.evidence.map(({ label }) => label)).toContain('Cut answers');
});
