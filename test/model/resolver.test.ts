import { describe, expect, test } from 'vitest';
import type { Pod } from '../../src/model/cluster.ts';
import { resolverOf } from '../../src/model/resolver.ts';
import { pod } from '../judge/make.ts';
import { shopCluster } from '../judge/world.ts';

const SEARCHES = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const own = (over: Partial<NonNullable<Pod['dnsConfig']>> = {}) => ({
  nameservers: ['192.0.2.53'],
  searches: ['corp.example.com'],
  options: ['ndots:2', 'timeout:1'],
  ...over,
});
const of = (over: Partial<Pod>, cluster = shopCluster()) => resolverOf(cluster, pod(over));

describe('the base', () => {
  test.for<[Partial<Pod>, ReturnType<typeof of>['base'], readonly string[]]>([
    [{}, 'cluster', ['10.96.0.10']],
    [{ dnsPolicy: 'ClusterFirst' }, 'cluster', ['10.96.0.10']],
    [{ dnsPolicy: 'ClusterFirst', hostNetwork: true }, 'node', []],
    [{ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, 'cluster', ['10.96.0.10']],
    [{ dnsPolicy: 'Default' }, 'node', []],
    [{ dnsPolicy: 'None', dnsConfig: own() }, 'none', ['192.0.2.53']],
  ])('of %j is %s', ([over, base, nameservers]) => {
    expect(of(over)).toMatchObject({ base, nameservers });
  });

  test('is the node where no DNS Service is known', () => {
    expect(of({}, shopCluster({ dnsService: null }))).toMatchObject({ base: 'node', nameservers: [], ndots: null });
  });
});

test('what a pod adds comes after what its policy gives, and its options win', () => {
  expect(of({ dnsConfig: own() })).toEqual({
    base: 'cluster',
    nameservers: ['10.96.0.10', '192.0.2.53'],
    searches: [...SEARCHES, 'corp.example.com'],
    options: ['ndots:2', 'timeout:1'],
    ndots: 2,
  });
});

test('nothing is there twice, and no fourth nameserver', () => {
  const nameservers = ['10.96.0.10', '192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const found = of({ dnsConfig: own({ nameservers, searches: ['cluster.local'] }) });
  expect(found.nameservers).toEqual(['10.96.0.10', '192.0.2.1', '192.0.2.2']);
  expect(found.searches).toEqual(SEARCHES);
});

test('ndots is 5 in the cluster, 1 where a pod has no base, and not known of a node', () => {
  const bare = own({ options: [] });
  expect(of({}).ndots).toBe(5);
  expect(of({ dnsPolicy: 'None', dnsConfig: bare }).ndots).toBe(1);
  expect(of({ dnsPolicy: 'Default', dnsConfig: bare }).ndots).toBeNull();
  expect(of({ dnsPolicy: 'Default', dnsConfig: own() }).ndots).toBe(2);
});
