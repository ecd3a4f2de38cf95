import { expect, test } from 'vitest';
import { dnsTimeout, overlayBetween, pod } from '../breaks.ts';
import { diagnose, dns, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'dead-dns-endpoint';
const NOBODY = [{}, null] as unknown as [Parameters<Break>[1], null];
const [first, second] = dns;
if (first === undefined || second === undefined) throw new Error('the shop has two DNS servers');

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['both servers are dead', { breaks: [pod(first, dnsTimeout), pod(second, dnsTimeout)] }],
  ['its node is cut off, so that others cannot reach it', { breaks: [overlayBetween('worker-1', null)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('speaking: a server that answers by TCP runs, and something drops its UDP', () => {
  const overUdp: Break = (path) =>
    path.probe.kind === 'dns' && path.probe.transport === 'udp' ? pod(first, dnsTimeout)(path, ...NOBODY) : null;
  const finding = findingOf(id, { breaks: [overUdp] });
  expect(finding).toMatchObject({ certainty: 'proven', title: expect.stringContaining('by UDP and does by TCP') });
  expect(finding?.fix?.says).toContain('find what drops UDP to 10.244.1.53:53');
});

test('speaking: names the pod, proven by the control on its node', () => {
  const verdict = diagnose({ breaks: [pod(first, dnsTimeout)] });
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Pod', namespace: 'kube-system', name: 'coredns-1' },
  });
});
