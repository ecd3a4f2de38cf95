import { expect, test } from 'vitest';
import { overlayBetween } from '../breaks.ts';
import { node } from '../make.ts';
import { nodeFacts, STILL } from '../node-facts.ts';
import type { Reading } from '../node-facts.ts';
import { diagnose, dns, findingOf, serviceOnly, shopCluster, web } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'disabled-forwarding';
const off = (packets: number, notForwarding: readonly string[] = ['all', 'eth0', 'flannel.1']): Reading => ({
  start: { notForwarding, counters: { ...STILL, 'Ip.InAddrErrors': 0 } },
  end: { notForwarding, counters: { ...STILL, 'Ip.InAddrErrors': packets } },
});
/** The pods of this node are cut off; what its own network sends is nobody's to pass on. */
const cutOff =
  (name: string): Break =>
  (path, from, to) =>
    from.kind === 'host' && from.node === name ? null : overlayBetween(name, null)(path, from, to);
const cut = cutOff('worker-3');

test.for<[string, Break[], Reading]>([
  ['everything answers, as with a dataplane that takes packets before the kernel routes them', [], off(0)],
  ['the node is cut off, and passes on what it is given', [cut], off(400, [])],
  ['an interface is off, and the node counts nothing: packets do not come by it', [cut], off(0, ['eth1'])],
  ['nothing works between any nodes', [overlayBetween(null, null)], off(0)],
])('silent: %s', ([, breaks, reading]) => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': reading }) };
  expect(findingOf(id, { target: serviceOnly(), breaks, over })).toBeNull();
});

test('speaking: forwarding is off, and the node counts what it does not pass on', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': off(400) }) };
  const verdict = diagnose({ target: serviceOnly(), breaks: [cut], over });
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-3' }, where: { to: 'worker-3' } });
  expect(verdict.findings[0]?.fix?.says).toContain('sysctl -w net.ipv4.ip_forward=1 on worker-3');
});

test('speaking: one interface of a node, which is named', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': off(400, ['flannel.1']) }) };
  const [finding] = diagnose({ target: serviceOnly(), breaks: [cut], over }).findings;
  expect(finding).toMatchObject({ diagnosis: id, certainty: 'proven' });
  expect(finding?.fix?.says).toContain('net/ipv4/conf/flannel.1/forwarding=1');
});

test('a count that accounts for a part of it is no proof', () => {
  const over = { nodeFacts: nodeFacts({ 'worker-3': off(5) }) };
  expect(findingOf(id, { target: serviceOnly(), breaks: [cut], over })).toMatchObject({ certainty: 'likely' });
});

test('who heard nothing of the nodes says nothing of them, nor who heard no such setting', () => {
  expect(findingOf(id, { target: serviceOnly(), breaks: [cut] })).toBeNull();
  const before = nodeFacts().map((facts) => ({ ...facts, notForwarding: undefined }));
  expect(findingOf(id, { target: serviceOnly(), breaks: [cut], over: { nodeFacts: before } })).toBeNull();
});

test('of two nodes the one that says so is it, and not the overlay between them', () => {
  const nodes = ['worker-1', 'worker-2'].map((name) => node({ name }));
  const over = { nodeFacts: nodeFacts({ 'worker-2': off(400) }) };
  const breaks = [cutOff('worker-2')];
  const cluster = shopCluster({ nodes, pods: [...web, ...dns] });
  const { findings } = diagnose({ cluster, target: serviceOnly(), breaks, over });
  expect(findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'proven']]);
});
