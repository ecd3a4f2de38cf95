import { describe, expect, test } from 'vitest';
import { cluster, controller, namespace, pod } from '../../judge/make.ts';
import { findings, ingress, service, workload } from '../reading.ts';

const web = workload('web') + service('web');

describe('empty-service', () => {
  test.for([
    ['it selects', web],
    ['no workload among the files', service('web')],
    ['scaled to 0', web.replace('spec:', 'spec:\n  replicas: 0')],
    [
      'no selector',
      `${workload('web')}---\n{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{port: 5432}]}}\n`,
    ],
    [
      'another name',
      `${workload('web')}---\n{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {type: ExternalName, externalName: db.example.com, selector: {app: x}}}\n`,
    ],
    [
      'a kind of another maker with a pod template',
      `${service('web')}${workload('db')}${workload('web', { kind: 'Rollout' }).replace('apps/v1', 'argoproj.io/v1alpha1')}`,
    ],
    [
      'pods of a CronJob',
      `${workload('db')}${service('job', { targetPort: '8080' })}---
apiVersion: batch/v1
kind: CronJob
metadata: {name: job}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: job}}, spec: {containers: [{name: main}]}}}}}
`,
    ],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([]);
  });
  test('silent: pods that only the cluster has', async () => {
    expect(await findings(service('web'), cluster({ pods: [pod()] }))).toEqual([]);
  });
  test.for([
    ['a typo', workload('web') + service('web', { selector: 'app: wbe' })],
    ['other labels', workload('web') + service('web', { selector: 'app: shop-frontend' })],
    ['one label too many', workload('web') + service('web', { selector: 'app: web, tier: front' })],
    [
      'another namespace',
      `${workload('web').replace('{name: web}', '{name: web, namespace: other}')}${workload('db')}${service('web')}`,
    ],
  ])('told: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([
      expect.stringMatching(/^empty-service \d+: Service shop\/web selects no pod/u),
    ]);
  });
});

describe('foreign-endpoint', () => {
  const chart = (component: string, more = '') =>
    `app.kubernetes.io/name: shop, app.kubernetes.io/component: ${component}${more}`;
  const all = service('shop', { selector: 'app.kubernetes.io/name: shop' });
  test.for([
    ['one workload', web],
    [
      'a canary',
      workload('web', { labels: 'app: web, track: stable' }) +
        workload('web-canary', { labels: 'app: web, track: canary' }) +
        service('web'),
    ],
    [
      'two versions',
      workload('web-v1', { labels: 'app: web, version: v1' }) +
        workload('web-v2', { labels: 'app: web, version: v2' }) +
        service('web'),
    ],
    [
      'primary and replicas',
      workload('db-primary', { labels: chart('primary') }) + workload('db-read', { labels: chart('read') }) + all,
    ],
    [
      'a worker that the selector leaves out',
      workload('web', { labels: chart('web') }) +
        workload('worker', { labels: chart('worker') }) +
        service('shop', { selector: chart('web') }),
    ],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([]);
  });
  test.for([
    [
      'web and worker',
      workload('web', { labels: chart('web') }) + workload('worker', { labels: chart('worker') }) + all,
    ],
    [
      'web and its migration',
      `${workload('web')}${service('web')}---
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main}]}}}
`,
    ],
  ])('told: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([
      expect.stringMatching(/^foreign-endpoint \d+: Service shop\/\w+ selects two workloads: Deployment web and/u),
    ]);
  });
});

describe('wrong-backend-port of a Service', () => {
  const to = (targetPort: string) => workload('web') + service('web', { targetPort });
  test.for([
    ['by name', to('http')],
    ['by number', to('8080')],
    [
      'a number, of pods that declare no ports',
      workload('web').replace('ports: [{name: http, containerPort: 8080}], ', '') +
        service('web', { targetPort: '8080' }),
    ],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([]);
  });
  test.for([
    ['a name that nobody has', to('web')],
    ['a number that nobody declares', to('3000')],
    ['the other protocol', to('http').replace('targetPort: http', 'targetPort: http, protocol: UDP')],
  ])('told: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([
      expect.stringMatching(/^wrong-backend-port \d+: Service shop\/web sends port 80 to/u),
    ]);
  });
});

