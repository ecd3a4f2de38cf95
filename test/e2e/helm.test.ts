/** The chart by the real Helm: made, tested, changed, rolled back and removed, and the cluster is as it was. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdmissionregistrationV1Api,
  BatchV1Api,
  RbacAuthorizationV1Api,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realCluster, until, type RealCluster } from './cluster.ts';
import { type Ended, startKprobe } from './kprobe.ts';
import { hasNodeShell, onNode } from './node-shell.ts';
import { FOLDER, VOLUME, volume } from './volume.ts';
import { namespace, service, workload } from './workloads.ts';

const SPACE = 'kprobe-e2e-helm';
const CHART = 'deploy/helm/kprobe';
const SCHEMAS = 'test/chart/schemas/{{.ResourceKind}}{{.KindSuffix}}.json';
const HELM = process.env['KPROBE_E2E_HELM'] ?? '';
const KUBECONFORM = process.env['KPROBE_E2E_KUBECONFORM'] ?? '';
const IMAGE = process.env['KPROBE_E2E_OWN_IMAGE'] ?? '';
const LACKS = [
  ...(HELM === '' ? ['KPROBE_E2E_HELM, the path of helm'] : []),
  ...(KUBECONFORM === '' ? ['KPROBE_E2E_KUBECONFORM, the path of kubeconform'] : []),
  ...(IMAGE === '' ? ["KPROBE_E2E_OWN_IMAGE, kprobe's own image"] : []),
  ...(hasNodeShell ? [] : ['KPROBE_E2E_NODE_SHELL, to make a folder for the volume']),
];
/** A turn of the schedule, a sweep, and its pods. */
const TURN_MS = 200_000;

const WORKLOADS = [namespace(SPACE), workload('Deployment', SPACE, 'ledger'), service(SPACE, 'ledger')];
/** Where the release is kept. */
const RELEASE = ['kprobe', '-n', 'default'];
/** What goes with a sweep, with probes on the network of nodes, and with the account that nobody else is. */
const OF_SWEEP_AND_HOST = new Set([
  'Namespace kprobe-host',
  'ValidatingAdmissionPolicy kprobe-host',
  'ValidatingAdmissionPolicyBinding kprobe-host',
  'Role kprobe-host/kprobe',
  'RoleBinding kprobe-host/kprobe',
  'ServiceAccount kprobe/kprobe',
  'ClusterRole kprobe-sweep',
  'ClusterRoleBinding kprobe-sweep',
  'ConfigMap kprobe/kprobe-sweep',
  'CronJob kprobe/kprobe-sweep',
  'PersistentVolumeClaim kprobe/kprobe-history',
]);
let cluster: RealCluster;
let folder: string;

