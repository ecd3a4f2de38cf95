import { expect, test } from 'vitest';
import { pod as podBreak } from '../breaks.ts';
import { cut, policy, refused, sample, silent, times } from '../make.ts';
import { isToClosedPort } from '../../../src/model/plan.ts';
import { diagnose, findingOf, isPod, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'full-accept-queue';
const standing = () =>
  silent({ phase: 'first-byte', phases: { connect: 0.4, 'first-byte': 16_700 }, waitedMs: 16_700 });
const full = () => [standing(), ...times(3, silent)];
const well = () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200 });
const [first, ...others] = web;
if (first === undefined) throw new Error('the shop has two pods');

test.for<[string, World]>([
  ['everything answers', {}],
  ['no connect is made', { breaks: web.map((each) => podBreak(each)) }],
  [
    'all connects are made and none is answered',
    { breaks: web.map((each) => podBreak(each, () => times(4, standing))) },
  ],
  [
    'connects are lost, and those that are made are answered',
    { breaks: web.map((each) => podBreak(each, () => [well(), ...times(3, silent)])) },
  ],
  [
    'a process that dies: refused afterwards',
    { breaks: web.map((each) => podBreak(each, () => [standing(), silent(), silent(), refused()])) },
  ],
  [
    'a single connect is lost',
    {
      breaks: [
        (path) =>
          path.id.startsWith('control@worker-3') && path.to.kind === 'backend' ? [standing(), silent(), well()] : null,
      ],
    },
  ],
  [
    'a policy denies it',
    {
      cluster: shopCluster({ networkPolicies: [policy()] }),
      hostVantages: false,
      breaks: web.map((each) => podBreak(each, full)),
    },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: the queue of a sibling was full before the first look', () => {
  const [one, other] = web;
  if (one === undefined || other === undefined) throw new Error('the shop has two pods');
  const breaks = [podBreak(one, full), podBreak(other, () => times(4, silent))];
  const { findings } = diagnose({ target: serviceOnly(), breaks });
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'proven', object: { kind: 'ReplicaSet', name: 'web' } }]);
  expect(findings[0]?.title).toMatch(/^web-1 listens/);
  expect(findings[0]?.evidence.find(({ label }) => label === 'And')?.says).toMatch(/^web-2 of the same workload/);
});

/** Only the port that is sent to: the pod itself lives. */
const hung = web.map(
  (each): Break =>
    (path) =>
      isPod(each, path) && !isToClosedPort(path) ? times(4, silent) : null,
);

test('speaking: the queues of all were full before the first look, and their kernels refuse a closed port', () => {
  const { findings } = diagnose({ target: serviceOnly(), breaks: hung });
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'likely', object: { kind: 'ReplicaSet', name: 'web' } }]);
  expect(findings[0]?.evidence.find(({ label }) => label === 'Closed port')?.says).toContain('web-1 and web-2');
});

test('silent where nobody stood on the nodes to see it: then they are dead', () => {
  const { findings } = diagnose({ target: serviceOnly(), hostVantages: false, breaks: hung });
  expect(findings.map(({ diagnosis }) => diagnosis)).toEqual(['dead-endpoint', 'dead-endpoint']);
});

test('silent where a closed port is silent as well: no kernel is there', () => {
  const { findings } = diagnose({ target: serviceOnly(), breaks: web.map((each) => podBreak(each)) });
  expect(findings.map(({ diagnosis }) => diagnosis)).toEqual(['dead-endpoint', 'dead-endpoint']);
  expect(findings[0]?.evidence.find(({ label }) => label === 'Other port')?.says).toContain('as silent');
});

test('speaking: an endpoint of another workload that answers nobody is another cause', () => {
  const [one, other] = web;
  if (one === undefined || other === undefined) throw new Error('the shop has two pods');
  const strangers = shopCluster().pods.map((pod) =>
    pod.name === other.name && pod.owner !== null ? { ...pod, owner: { ...pod.owner, name: 'old' } } : pod,
  );
  const breaks = [podBreak(one, full), podBreak(other, () => times(4, silent))];
  const { findings } = diagnose({ target: serviceOnly(), cluster: shopCluster({ pods: strangers }), breaks });
  expect(findings.map(({ diagnosis }) => diagnosis).toSorted()).toEqual(['dead-endpoint', id]);
});

test('speaking: all pods of the Service', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: web.map((each) => podBreak(each, full)) });
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'ReplicaSet', name: 'web' } },
  ]);
});

test('speaking: one pod of two, also where the run was cut while they waited', () => {
  const waiting = () => [
    cut({ phase: 'first-byte', phases: { connect: 0.4, 'first-byte': 9000 }, waitedMs: 9000 }),
    ...times(3, () => cut({ waitedMs: 8000, synRetransmissions: 6 })),
  ];
  const verdict = diagnose({ target: serviceOnly(), breaks: [podBreak(first, waiting)] });
  expect(others).toHaveLength(1);
  expect(verdict.findings).toMatchObject([
    { diagnosis: id, certainty: 'proven', object: { kind: 'Pod', name: 'web-1' } },
  ]);
});
