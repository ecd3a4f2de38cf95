import { expect, test } from 'vitest';
import { dnsTimeout, overlayBetween, pod } from '../breaks.ts';
import { diagnose, dns, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'dead-dns-endpoint';
const [first, second] = dns;
if (first === undefined || second === undefined) throw new Error('the shop has two DNS servers');

test.for<[string, { breaks?: Break[] }]>([
  ['everything answers', {}],
  ['both servers are dead', { breaks: [pod(first, dnsTimeout), pod(second, dnsTimeout)] }],
  ['its node is cut off, so that others cannot reach it', { breaks: [overlayBetween('worker-1', null)] }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
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