beforeAll(async () => {
  cluster = await realCluster();
  folder = await mkdtemp(join(tmpdir(), 'e2e-helm-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  if (LACKS.length > 0) return process.stderr.write(`e2e: NOT RUN the Helm chart: needs ${LACKS.join('; ')}\n`);
  await program(HELM, 'uninstall', ...RELEASE, '--ignore-not-found');
  await cluster.remove([...WORKLOADS, volume('')]);
});

test('helm lint and kubeconform have nothing to say', async ({ skip }) => {
  if (LACKS.length > 0) skip(LACKS.join('; '));
  const values = await valuesOf({ twins: ['shop'], inside: true, podMonitor: { enabled: true, selector: { a: 'b' } } });
  await helm('lint', '--strict', CHART, '-f', values);
  const kinds = ['PodMonitor', 'PrometheusRule'];
  const known = kinds.flatMap((kind) => ['--api-versions', `monitoring.coreos.com/v1/${kind}`]);
  const { stdout } = await helm('template', 'kprobe', CHART, '-n', 'default', '-f', values, ...known);
  for (const kind of kinds) expect(stdout).toContain(`kind: ${kind}\n`);
  const file = join(folder, 'rendered.yaml');
  await writeFile(file, stdout);
  const checked = await program(
    KUBECONFORM,
    '-strict',
    '-summary',
    '-skip',
    kinds.join(),
    '-schema-location',
    SCHEMAS,
    file,
  );
  expect(checked, `${checked.stdout}`).toMatchObject({ exitCode: 0 });
  expect(checked.stdout).toMatch(/Valid: 1\d, Invalid: 0, Errors: 0, Skipped: 2/);
  const { stdout: old } = await helm('template', 'kprobe', CHART, '-n', 'default', '--kube-version', '1.29.0');
  expect(old).not.toContain('ValidatingAdmissionPolicy');
});

test('install, test, upgrade, rollback and uninstall', { timeout: 4 * TURN_MS }, async ({ skip }) => {
  if (LACKS.length > 0) skip(LACKS.join('; '));
  await startKprobe(['uninstall', '--yes', '--delete-history']).ended;
  // Also what earlier suites left to go.
  await until('no namespace is going', async () =>
    (await cluster.core.listNamespace()).items.every(({ status }) => status?.phase === 'Active'),
  );
  const before = await inCluster();
  await cluster.apply(WORKLOADS);
  await cluster.rolledOut([SPACE]);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node takes pods');
  await onNode(node, 1, { command: `mkdir -p ${FOLDER}`, input: '' });
  await cluster.apply([volume(node.name)]);
  const withWorkloads = await inCluster();

  const refused = await program(HELM, 'install', 'kprobe', CHART, '-n', 'kprobe', '--create-namespace');
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('-n default') });
  expect(await inCluster()).toEqual(withWorkloads);

  await helm('install', ...RELEASE, await olderChart(), '-f', await valuesOf({}));
  const installed = await inCluster();
  const log = await firstSweep();
  expect(log).toContain('healthy');
  const doctor = await helm('test', ...RELEASE);
  expect(doctor.stdout).toMatch(/^Phase: +Succeeded$/m);
  const { exitCode, stderr } = await startKprobe(['install']).ended;
  expect(exitCode).toBe(2);
  expect(stderr).toContain('helm upgrade kprobe -n default');

  await helm('upgrade', ...RELEASE, CHART, '--set', 'hostVantages=false,subjects[0].kind=Group,subjects[0].name=sre');
  const withoutSweep = installed.filter((each) => !OF_SWEEP_AND_HOST.has(each));
  expect(installed.length - withoutSweep.length).toBe(OF_SWEEP_AND_HOST.size);
  await until('what is no longer wanted gone', () => isThere(withoutSweep)).catch(() => undefined);
  expect(await inCluster()).toEqual(withoutSweep);

  // A volume that was used is not given away again by itself.
  await cluster.remove([volume('')]);
  await cluster.apply([volume(node.name)]);
  await helm('rollback', ...RELEASE, '1');
  expect(await inCluster()).toEqual(installed);
  expect(await firstSweep()).toContain('healthy');

  await helm('uninstall', ...RELEASE, '--wait');
  // Namespaces take their time to go; what then is left is named.
  await until('all of it gone', () => isThere(withWorkloads)).catch(() => undefined);
  expect(await inCluster()).toEqual(withWorkloads);
  const releases = await cluster.core.listSecretForAllNamespaces({ labelSelector: 'owner=helm,name=kprobe' });
  expect(releases.items).toEqual([]);
  expect(await cluster.leftovers()).toEqual([]);
  await cluster.remove([...WORKLOADS, volume('')]);
  expect(await inCluster()).toEqual(before);
});

async function isThere(objects: readonly string[]): Promise<boolean> {
  return JSON.stringify(await inCluster()) === JSON.stringify(objects);
}

