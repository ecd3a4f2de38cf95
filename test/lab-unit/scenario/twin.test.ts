import { expect, test } from 'vitest';
import { inFamilies, readFamilies } from '../../../src/lab/scenario/twin.ts';
import { Scenario } from '../../../src/lab/scenario/scenario.ts';

const scenario = Scenario.parse({
  title: 'one',
  diagnose: ['172.30.0.11:30080'],
  faults: [{ kind: 'drop-inside', address: '172.30.0.13', port: 80 }],
  expect: { status: 'healthy' },
});
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [] } };
const policy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p' },
  spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.244.1.0/24', except: ['10.244.1.7/32'] } }] }] },
};
const loaded = { id: 'one', scenario, manifests: [service, policy] };

test('in two families each Service is offered by both, and addresses stay', () => {
  const twin = inFamilies(loaded, ['IPv4', 'IPv6']);
  expect(twin.scenario.families).toEqual(['IPv4', 'IPv6']);
  expect(twin.scenario.diagnose).toEqual(['172.30.0.11:30080']);
  expect(twin.manifests).toEqual([
    { ...service, spec: { ...service.spec, ipFamilyPolicy: 'PreferDualStack' } },
    policy,
  ]);
});

test('in IPv6 alone, addresses are those with the same numbers', () => {
  const twin = inFamilies(loaded, ['IPv6']);
  expect(twin.scenario).toMatchObject({
    families: ['IPv6'],
    diagnose: ['[fd00:30::11]:30080'],
    faults: [{ address: 'fd00:30::13' }],
  });
  expect(JSON.stringify(twin.manifests[1])).toContain('"cidr":"fd00:244:1::/64","except":["fd00:244:1::7/128"]');
  expect(twin.manifests[0]).toEqual(service);
});

test('families are read as they are written', () => {
  expect(readFamilies('IPv4,IPv6')).toEqual(['IPv4', 'IPv6']);
  for (const wrong of ['', 'IPv5', 'IPv6,IPv6']) expect(() => readFamilies(wrong)).toThrow('address families');
});

test('a ClusterIP beyond the first 256 stays in the range of Services', () => {
  const far = { ...loaded, scenario: { ...scenario, diagnose: ['10.96.41.40:80'] } };
  const manifests = [{ ...service, spec: { clusterIP: '10.96.41.41' } }];
  const twin = inFamilies({ ...far, manifests }, ['IPv6']);
  expect(twin.scenario.diagnose).toEqual(['[fd00:96::2928]:80']);
  expect(twin.manifests).toEqual([{ ...service, spec: { clusterIP: 'fd00:96::2929' } }]);
});