describe('wrong-backend-port of an Ingress', () => {
  test.for([
    ['by name', web + ingress('web')],
    ['by number', web + ingress('web', { port: 'number: 80' })],
    ['no Service among the files', workload('web') + ingress('web')],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([]);
  });
  test.for([
    [
      'a Service that does not exist',
      web + ingress('web', { to: 'wbe' }),
      'leads to Service wbe, which does not exist',
    ],
    ["the container's port", web + ingress('web', { port: 'number: 8080' }), 'leads to port 8080 of Service web'],
    ['a name of no port', web + ingress('web', { port: 'name: https' }), 'leads to port https of Service web'],
  ])('told: %s', async ([, yaml, says]) => {
    expect(await findings(yaml!)).toEqual([expect.stringMatching(`^wrong-backend-port 24: Ingress shop/web ${says}`)]);
  });
});

describe('missing-ingress-controller', () => {
  const classes = [{ name: 'nginx', controller: 'k8s.io/ingress-nginx', isDefault: false }];
  const nginx = pod({
    namespace: 'ingress-nginx',
    name: 'nginx-1',
    labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
  });
  const served = cluster({
    pods: [nginx],
    ingressClasses: classes,
    controllers: [controller({ pods: [{ namespace: 'ingress-nginx', name: 'nginx-1' }] })],
    namespaces: [namespace('ingress-nginx')],
  });
  test('silent where it is served, where nobody knows, and outside of the cluster', async () => {
    const alb = web + ingress('web', { className: 'ingressClassName: alb' });
    expect(await findings(web + ingress('web'), served)).toEqual([]);
    expect(await findings(web + ingress('web', { className: 'ingressClassName: ngnix' }))).toEqual([]);
    expect(await findings(alb, served)).toEqual([]);
    expect(
      await findings(web + ingress('web', { className: '' }), {
        ...served,
        ingressClasses: [{ ...classes[0]!, isDefault: true }],
      }),
    ).toEqual([]);
  });
  test.for([
    ['a typo', 'ingressClassName: ngnix', served, 'is of class ngnix, which nobody serves'],
    ['no class and no default', '', served, 'names no class, and no class is the default'],
    [
      'its controller is gone',
      'ingressClassName: nginx',
      cluster({ ingressClasses: classes, controllers: [controller()] }),
      'is of class nginx, which nobody serves',
    ],
  ] as const)('told: %s', async ([, className, base, says]) => {
    expect(await findings(web + ingress('web', { className }), base)).toEqual([
      expect.stringMatching(`^missing-ingress-controller \\d+: Ingress shop/web ${says}`),
    ]);
  });
});

describe('abrupt-shutdown', () => {
  const abrupt = workload('web').replace(', lifecycle: {preStop: {sleep: {seconds: 5}}}', '');
  test.for([
    ['a preStop hook', web + ingress('web')],
    ['only pods reach it', abrupt + service('web')],
    [
      'replaced as a whole',
      abrupt.replace('spec:', 'spec:\n  strategy: {type: Recreate}') + service('web') + ingress('web'),
    ],
    ['scaled to 0', abrupt.replace('spec:', 'spec:\n  replicas: 0') + service('web') + ingress('web')],
  ])('silent: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([]);
  });
  test.for([
    ['behind an Ingress', abrupt + service('web') + ingress('web')],
    ['behind a load balancer', abrupt + service('web').replace('{selector', '{type: LoadBalancer, selector')],
    [
      'no time to end',
      web.replace('containers:', 'terminationGracePeriodSeconds: 0\n      containers:') + ingress('web'),
    ],
  ])('told: %s', async ([, yaml]) => {
    expect(await findings(yaml!)).toEqual([
      expect.stringMatching(/^abrupt-shutdown \d+: Deployment shop\/web is reached by/u),
    ]);
  });
});
