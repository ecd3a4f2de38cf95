/** Twins harm nobody, over whole runs against every kind of workload, as seen by every event of the namespace. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Manifest } from '../../src/lab/scenario/manifest.ts';
import { realCluster, until, type RealCluster } from './cluster.ts';
import { diagnose } from './kprobe.ts';
import { observe } from './observer.ts';
import { admitsEverybody, namespace, service, workload } from './workloads.ts';

const SPACE = 'kprobe-e2e-twins';
const HEADLESS = { clusterIP: 'None' };

const MANIFESTS: readonly Manifest[] = [
  namespace(SPACE),
  admitsEverybody(SPACE),
  workload('Deployment', SPACE, 'web'),
  service(SPACE, 'web'),
  workload('DaemonSet', SPACE, 'gate'),
  service(SPACE, 'gate'),
  workload('StatefulSet', SPACE, 'store'),
  service(SPACE, 'store', HEADLESS),
  workload('StatefulSet', SPACE, 'quorum'),
  service(SPACE, 'quorum', { ...HEADLESS, publishNotReadyAddresses: true }),
  workload('Deployment', SPACE, 'scaled'),
  service(SPACE, 'scaled'),
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'scaled', namespace: SPACE },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  },
  workload('Deployment', SPACE, 'budgeted'),
  service(SPACE, 'budgeted'),
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'budgeted', namespace: SPACE },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'budgeted' } } },
  },
];

/** Of the answering side; where something would count a twin, none may stand. */
const CASES = [
  { name: 'quorum', kind: 'StatefulSet whose headless Service publishes what is not ready', hasTwins: false },
  { name: 'scaled', kind: 'Deployment with a HorizontalPodAutoscaler', hasTwins: false },
  { name: 'budgeted', kind: 'Deployment with a PodDisruptionBudget', hasTwins: false },
  { name: 'web', kind: 'Deployment', hasTwins: true },
  { name: 'gate', kind: 'DaemonSet', hasTwins: true },
  { name: 'store', kind: 'StatefulSet with a headless Service', hasTwins: true },
] as const;

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await realCluster();
  await cluster.apply(MANIFESTS);
  await cluster.rolledOut([SPACE]);
  await until('all pods ready', async () => (await cluster.pods(SPACE)).every(isReady));
});

afterAll(() => cluster.remove(MANIFESTS));

test.for(CASES)('no run harms a $kind ($name)', async ({ name, hasTwins }) => {
  const before = uids(await cluster.pods(SPACE));
  const observed = await observe(cluster, SPACE);
  const asked = await diagnose([`svc/${name}`, '-n', SPACE, '--from', `${SPACE}/${name}`]);
  observed.stop();
  expect(asked.verdict, `${asked.stderr}`).not.toBeNull();
  expect(observed.harm).toEqual([]);
  expect(observed.twins.size > 0).toBe(hasTwins);
  expect(uids(await cluster.pods(SPACE))).toEqual(before);
  expect(asked.verdict?.notMeasured.some(({ because }) => because.includes('no twin is made'))).toBe(!hasTwins);
});

type Pods = Awaited<ReturnType<RealCluster['pods']>>;

function uids(pods: Pods): Set<string | undefined> {
  return new Set(pods.map(({ metadata }) => metadata?.uid));
}

function isReady({ status }: Pods[number]): boolean {
  return status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
}
