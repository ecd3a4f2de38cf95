/** What goes, what stays, and which relations hold: one recording with everything in it that a cluster could be told by. */
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { IMPLEMENTATIONS } from '../../src/discover/implementations.ts';
import { engineOf } from '../../src/judge/policy/engines.ts';
import { isTypoOf } from '../../src/model/nearest.ts';
import type { Recording } from '../../src/model/recording.ts';
import { redact, remains } from '../../src/redact/redact.ts';
import { isPublicName, PUBLIC_NAMES, PUBLIC_PROSE } from '../../src/redact/vocabulary.ts';
import { namespace, pod, policy, recording, service, target } from '../judge/make.ts';
import { nodeFacts, port } from '../judge/node-facts.ts';
import { run as world, shopCluster, shopTarget } from '../judge/world.ts';

const original = world({ cluster: shopCluster(), target: shopTarget() });

function cluster(over: Partial<Recording['cluster']>): Recording['cluster'] {
  return redact({ ...original, cluster: { ...original.cluster, ...over } }).recording.cluster;
}

test('it is the same each time, and another by its variant', () => {
  expect(redact(original).recording).toEqual(redact(original).recording);
  expect(redact(original, 1).recording).not.toEqual(redact(original).recording);
});

test('what was taken out can be put back into whatever was made of it', () => {
  const { recording: redacted, restore } = redact(original);
  const restored: unknown = JSON.parse(JSON.stringify(redacted), (_key, value: unknown) =>
    typeof value === 'string' ? restore(value) : value,
  );
  expect(restored).toEqual(JSON.parse(JSON.stringify(original)));
});

test('an unredacted recording has remains, a redacted one has none', () => {
  expect(remains(original, original)).toEqual(expect.arrayContaining(['shop', 'web', '10.0.0.1']));
  expect(remains(original, redact(original).recording)).toEqual([]);
});

test('one name is one word everywhere: in objects, labels, hosts, ids and sentences', () => {
  const { recording: redacted } = redact({
    ...original,
    limitations: [{ what: 'agent twin:web@worker-1', because: 'admission denied a pod in shop: Web is full' }],
  });
  const { namespace: shop, name: web } = redacted.target.service ?? { namespace: '', name: '' };
  expect(redacted.target.host).toBe(`${shop}.example.com`);
  expect(redacted.cluster.services[0]?.selector).toEqual({ app: web });
  expect(redacted.limitations).toEqual([
    {
      what: `agent twin:${web}@worker-1`,
      because: expect.stringContaining(` pod in ${shop}: ${web.charAt(0).toUpperCase()}${web.slice(1)} is `),
    },
  ]);
});

test('what Kubernetes, controllers and the judge call things stays', () => {
  const labels = {
    'kubernetes.io/metadata.name': 'kube-system',
    'pod-template-hash': 'x',
    'app.kubernetes.io/name': 'ingress-nginx',
  };
  expect(cluster({ namespaces: [namespace('kube-system', labels)] }).namespaces).toEqual([
    namespace('kube-system', labels),
  ]);
  const words = IMPLEMENTATIONS.flatMap(({ controllers, usualClasses, podLabels }) => [
    ...controllers,
    ...usualClasses,
    ...podLabels.flatMap((each) => Object.entries(each).flat()),
  ]).flatMap((text) => text.split(/[^a-z0-9]+/));
  expect(words.filter((word) => word !== '' && !isPublicName(word))).toEqual([]);
});

test.for([
  'calico',
  'canal',
  'cilium',
  'flannel',
  'kube-router',
  'ovn-kubernetes',
  'azure-npm',
  'kube-network-policies',
])('the engine of %s is judged as before', (name) => {
  const networking = { ...original.cluster.networking, cni: name, enforcer: name };
  expect(engineOf(cluster({ networking }).networking)).toEqual(engineOf(networking));
});

test('a group of public words has a reason, and each word is one and in lower case', () => {
  for (const { because, words } of [...PUBLIC_NAMES, PUBLIC_PROSE]) {
    expect(because).not.toBe('');
    expect(words.split(' ').filter((word) => !/^[\p{Ll}\d]+$/u.test(word))).toEqual([]);
  }
});

