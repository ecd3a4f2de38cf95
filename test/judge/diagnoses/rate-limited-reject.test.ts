import { expect, test } from 'vitest';
import { pod as podBreak, rejectedService } from '../breaks.ts';
import { policy, refused, sample, silent, times, unreachable } from '../make.ts';
import { diagnose, dns, findingOf, nginx, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'rate-limited-reject';
const ICMP = { 'IcmpMsg.InType3': 1 };
const atOnce = () => refused({ counters: ICMP });
const rationed = (seconds: number) =>
  refused({
    connectMs: seconds * 1018,
    synRetransmissions: seconds,
    counters: { ...ICMP, 'TcpExt.TCPSynRetrans': seconds },
  });
const rejects = () => [...times(4, atOnce), rationed(1), rationed(3)];
const prohibited = () => [
  ...times(3, () => unreachable({ counters: ICMP })),
  unreachable({ connectMs: 2056, counters: ICMP, synRetransmissions: 2 }),
];
/** One attempt a second: the first waits for three ARP requests, the next ones for what is left. */
const neighbour = () => [3070, 2070, 1070, 70].map((connectMs) => unreachable({ connectMs, counters: ICMP }));
const all = (what: () => ReturnType<typeof rejects>) => web.map((each) => podBreak(each, what));

test.for<[string, World]>([
  ['everything answers', {}],
  ['resets, which a closed port sends', { breaks: all(() => times(4, refused)) }],
  ['a neighbour that is not there', { breaks: all(neighbour) }],
  [
    'no pod has the address, and the last node says so',
    {
      cluster: shopCluster({ pods: [...web.slice(1), ...nginx, ...dns] }),
      breaks: web.slice(0, 1).map((each) => podBreak(each, prohibited)),
    },
  ],
  ['only the address of the Service is rejected', { target: serviceOnly(), breaks: [rejectedService] }],
  [
    'a policy denies it, as its engine does by rejecting',
    { cluster: shopCluster({ networkPolicies: [policy()] }), breaks: all(rejects) },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test.for([
  ['port unreachable', rejects],
  ['administratively prohibited', prohibited],
  ['never so many that the ration was met', () => times(4, atOnce)],
] as const)('speaking: %s, from all endpoints', ([, what]) => {
  const verdict = diagnose({ target: serviceOnly(), breaks: all(what) });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Service', name: 'web' } },
  ]);
});

test('speaking: the connection that is to be kept met no message of the ration', () => {
  const kept: Break = ({ probe }) =>
    probe.kind === 'http' && probe.idleMs !== undefined ? [silent({ synRetransmissions: 6 })] : null;
  const verdict = diagnose({ target: serviceOnly(), breaks: [kept, ...all(rejects)] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, object: { kind: 'Service', name: 'web' } }]);
});

test('speaking: the ingress asks from the address of its node, and has used the ration up', () => {
  const mostlySilent = () => [
    ...times(1, atOnce),
    ...times(3, () => silent({ waitedMs: 7700, synRetransmissions: 6 })),
  ];
  const shared: Break = (path, from) =>
    path.to.kind === 'backend' ? (from.kind === 'host' ? mostlySilent() : rejects()) : null;
  expect(findingOf(id, { target: serviceOnly(), breaks: [shared] })?.certainty).toBe('proven');
});

test('speaking: one pod of two', () => {
  const [first] = web;
  const verdict = diagnose({ target: serviceOnly(), breaks: first === undefined ? [] : [podBreak(first, rejects)] });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'web-1' } },
  ]);
});

test('an ingress answers 502, and after whole seconds where rejects are rationed', () => {
  const entries: Break = ({ to }) =>
    to.kind === 'entry'
      ? [2, 1020, 3070, 5003].map((firstByteMs) =>
          sample({ connectMs: 0.4, firstByteMs, status: firstByteMs > 5000 ? 504 : 502 }),
        )
      : null;
  const verdict = diagnose({ breaks: [...all(rejects), entries] });
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'proven', explains: 1 }]);
});
