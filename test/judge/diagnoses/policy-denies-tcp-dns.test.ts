import { expect, test } from 'vitest';
import type { Cluster } from '../../../src/model/cluster.ts';
import { dnsTimeout } from '../breaks.ts';
import { dnsAnswer, policy, silent, times } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, findingOf, serviceOnly } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'policy-denies-tcp-dns';
const kubeDns = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
};
const shop = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } };

/** A DNS Service as every cluster has it: both protocols. */
function servingBoth(cluster: Cluster): Cluster {
  const isDns = ({ namespace }: { namespace: string }) => namespace === 'kube-system';
  const both = <P extends { protocol: string }>(ports: readonly P[]) =>
    ports.flatMap((port) => [port, { ...port, name: 'dns-tcp', protocol: 'TCP' }]);
  return {
    ...cluster,
    services: cluster.services.map((each) => (isDns(each) ? { ...each, ports: both(each.ports) } : each)),
    endpointSlices: cluster.endpointSlices.map((each) => (isDns(each) ? { ...each, ports: both(each.ports) } : each)),
  };
}

/** Egress of the client to the shop, and to DNS by these protocols. */
const lettingOut = (...protocols: string[]) =>
  servingBoth(
    checkoutCluster(
      policy({
        namespace: 'pay',
        name: 'egress',
        spec: {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [{ to: [shop] }, { to: [kubeDns], ports: protocols.map((protocol) => ({ port: 53, protocol })) }],
        },
      }),
    ),
  );
const udpOnly = lettingOut('UDP');
/** The servers' own policy: everybody may ask by UDP. */
const serversUdpOnly = servingBoth(
  checkoutCluster(
    policy({
      namespace: 'kube-system',
      name: 'dns-only',
      spec: {
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ port: 53, protocol: 'UDP' }] }],
      },
    }),
  ),
);
const asked = serviceOnly({ from: askedByCheckout });

const isTcpQuery = (path: Parameters<Break>[0]) => path.probe.kind === 'dns' && path.probe.transport === 'tcp';
const silentConnect = () => times(2, silent);
const clientsTcp: Break = (path, agent) => (agent.underTest && isTcpQuery(path) ? silentConnect() : null);
const allTcp: Break = (path) => (isTcpQuery(path) ? silentConnect() : null);
const clientsUdp: Break = (path, agent) =>
  agent.underTest && path.probe.kind === 'dns' && path.probe.transport === 'udp' ? dnsTimeout() : null;
/** The name that is asked for has an answer that is too long, and getaddrinfo goes on by TCP. */
const truncated: Break = (path, agent) =>
  agent.underTest && path.probe.kind === 'dns' && path.probe.transport === 'udp'
    ? times(3, () => dnsAnswer({ answers: [], dns: { rcode: 'NOERROR', answers: [], truncated: true, questions: [] } }))
    : null;
const hangingLookup: Break = (path, agent) =>
  agent.underTest && path.to.kind === 'resolver' ? times(3, () => silent({ phase: 'dns', waitedMs: 16_700 })) : null;

test.for<[string, World]>([
  ['everything answers', { cluster: udpOnly, target: asked }],
  [
    'both protocols are admitted and TCP fails',
    { cluster: lettingOut('UDP', 'TCP'), target: asked, breaks: [clientsTcp] },
  ],
  [
    'TCP fails and no policy is there',
    { cluster: { ...udpOnly, networkPolicies: [] }, target: asked, breaks: [clientsTcp] },
  ],
  [
    'neither is admitted: that is no matter of TCP',
    { cluster: lettingOut(), target: asked, breaks: [clientsTcp, clientsUdp] },
  ],
  ['nobody asked for this client', { cluster: udpOnly, target: serviceOnly(), breaks: [clientsTcp] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the client is answered by UDP and not by TCP, the control by both', () => {
  const verdict = diagnose({ cluster: udpOnly, target: asked, breaks: [clientsTcp] });
  expect(verdict.findings.map((finding) => finding.diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: 'pay', name: 'egress' },
    fix: { covers: 'all' },
  });
  expect(verdict.findings[0]?.evidence.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['Twin', 'UDP', 'Control', 'Who']),
  );
  expect(verdict.findings[0]?.fix?.manifest).toContain('protocol: TCP');
});

test('speaking: a truncated answer sends the lookup to TCP, and the hang is explained', () => {
  const verdict = diagnose({ cluster: udpOnly, target: asked, breaks: [truncated, clientsTcp, hangingLookup] });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', explains: 1 });
  expect(verdict.findings[0]?.evidence.map(({ label }) => label)).toContain('Felt');
});

test('speaking: a lookup that hangs without a truncated answer is not its making', () => {
  const finding = findingOf(id, { cluster: udpOnly, target: asked, breaks: [clientsTcp, hangingLookup] });
  expect(finding).toMatchObject({ certainty: 'proven', explains: 0 });
});

test('speaking: where nobody is answered by TCP it is not proven', () => {
  expect(findingOf(id, { cluster: udpOnly, target: asked, breaks: [allTcp] })).toMatchObject({ certainty: 'likely' });
});

test("speaking: the servers' own policy, beside which a probe pod answers", () => {
  const verdict = diagnose({ cluster: serversUdpOnly, target: serviceOnly(), breaks: [allTcp] });
  expect(verdict.findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(verdict.findings[0]).toMatchObject({
    certainty: 'proven',
    object: { kind: 'NetworkPolicy', namespace: 'kube-system', name: 'dns-only' },
  });
});
