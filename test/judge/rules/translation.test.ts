/** Silent cases first: an endpoint that the API lists, or that nobody may list, is no rule left behind. */
import { expect, test } from 'vitest';
import { translationOn } from '../../../src/judge/rules/translation.ts';
import type { Cluster } from '../../../src/model/cluster.ts';
import { cluster, pod, service, slice, unreadGap } from '../make.ts';
import { flow, steps } from './steps.ts';

const web = pod({ name: 'web-2', node: 'worker-2' });
const asked = flow({ destination: '10.96.0.80', destinationPort: 80 });
const SHOP = { namespace: 'shop', name: 'web' };
const served = { services: [service()], endpointSlices: [slice({ pods: [web] })] };
const sent = (to: string) =>
  steps(
    'ip kube-proxy services: ip daddr . meta l4proto . th dport vmap @service-ips -> goto service-AAAAAAAA-shop/web/tcp/http',
    `ip kube-proxy endpoint-AAAAAAAA-shop/web/tcp/http__10.244.2.12/8080: meta l4proto tcp dnat to ${to} -> accept`,
  );

test('nothing was translated', () => {
  expect(translationOn(steps('inet house forward: drop -> drop'), cluster(served), asked)).toBeNull();
});

const CASES: readonly (readonly [string, string, Partial<Cluster>, object])[] = [
  ['an endpoint of today', '10.244.2.12:8080', served, { service: SHOP, isListed: true, port: 8080 }],
  [
    'where slices may not be listed',
    '10.244.9.9:8080',
    { ...served, unread: [unreadGap('endpointslices')] },
    { isListed: null },
  ],
  ['an endpoint that is gone', '10.244.9.9:8080', served, { service: SHOP, address: '10.244.9.9', isListed: false }],
];

test.for(CASES)('%s', ([, to, world, wanted]) => {
  expect(translationOn(sent(to), cluster(world), asked)).toMatchObject(wanted);
});

test('with iptables the Service is the one that was asked for', () => {
  const way = steps('ip nat KUBE-SEP-AAAAAAAAAAAAAAAA: meta l4proto tcp counter dnat to 10.244.9.9:8080 -> accept');
  expect(translationOn(way, cluster(served), asked)).toMatchObject({ service: SHOP, isListed: false });
  expect(translationOn(way, cluster(), asked)).toMatchObject({ service: null, isListed: null });
});
