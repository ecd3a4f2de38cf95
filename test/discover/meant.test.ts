import { beforeAll, expect, test } from 'vitest';
import { resolveTarget } from '../../src/discover/target.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { UserError } from '../../src/model/user-error.ts';
import { discovered, ingress, pod, service, SHOP } from './cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await discovered({
    ...SHOP,
    ingresses: [
      ingress('api', 'api.example.com', { path: '/v1' }),
      ingress('two', null, {
        spec: { rules: ['a', 'b'].map((each) => ({ ...ruleOf(ingress('x', `${each}.example.com`)) })) },
      }),
      ingress('wild', '*.example.com'),
      ingress('any', null),
    ],
    services: [
      ...(SHOP['services'] ?? []),
      service('db', { clusterIP: '10.96.0.20', selector: { app: 'db' }, ports: [{ port: 5432 }, { port: 9187 }] }),
      service('db-peers', { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 5432 }] }),
      service('blue', { clusterIP: '10.96.0.21', selector: { app: 'twice' }, ports: [{ port: 80 }] }),
      service('green', { clusterIP: '10.96.0.22', selector: { app: 'twice' }, ports: [{ port: 80 }] }),
    ],
    pods: [
      ...(SHOP['pods'] ?? []),
      pod('db-0', { labels: { app: 'db' }, ip: '10.1.0.20', owner: { kind: 'StatefulSet', name: 'db' } }),
      pod('twice-1', { labels: { app: 'twice' }, ip: '10.1.0.21', owner: { kind: 'DaemonSet', name: 'twice' } }),
      pod('job-1', { ip: '10.1.0.22', owner: { kind: 'Job', name: 'job' }, ports: [{ containerPort: 7000 }] }),
    ],
  });
});

function ruleOf({ spec }: ReturnType<typeof ingress>): object {
  return (spec as { rules: object[] }).rules[0] ?? {};
}

const ask = (input: string, namespace = 'shop') => resolveTarget(input, cluster, { namespace, from: null });

test.for([
  ['deploy/web', { kind: 'service', input: 'deploy/web', service: { name: 'web', port: 80 } }],
  ['deployment.apps/web:http', { kind: 'service', service: { name: 'web', port: 80 } }],
  // The headless one is for its pods among themselves.
  ['sts/db:5432', { kind: 'service', service: { name: 'db', clusterIp: '10.96.0.20', port: 5432 } }],
  // No Service selects it.
  ['job/job', { kind: 'pod', direct: [{ address: '10.1.0.22', port: 7000, pod: { name: 'job-1' } }] }],
  ['job/job:9', { kind: 'pod', direct: [{ address: '10.1.0.22', port: 9 }] }],
  ['ingress/api', { kind: 'ingress', host: 'api.example.com', path: '/v1', route: { kind: 'Ingress', name: 'api' } }],
  ['ing/api', { kind: 'ingress', host: 'api.example.com' }],
] as const)('%s is what its clients ask', ([input, target]) => {
  expect(ask(input)).toMatchObject(target);
});

test.for([
  ['sts/db', /Service shop\/db has several ports/, /5432/],
  ['ds/twice', /ds\/twice is reached through 2 Services/, /svc\/blue and svc\/green/],
  ['deploy/wbe', /No Deployment shop\/wbe has a running pod/, /deploy\/web/],
  ['ing/apii', /There is no Ingress apii with a rule in namespace shop/, /did you mean ing\/api/],
  ['ingress/two', /Ingress shop\/two serves a\.example\.com and b\.example\.com/, /the host that users ask for/],
  ['ingress/wild', /Ingress shop\/wild serves \*\.example\.com/, /the host that users ask for/],
  ['ingress/any', /Ingress shop\/any serves any host/, /the host that users ask for/],
  ['httproute/api', /There is no HTTPRoute api/, /none that can be seen/],
] as const)('%s is refused, with what to write instead', ([input, says, hint]) => {
  expect(errorOf(() => ask(input))).toMatchObject({
    message: expect.stringMatching(says),
    hint: expect.stringMatching(hint),
  });
});

test('in another namespace: which one', () => {
  expect(errorOf(() => ask('ingress/api', 'kube-system'))?.hint).toMatch(/namespace shop/);
  expect(errorOf(() => ask('deploy/web', 'kube-system'))?.hint).toMatch(/namespace shop/);
});

test('nothing is taken for absent where it could not be read', async () => {
  const { services: _services, ...rest } = SHOP;
  const blind = await discovered(rest, { denied: ['services'] });
  expect(errorOf(() => resolveTarget('deploy/web', blind, { namespace: 'shop', from: null }))?.message).toMatch(
    /The Service of deploy\/web cannot be looked up/,
  );
});

function errorOf(look: () => unknown): UserError | null {
  try {
    look();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  return null;
}
