import { beforeAll, expect, test } from 'vitest';
import { flowEnd, flowSource, flowTarget } from '../../src/discover/flow-ends.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { discovered, node, service, SHOP } from './cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  const asleep = { ...node('n3'), status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  cluster = await discovered({
    ...SHOP,
    namespaces: [{ metadata: { name: 'shop' } }],
    nodes: [...(SHOP['nodes'] ?? []), asleep],
    services: [
      ...(SHOP['services'] ?? []),
      service('names', { clusterIP: '10.96.0.53', ports: [{ port: 53, protocol: 'UDP' }] }),
    ],
  });
});

const from = (input: string, namespace = 'shop') => {
  const { node: where, pod } = flowSource(input, cluster, namespace);
  return [where, pod?.name ?? null];
};
const to = (input: string, protocol: 'tcp' | 'udp' | null = null) =>
  flowEnd(flowTarget(input, cluster, 'shop'), protocol);

const errorOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (cause) {
    return cause;
  }
};

test('FROM: a node, a pod, a workload, a label; a pod on the host network is its node', () => {
  const web = cluster.pods.find(({ name }) => name === 'web-a-1');
  const [[key, value] = ['', '']] = Object.entries(web?.labels ?? {});
  expect(from('n1')).toEqual(['n1', null]);
  expect(from('shop/web-a-2')).toEqual(['n2', 'web-a-2']);
  expect(from(`${key}=${value}`)).toEqual(['n1', 'web-a-1']);
  expect(from(`shop/${key}=${value}`, 'elsewhere')).toEqual(['n1', 'web-a-1']);
  expect(from('ingress-nginx/nginx-1')).toEqual(['n1', null]);
});

test.for([
  ['pod/web-a-2', 'n2', 'web-a-2'],
  ['po/web-a-2', 'n2', 'web-a-2'],
  ['Pods/web-a-2', 'n2', 'web-a-2'],
  ['deploy/web', 'n1', 'web-a-1'],
  ['deployments/web', 'n1', 'web-a-1'],
  ['deployment.apps/web', 'n1', 'web-a-1'],
  ['rs/web-a', 'n1', 'web-a-1'],
  ['node/n2', 'n2', null],
] as const)('FROM %s, as kubectl has it', ([input, where, pod]) => {
  expect(from(input)).toEqual([where, pod]);
});

test.for([
  ['n9', /no node n9/, /n1/],
  ['n3', /not Ready/, /kubectl get nodes/],
  ['web-a-1', /no node web-a-1/, /shop\/web-a-1/],
  ['app=nothing', /No pod with app=nothing/, /./],
  ['shop/nobody', /No workload shop\/nobody/, /./],
  ['node/n9', /no node n9/, /n1/],
  ['svc/web', /svc\/web is a Service, not a client/, /behind it is shop\/web$/],
] as const)('FROM %s is refused, with what to write instead', ([input, says, hint]) => {
  expect(errorOf(() => from(input))).toMatchObject({
    message: expect.stringMatching(says),
    hint: expect.stringMatching(hint),
  });
});

test('TO: a Service, a pod by either of its names, an address, a host of an Ingress, one outside', () => {
  expect(to('svc/web:80')).toMatchObject({
    protocol: 'tcp',
    to: { kind: 'service', name: 'web', address: '10.96.0.7', port: 80 },
  });
  const pod = { kind: 'backend', address: '10.1.1.1', port: 8080, node: 'n2' };
  expect(to('shop/web-a-2:8080').to).toMatchObject(pod);
  expect(to('pod/web-a-2:8080').to).toMatchObject(pod);
  expect(to('10.1.1.1:8080').to).toMatchObject(pod);
  expect(to('deploy/web:8080').to).toMatchObject({ kind: 'backend', address: '10.1.0.1', port: 8080, node: 'n1' });
  expect(to('deploy/web').to).toMatchObject({ address: '10.1.0.1', port: 8080 });
  expect(to('node/n2:10250').to).toEqual({ ...pod, address: '192.0.2.2', port: 10_250, pod: null });
  expect(to('shop.example.com:80').to).toMatchObject({ kind: 'entry', address: '192.0.2.1', port: 80, node: 'n1' });
  expect(to('198.51.100.7:443').to).toEqual({ kind: 'external', address: '198.51.100.7', port: 443 });
  expect(to('api.example.org:8443').to).toEqual({ kind: 'external', address: 'api.example.org', port: 8443 });
});

test.for([
  ['deploy/wbe:80', /No Deployment shop\/wbe has a running pod/, /did you mean deploy\/web\?/],
  ['node/n7:80', /no node n7/, /n1/],
  ['node/n2', /without a port/, /node\/n2:PORT/],
  ['cj/web:80', /nobody connects to cj\/web/, /deploy\/NAME/],
] as const)('TO %s is refused, with what to write instead', ([input, says, hint]) => {
  expect(errorOf(() => to(input))).toMatchObject({
    message: expect.stringMatching(says),
    hint: expect.stringMatching(hint),
  });
});

test("the protocol is that of the Service's port, unless one is asked for", () => {
  expect(to('svc/names:53').protocol).toBe('udp');
  expect(to('svc/web:80', 'udp').protocol).toBe('udp');
});
