import { expect, test } from 'vitest';
import { silent, sample, times } from '../make.ts';
import { askedByCheckout, checkoutCluster, diagnose, isPod, serviceOnly, web } from '../world.ts';
import type { Break } from '../world.ts';

const [first, second] = web;
if (first === undefined || second === undefined) throw new Error('the shop has two pods');
/** Web-2 admits the client alone, web-1 everybody. */
const facts = checkoutCluster({
  namespace: 'shop',
  name: 'only-pay',
  spec: {
    podSelector: { matchLabels: { track: 'canary' } },
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } } }] }],
  },
});
const pods = facts.pods.map((pod) =>
  pod.name === second.name ? { ...pod, labels: { ...pod.labels, track: 'canary' } } : pod,
);
const half = () => [sample({ status: 200 }), silent(), silent(), sample({ status: 200 })];
const denied: Break = (path, from, to) =>
  from.underTest
    ? null
    : isPod(second, path) || (to?.kind === 'twin' && to.node === second.node)
      ? times(3, silent)
      : null;
const shared =
  (isOf: (underTest: boolean) => boolean): Break =>
  (path, from) =>
    path.to.kind === 'service' && isOf(from.underTest) ? half() : null;
const verdict = (...breaks: Break[]) =>
  diagnose({ cluster: { ...facts, pods }, target: serviceOnly({ from: askedByCheckout }), breaks });

test('a neutral pod meets the endpoint that policy keeps from it, and that is no fault', () => {
  expect(
    verdict(
      denied,
      shared((underTest) => !underTest),
    ).status,
  ).toBe('healthy');
});

test('the client itself meets it: never healthy', () => {
  expect(
    verdict(
      denied,
      shared(() => true),
    ).status,
  ).not.toBe('healthy');
});
