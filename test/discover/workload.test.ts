import { beforeAll, describe, expect, test } from 'vitest';
import { resolveWorkload } from '../../src/discover/workload.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { UserError } from '../../src/model/user-error.ts';
import { discovered, pod, service, SHOP } from './cluster.ts';

let cluster: Cluster;
beforeAll(async () => {
  const made = await discovered({
    ...SHOP,
    pods: [
      ...(SHOP['pods'] ?? []),
      pod('web-0', { owner: { kind: 'StatefulSet', name: 'web' } }),
      pod('cron-1-x', { owner: { kind: 'Job', name: 'cron-1' } }),
      pod('log-x', { owner: { kind: 'DaemonSet', name: 'log' } }),
      pod('checkout-x', { namespace: 'store', owner: { kind: 'StatefulSet', name: 'checkout' } }),
      pod('web-9', { namespace: 'deploy', owner: { kind: 'StatefulSet', name: 'web' } }),
      pod('api-0', { namespace: 'deploy', owner: { kind: 'StatefulSet', name: 'api' } }),
      pod('api-x', {
        namespace: 'deploy',
        labels: { 'pod-template-hash': 'h' },
        owner: { kind: 'ReplicaSet', name: 'api-h' },
      }),
      pod('entry-0', { namespace: 'gateway', owner: { kind: 'StatefulSet', name: 'entry' } }),
    ],
    services: [...(SHOP['services'] ?? []), service('lonely', { clusterIP: '10.96.0.9', ports: [{ port: 80 }] })],
  });
  const namespaces = ['shop', 'store', 'deploy', 'gateway'].map((name) => ({ name, labels: {} }));
  cluster = { ...made, namespaces };
});

const podsOf = (from: string, namespace = 'shop') =>
  resolveWorkload(cluster, from, namespace).pods.map(({ name }) => name);
const refusal = (from: string, namespace = 'shop', over: Partial<Cluster> = {}) => {
  try {
    resolveWorkload({ ...cluster, ...over }, from, namespace);
  } catch (error) {
    if (error instanceof UserError) return `${error.message} | ${error.hint ?? ''}`;
    throw error;
  }
  return 'no refusal';
};

describe('as kubectl has it', () => {
  test.for<[string, string[]]>([
    ['shop/web', ['web-a-1', 'web-a-2', 'web-0']],
    ['sts/web', ['web-0']],
    ['statefulset.apps/web', ['web-0']],
    ['job/cron-1', ['cron-1-x']],
    ['jobs.batch/cron-1', ['cron-1-x']],
    ['ds/log', ['log-x']],
    ['pod/log-x', ['log-x']],
    ['PO/log-x', ['log-x']],
  ])('%s', ([from, pods]) => expect(podsOf(from)).toEqual(pods));

  test('it is told where it was found, by its name', () => {
    expect(resolveWorkload(cluster, 'sts/checkout', 'store')).toEqual({
      namespace: 'store',
      workload: 'checkout',
      pods: [{ namespace: 'store', name: 'checkout-x' }],
    });
  });
});

describe('a namespace that is called like a kind', () => {
  test('is meant where only it has one', () => {
    expect(podsOf('deploy/api')).toEqual(['api-0', 'api-x']);
    expect(podsOf('gateway/entry')).toEqual(['entry-0']);
  });

  test('is asked about where both have one', () => {
    expect(refusal('deploy/web')).toBe(
      'deploy/web is Deployment shop/web, and web in namespace deploy | write shop/web, or deploy/web with -n deploy',
    );
    expect(podsOf('deploy/web', 'deploy')).toEqual(['web-9']);
    expect(podsOf('deploy/api', 'deploy')).toEqual(['api-x']);
  });
});

test.for<[string, string, string]>([
  ['deploy/wbe', 'shop', 'No Deployment shop/wbe has a running pod | did you mean deploy/web?'],
  ['pod/web', 'shop', 'No pod shop/web runs | did you mean deploy/web?'],
  ['deploy/log', 'shop', 'No Deployment shop/log has a running pod | did you mean ds/log?'],
  [
    'sts/checkout',
    'shop',
    'No StatefulSet shop/checkout has a running pod | there is one in namespace store: -n store',
  ],
  ['ds/log', 'store', 'No DaemonSet store/log has a running pod | there is one in namespace shop: -n shop'],
  ['job/x', 'store', 'No Job store/x has a running pod | none runs in namespace store'],
  ['pod/log-x', 'shpo', 'There is no namespace shpo, so no pod log-x in it | there is one in namespace shop'],
  ['svc/web', 'shop', 'svc/web is a Service, not a client | behind it is shop/web'],
  ['svc/lonely', 'shop', 'svc/lonely is a Service, not a client | a client is a pod or workload'],
  ['svc/web', 'store', 'svc/web is a Service, not a client | a client is a pod or workload'],
  ['cj/cron', 'shop', 'cj/cron is a CronJob, not a client | a client is a pod or workload'],
  ['gateway/nobody', 'shop', 'No workload gateway/nobody has a running pod | '],
  ['a/b/c', 'shop', '"a/b/c" is not a workload | '],
])('%s in %s is refused: %s', ([from, namespace, says]) => {
  expect(refusal(from, namespace)).toContain(says);
});

test('nothing is missed where pods could not be read', () => {
  const subject = { kind: 'resource' as const, resource: 'pods' };
  const unread = [...cluster.unread, { what: 'pods', because: 'no right', subject }];
  expect(refusal('deploy/wbe', 'shop', { unread })).not.toContain('No Deployment');
});
