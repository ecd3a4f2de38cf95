import { expect, test } from 'vitest';
import { overlayBetween, unanswered } from '../breaks.ts';
import { unreachable, refused, times } from '../make.ts';
import { diagnose, findingOf, run, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';
import type { Sample } from '../../../probes/wire.ts';

const id = 'node-firewall';
/** Port 8080 of whoever is on this node, kprobe's own pods too, from other nodes. */
const filtered =
  (nodes: readonly string[], what: () => Sample[] = unanswered): Break =>
  ({ to, locality }) => {
    const isPort = (to.kind === 'backend' || to.kind === 'agent') && to.port === 8080;
    return isPort && locality === 'cross-node' && nodes.includes(to.node ?? '') ? what() : null;
  };
/** What this node's pods send to port 8080 of others, on these nodes. */
const leaving =
  (node: string, nodes: readonly string[]): Break =>
  (path, from, to) =>
    from.node === node && !from.identity.hostNetwork ? filtered(nodes)(path, from, to) : null;
const onlyThePods: Break = ({ to, locality }) =>
  to.kind === 'backend' && locality === 'cross-node' && to.node === 'worker-1' ? unanswered() : null;

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['the pods alone fail, kprobe’s own beside them answers on that port: a policy, or the application', [onlyThePods]],
  ['every port of the node fails: the overlay', [overlayBetween('worker-1', null)]],
  ['the port fails on all nodes: nobody listens, or it is the network', [filtered(['worker-1', 'worker-2'])]],
  [
    'the port is refused by RST, and whether kprobe listens on it there is not known',
    [filtered(['worker-1'], () => times(4, refused))],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { target: serviceOnly(), breaks })).toBeNull();
});

test('speaking: one port of one node, whoever asks and whoever answers; never proven', () => {
  const verdict = diagnose({ target: serviceOnly(), breaks: [filtered(['worker-1'])] });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'likely']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-1' }, where: { to: 'worker-1' } });
  expect(verdict.findings[0]?.wouldSettle).toContain('rules of worker-1');
});

test('speaking: it rejects', () => {
  const rejected = () => times(4, () => unreachable({ counters: { 'IcmpMsg.InType3': 1 } }));
  const finding = findingOf(id, { target: serviceOnly(), breaks: [filtered(['worker-1'], rejected)] });
  expect(finding).toMatchObject({ certainty: 'likely', timer: null });
  expect(finding?.title).toContain('rejects');
});

test('speaking: it answers RST in the name of kprobe’s own pod, which listens', () => {
  const world = { target: serviceOnly(), breaks: [filtered(['worker-1'], () => times(4, refused))] };
  const { hellos } = run(world);
  const listening = hellos.map((each) => ({ ...each, tcp: [...each.tcp, 8080] }));
  const finding = findingOf(id, { ...world, over: { hellos: listening } });
  expect(finding).toMatchObject({ certainty: 'likely', object: { name: 'worker-1' }, timer: null });
});

test('speaking: a node whose pods reach a port nowhere, while others do', () => {
  const breaks = [leaving('worker-3', ['worker-1', 'worker-2'])];
  const verdict = diagnose({ target: serviceOnly(), breaks });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'likely']]);
  expect(verdict.findings[0]).toMatchObject({ object: { name: 'worker-3' }, where: { from: 'worker-3' } });
});

test('speaking: one node does not reach the port on one other, which is reached from elsewhere; either may be at fault', () => {
  const { findings } = diagnose({ target: serviceOnly(), breaks: [leaving('worker-3', ['worker-1'])] });
  expect(findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'likely']]);
  expect(findings[0]).toMatchObject({ object: null, where: { from: 'worker-3', to: 'worker-1' } });
  expect(findings[0]?.title).toContain('node worker-3 or worker-1 drops');
});

test('speaking: where its SYNs are half-open at kprobe’s own pod, the answers are lost', () => {
  const world = { target: serviceOnly(), breaks: [leaving('worker-3', ['worker-1'])] };
  const { hellos } = run(world);
  const from = hellos.find(({ agent }) => agent === 'control@worker-3')?.addresses[0] ?? '';
  const halfOpen = [{ type: 'half-open' as const, at: 1_760_000_000_000, port: 8080, from, agent: 'control@worker-1' }];
  const finding = findingOf(id, { ...world, over: { halfOpen } });
  expect(finding?.title).toContain('drops the answers of port 8080 on worker-1 to pods of worker-3');
});