test.for([
  ['checkout', 'chekout'],
  ['payments', 'paymnets'],
  ['web', 'wep'],
  ['ingress', 'ingres'],
] as const)('a slip of the pen stays one: %s and %s', ([right, wrong]) => {
  const { pods, networkPolicies } = cluster({
    pods: [pod({ labels: { app: right } })],
    networkPolicies: [policy({ spec: { podSelector: { matchLabels: { app: wrong } } } })],
  });
  const [is, says] = [pods[0]?.labels['app'] ?? '', networkPolicies[0]?.spec.podSelector?.matchLabels?.['app'] ?? ''];
  expect(isTypoOf(says, is)).toBe(true);
  expect(says).not.toBe(is);
  expect(says).not.toBe(wrong);
});

test.for([
  ['v1', 'v2'],
  ['web', 'api'],
  ['orders', 'users'],
  ['blue', 'green'],
] as const)('words that mean two things do not become slips of each other: %s and %s', ([one, other]) => {
  const [a, b] = cluster({ services: [service({ name: one }), service({ name: other })] }).services;
  expect(isTypoOf(a?.name ?? '', b?.name ?? '')).toBe(false);
});

test('names keep their order, for lists in a verdict are sorted', () => {
  const names = ['alpaca', 'bison', 'default', 'mule', 'ox', 'yak', 'zebu'];
  const { namespaces } = cluster({ namespaces: names.map((name) => namespace(name)) });
  expect(namespaces.map(({ name }) => name).toSorted()).toEqual(namespaces.map(({ name }) => name));
});

test('capitals stay, and what has its own is a word of its own', () => {
  const labels = { tier: 'Gold', other: 'gold', third: 'GOLD', fourth: 'goldRush' };
  const [gold = '', lower = '', upper = '', mixed = ''] = Object.values(
    cluster({ pods: [pod({ labels })] }).pods[0]?.labels ?? {},
  );
  expect([gold.toLowerCase(), upper.toLowerCase()]).toEqual([lower, lower]);
  expect(new Set([gold, lower, upper, mixed]).size).toBe(4);
});

function addresses(texts: readonly string[]): string[] {
  return cluster({ services: [service({ clusterIps: [...texts] })] }).services[0]?.clusterIps ?? [];
}

test.for([
  ['10.244.1.7', '10.244.1.0/24', true],
  ['10.244.2.7', '10.244.1.0/24', false],
  ['10.244.2.7', '10.244.0.0/16', true],
  ['10.96.0.10', '10.96.0.0/12', true],
  ['172.20.3.4', '172.16.0.0/12', true],
  ['52.1.2.3', '10.0.0.0/8', false],
  ['10.1.2.3', '0.0.0.0/0', true],
  ['10.1.2.3', '10.0.0.0/8', true],
  ['fd00:10:244:1::7', 'fd00:10:244:1::/64', true],
  ['fd00:10:244:2::7', 'fd00:10:244:1::/64', false],
  ['fd00:10:244:2::7', '::/0', true],
] as const)('%s in %s: %s, before and after', ([address, block, isIn]) => {
  const [other = '', around = ''] = addresses([address, block]);
  expect(ipaddr.parse(other).match(ipaddr.parseCIDR(around))).toBe(isIn);
  expect(other).not.toBe(address);
});

test('private addresses stay private and public ones public', () => {
  const texts = [
    '10.1.2.3',
    '172.31.9.9',
    '192.168.7.1',
    '100.64.3.3',
    '52.94.236.248',
    '203.5.6.7',
    'fd12:3456::1',
    '2600:1f18::5',
  ];
  const others = addresses(texts);
  expect(others.map((text) => ipaddr.parse(text).range())).toEqual(texts.map((text) => ipaddr.parse(text).range()));
  expect(others.filter((text) => texts.includes(text))).toEqual([]);
});