/** A sweep of one target, whose history goes with the release. */
async function valuesOf(more: object): Promise<string> {
  const colon = IMAGE.lastIndexOf(':');
  const values = {
    image: { repository: IMAGE.slice(0, colon), tag: IMAGE.slice(colon + 1) },
    sweep: {
      schedule: '* * * * *',
      file: {
        targets: [{ target: 'svc/ledger', namespace: SPACE }],
        notify: { events: true, pushgateway: { url: 'http://127.0.0.1:9' } },
      },
      clusterName: 'e2e',
      history: { storageClass: VOLUME, keep: false },
    },
    ...more,
  };
  const file = join(folder, 'values.yaml');
  await writeFile(file, JSON.stringify(values));
  return file;
}

/** As of a release before: nothing but its version differs, as long as there is none. */
async function olderChart(): Promise<string> {
  const copy = join(folder, 'older');
  await cp(CHART, copy, { recursive: true });
  const file = join(copy, 'Chart.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^version: .*$/m, 'version: 0.0.1'));
  return copy;
}

/** What the next sweep to end says. */
async function firstSweep(): Promise<string> {
  const labelSelector = 'app.kubernetes.io/component=sweep';
  const isOver = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';
  let log = '';
  await until(
    'a sweep has ended',
    async () => {
      const { items } = await cluster.core.listNamespacedPod({ namespace: 'kprobe', labelSelector });
      const ended = items.find(({ status }) => isOver(status?.phase));
      if (ended?.metadata?.name === undefined) return false;
      log = await cluster.core.readNamespacedPodLog({ name: ended.metadata.name, namespace: 'kprobe' });
      return true;
    },
    TURN_MS,
  );
  return log;
}

/** Everything of the kinds that an installation or a run makes, but for what Kubernetes puts into each namespace and what Jobs make. */
async function inCluster(): Promise<string[]> {
  const { config, core } = cluster;
  const [rbac, admission, batch] = [
    config.makeApiClient(RbacAuthorizationV1Api),
    config.makeApiClient(AdmissionregistrationV1Api),
    config.makeApiClient(BatchV1Api),
  ];
  const lists: [string, Promise<{ items: KubernetesObject[] }>][] = [
    ['Namespace', core.listNamespace()],
    ['PersistentVolume', core.listPersistentVolume()],
    ['PersistentVolumeClaim', core.listPersistentVolumeClaimForAllNamespaces()],
    ['ConfigMap', core.listConfigMapForAllNamespaces()],
    ['Secret', core.listSecretForAllNamespaces()],
    ['ServiceAccount', core.listServiceAccountForAllNamespaces()],
    ['ClusterRole', rbac.listClusterRole()],
    ['ClusterRoleBinding', rbac.listClusterRoleBinding()],
    ['Role', rbac.listRoleForAllNamespaces()],
    ['RoleBinding', rbac.listRoleBindingForAllNamespaces()],
    ['ValidatingAdmissionPolicy', admission.listValidatingAdmissionPolicy()],
    ['ValidatingAdmissionPolicyBinding', admission.listValidatingAdmissionPolicyBinding()],
    ['CronJob', batch.listCronJobForAllNamespaces()],
  ];
  const named = await Promise.all(
    lists.map(async ([kind, asked]) =>
      (await asked).items.map(
        ({ metadata }) => `${kind} ${[metadata?.namespace, metadata?.name].filter(Boolean).join('/')}`,
      ),
    ),
  );
  const passing =
    /\/(?:default|kube-root-ca\.crt)$|ConfigMap [^ ]*\/kprobe-[0-9a-f]{8}|Secret default\/sh\.helm\.release/;
  return named
    .flat()
    .filter((each) => !passing.test(each))
    .toSorted();
}

/** Throws, with its own words, where it fails. */
async function helm(...args: string[]): Promise<Ended> {
  const ended = await program(HELM, ...args);
  if (ended.exitCode !== 0)
    throw new Error(`helm ${args.join(' ')}: exit ${ended.exitCode}: ${ended.stderr}${ended.stdout}`);
  return ended;
}

function program(file: string, ...args: string[]): Promise<Ended> {
  const startedAt = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => void (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => void (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr, tookMs: Date.now() - startedAt }));
  });
}
