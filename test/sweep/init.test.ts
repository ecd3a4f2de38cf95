import { describe, expect, test } from 'vitest';
import { resolveTarget } from '../../src/discover/target.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { parseSweepFile } from '../../src/sweep/file.ts';
import { draftSweepFile } from '../../src/sweep/init.ts';
import { cluster, pod, route, service, slice } from '../judge/make.ts';
import { shopCluster } from '../judge/world.ts';

const parse = (facts: Cluster) =>
  parseSweepFile(new TextEncoder().encode(draftSweepFile(facts, 'kind').text), 'sweep.yaml');
const targetsOf = (facts: Cluster) => parse(facts).targets.map(({ key }) => key);

describe('a sweep file made from a cluster', () => {
  const facts = shopCluster({
    routes: [
      route({ path: '/cart' }),
      route(),
      route({ host: '*.example.com' }),
      route({ host: null }),
      route({ host: 'kube.example.com', namespace: 'kube-system' }),
      route({ host: '1e3.example.com', path: '/v1' }),
    ],
    services: [
      ...shopCluster().services,
      service({ name: 'idle' }),
      service({ name: 'outside', type: 'ExternalName' }),
      service({ name: 'names', ports: [{ name: 'dns', port: 53, targetPort: 53, nodePort: null, protocol: 'UDP' }] }),
      service({ namespace: 'default', name: 'kubernetes' }),
    ],
    endpointSlices: [
      ...shopCluster().endpointSlices,
      slice({ service: 'outside', pods: [pod()] }),
      slice({ namespace: 'default', service: 'kubernetes', pods: [pod()] }),
    ],
  });

  test('has each host once, and each Service that answers', () => {
    expect(targetsOf(facts)).toEqual(['1e3.example.com/v1', 'shop.example.com', 'shop/svc/web']);
  });

  test('says which Services answer nobody', () => {
    expect(draftSweepFile(facts, 'kind').text).toContain('# Without a ready endpoint: svc/idle in namespace shop\n');
  });

  test('resolves as it is', () => {
    for (const { target, namespace } of parse(facts).targets) {
      expect(() => resolveTarget(target, facts, { namespace: namespace ?? 'default', from: null })).not.toThrow();
    }
  });

  test('names a port where a Service has several', () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 8080, nodePort: null, protocol: 'TCP' },
      { name: 'metrics', port: 9090, targetPort: 9090, nodePort: null, protocol: 'TCP' },
    ];
    const two = shopCluster({ routes: [], services: [service({ ports })] });
    expect(targetsOf(two)).toEqual(['shop/svc/web:80']);
  });

  test('is read again whatever things are called', () => {
    const odd = ['yes', 'a: b', '- x', '#no', "it's", 'a\nb: c'].map((name) => service({ name, selector: {} }));
    const facts = cluster({
      services: odd,
      endpointSlices: odd.map(({ name }) => slice({ service: name, pods: [pod()] })),
    });
    const { text } = draftSweepFile(facts, 'kind\nbudget: {pods: 0}');
    expect(text.split('\n').filter((line) => line.startsWith('budget'))).toEqual(['budget:']);
    expect(text.match(/^- target: /gmu)).toHaveLength(odd.length);
  });
});

test('of an empty cluster says that there is nothing', () => {
  const { text, targets } = draftSweepFile(cluster(), 'kind');
  expect(targets).toBe(0);
  expect(text).toContain('targets: []');
});