test.for([
  '169.254.169.254',
  '127.0.0.1',
  '0.0.0.0/0',
  '10.0.0.0/8',
  '192.168.0.0/16',
  '255.255.255.255',
  '::1',
  '::/0',
  '198.51.100.7',
])('%s is everybody’s, and stays', (text) => {
  expect(addresses([text])).toEqual([text]);
});

test('addresses in names and sentences are the same addresses', () => {
  const { recording: redacted } = redact({
    ...original,
    cluster: { ...original.cluster, pods: [pod({ name: 'ip-10-9-8-7', addresses: ['10.9.8.7'] })] },
    limitations: [{ what: 'dial tcp 10.9.8.7:443', because: 'http://[::ffff:10.9.8.7]:80/ refused' }],
  });
  const [other = ''] = redacted.cluster.pods[0]?.addresses ?? [];
  expect(redacted.cluster.pods[0]?.name).toMatch(new RegExp(`-${other.replaceAll('.', '-')}$`));
  expect(redacted.limitations).toEqual([
    { what: expect.stringMatching(new RegExp(`${other}:443$`)), because: `http://[::ffff:${other}]:80/ refused` },
  ]);
});

test('numbers that may be an account go, ports and counts stay', () => {
  const { limitations } = redact({
    ...original,
    limitations: [{ what: 'arn:aws:iam::123456789012:role', because: '5 of 30080 on port 65535' }],
  }).recording;
  expect(limitations[0]?.what).not.toContain('123456789012');
  expect(limitations[0]?.because).toBe('5 of 30080 on port 65535');
});

test('an interface of a pod stays one, without what tells the pod', () => {
  const interfaces = ['eth0', 'cali12d4a061371', 'veth9f3a'].map((name) => port(name, 1500));
  const told = nodeFacts().map((facts) => ({ ...facts, interfaces }));
  const { nodeFacts: other } = redact({ ...original, nodeFacts: told }).recording;
  const names = other?.[0]?.interfaces.map(({ name }) => name) ?? [];
  expect(names).toEqual(['eth0', expect.stringMatching(/^cali[0-9a-f]+$/), expect.stringMatching(/^veth[0-9a-f]+$/)]);
  expect(names).not.toContain('cali12d4a061371');
});

test('a recording of nothing is redacted too', () => {
  expect(redact(recording({ target: target({ host: null }) })).recording.samples).toEqual([]);
});

test('rules that a tracer heard stay rules, with the addresses and names of others in them', () => {
  const line = 'ip faults shopfront rule ip saddr 10.0.0.1 tcp dport 8095 drop # handle 3 (verdict drop)';
  const traced = {
    ...original,
    ruleTraces: {
      standIns: [{ of: { namespace: 'shopfront', name: 'till-7' }, addresses: ['10.0.0.1'] }],
      heard: [
        {
          type: 'tracing',
          at: 1,
          state: 'old-nft',
          says: 'nft 0.9',
          legacyTables: [],
          ebpfInterface: null,
          agent: 'tracer@worker-1',
        },
        {
          type: 'rule-trace',
          at: 2,
          path: 'p',
          isAnswer: false,
          isOuter: false,
          lines: [line],
          agent: 'tracer@worker-1',
        },
      ],
    },
  } as unknown as Recording;
  const other = (redact(traced).recording as unknown as typeof traced).ruleTraces;
  const heard = other?.heard as unknown as object[];
  expect(heard[0]).toMatchObject({ state: 'old-nft', says: 'nft 0.9', agent: 'tracer@worker-1' });
  expect(JSON.stringify(heard[1])).toMatch(
    /ip \w+ \w+ rule ip saddr [\d.]+ tcp dport 8095 drop # handle 3 \(verdict drop\)/,
  );
  expect(JSON.stringify(heard[1])).not.toMatch(/faults|shopfront|10\.0\.0\.1\b/);
  // Who sent it is still found by the packet's source.
  const [standIn] = other?.standIns ?? [];
  expect(JSON.stringify(standIn)).not.toMatch(/till|shopfront|10\.0\.0\.1\b/);
  expect(JSON.stringify(heard[1])).toContain(`saddr ${standIn?.addresses[0]} `);
});
