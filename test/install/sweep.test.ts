import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { HistoryOptions } from '../../src/history/history.ts';
import type { TargetReport } from '../../src/model/sweep.ts';
import type { SweepOptions } from '../../src/sweep.ts';
import { run } from '../cli/session.ts';
import { FakeCluster, metadataOf } from '../place/fake-cluster.ts';
import { sweep, target } from '../publish/make.ts';

const folder = mkdtempSync(join(tmpdir(), 'kprobe-sweep-install-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function sweepFile(text = 'targets: [shop.example.com]\n'): string {
  const path = join(folder, `sweep-${(files += 1)}.yaml`);
  writeFileSync(path, text);
  return path;
}

const IMAGE = 'registry.example/kprobe:1';
const scheduled = (...more: string[]) => ['--schedule', '*/10 * * * *', '-f', sweepFile(), '--image', IMAGE, ...more];
const on = (cluster: FakeCluster) => ({ stages: { connect: async () => cluster.client() } });

async function dryRun(...flags: string[]): Promise<Record<string, any>[]> {
  const { stdout, error } = await run(['install', '--dry-run', ...flags]);
  expect(error).toBeNull();
  return parseAllDocuments(stdout).map((each) => each.toJS() as Record<string, any>);
}
const named = (objects: Record<string, any>[], kind: string, name?: string) =>
  objects.find((each) => each['kind'] === kind && (name === undefined || each['metadata'].name === name));
async function podOf(...flags: string[]): Promise<Record<string, any>> {
  return named(await dryRun(...flags), 'CronJob')?.['spec'].jobTemplate.spec.template.spec;
}

describe('install --schedule --dry-run', () => {
  test('adds the sweep to what an installation is', async () => {
    const { exitCode, stdout, stderr } = await run(['install', '--dry-run', '--no-host', ...scheduled()]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot('golden/install-sweep.yaml');
  });

  test('without a schedule there is nothing of it', async () => {
    const objects = await dryRun();
    expect(objects.filter(({ kind }) => /CronJob|ConfigMap|Claim/.test(String(kind)))).toEqual([]);
  });

  test('the file arrives as it was written', async () => {
    const text = '# ours\ntargets:\n  - "shop.example.com"   # ü\n';
    const objects = await dryRun('--schedule', '@hourly', '-f', sweepFile(text), '--image', IMAGE);
    expect(named(objects, 'ConfigMap')?.['data']).toEqual({ 'sweep.yaml': text });
  });

  test.for<[string, string[]]>([
    ['the flag', scheduled('--history', 'none')],
    ['the file', ['--schedule', '@daily', '-f', sweepFile('targets: [a.example]\nhistory: none\n'), '--image', IMAGE]],
  ])('no history, as %s says, is no volume', async ([, flags]) => {
    expect(named(await dryRun(...flags), 'PersistentVolumeClaim')).toBeUndefined();
    const pod = await podOf(...flags);
    expect(pod['volumes'].map(({ name }: { name: string }) => name)).toEqual(['config', 'tmp']);
    expect(pod['containers'][0].args.join(' ')).toContain('--history none');
  });

  test('the volume is of the size and class that is asked for', async () => {
    const objects = await dryRun(...scheduled('--history-size', '500Mi', '--storage-class', 'fast'));
    expect(named(objects, 'PersistentVolumeClaim')?.['spec']).toMatchObject({
      resources: { requests: { storage: '500Mi' } },
      storageClassName: 'fast',
    });
  });

  test('the time zone is the CronJob’s own field', async () => {
    const objects = await dryRun(...scheduled('--time-zone', 'europe/berlin'));
    expect(named(objects, 'CronJob')?.['spec']).toMatchObject({ schedule: '*/10 * * * *', timeZone: 'Europe/Berlin' });
  });

  test('a Job has the time of its sweep, and some to start', async () => {
    const file = sweepFile('targets: [a.example]\nbudget: { timeout: 90s }\n');
    const objects = await dryRun('--schedule', '@hourly', '-f', file, '--image', IMAGE);
    expect(named(objects, 'CronJob')?.['spec'].jobTemplate.spec).toMatchObject({
      activeDeadlineSeconds: 270,
      backoffLimit: 0,
    });
  });

  test('pull secrets and policy are the sweep’s and its probes’', async () => {
    const pod = await podOf(...scheduled('--pull-secret', 'reg', '--pull-policy', 'Always'));
    expect(pod['imagePullSecrets']).toEqual([{ name: 'reg' }]);
    expect(pod['containers'][0].imagePullPolicy).toBe('Always');
    expect(pod['containers'][0].args.join(' ')).toContain(`--image ${IMAGE} --pull-policy Always --pull-secret reg`);
  });

  test('an address that stands in no file comes from a Secret', async () => {
    const pod = await podOf(...scheduled('--env-secret', 'webhook', '--env-secret', 'otlp'));
    const from = ['webhook', 'otlp'].map((name) => ({ secretRef: { name } }));
    expect(pod['containers'][0].envFrom).toEqual(from);
  });

  test('the cluster is called what it is told to be called', async () => {
    const pod = await podOf(...scheduled('--cluster-name', 'production'));
    expect(pod['containers'][0].env).toEqual([{ name: 'KPROBE_CLUSTER_NAME', value: 'production' }]);
  });

  test('Events take a right of their own, for the sweep alone, and only where the file asks for them', async () => {
    expect(named(await dryRun(...scheduled()), 'ClusterRole', 'kprobe-sweep')).toBeUndefined();
    const file = sweepFile('targets: [a.example]\nnotify: { events: true }\n');
    const objects = await dryRun('--user', 'jane', '--schedule', '@hourly', '-f', file, '--image', IMAGE);
    expect(named(objects, 'ClusterRole', 'kprobe-sweep')?.['rules']).toEqual([
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
    ]);
    expect(named(objects, 'ClusterRoleBinding', 'kprobe-sweep')?.['subjects']).toEqual([
      { kind: 'ServiceAccount', namespace: 'kprobe', name: 'kprobe' },
    ]);
  });

  test('the sweep has its account and its rights whoever else gets some', async () => {
    const objects = await dryRun('--user', 'jane', ...scheduled());
    expect(named(objects, 'ServiceAccount')).toBeDefined();
    for (const { subjects } of objects.filter(
      ({ kind }) => String(kind).endsWith('Binding') && kind !== 'ValidatingAdmissionPolicyBinding',
    ))
      expect(subjects.map(({ name }: { name: string }) => name)).toEqual(['jane', 'kprobe']);
    const twice = await dryRun('--service-account', 'kprobe/kprobe', ...scheduled());
    expect(named(twice, 'ClusterRoleBinding')?.['subjects']).toHaveLength(1);
  });

  test('its pods meet Pod Security "restricted"', async () => {
    const pod = await podOf(...scheduled());
    expect(pod['securityContext']).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod['containers'][0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });
});

describe('what a sweep file asks for that the cluster does not have is said', () => {
  test.for<[string, string, string[], RegExp]>([
    [
      'a sweep that is longer than its turn',
      'targets: [a.example]\nbudget: { timeout: 15m }',
      [],
      /may take 900 s, longer than the 600 s/,
    ],
    [
      'a Service without a namespace',
      'targets: [svc/web]',
      [],
      /^kprobe: svc\/web: no namespace is named; .* it is kprobe/,
    ],
    [
      'a client in another namespace',
      'targets: [{ target: a.example, from: shop/web }]',
      [],
      /asked as from shop: --twins shop /,
    ],
    [
      'a client by its kind',
      'targets: [{ target: svc/web, namespace: shop, from: deploy/web }]',
      [],
      /asked as from shop: --twins shop /,
    ],
    [
      'a client by its kind, without a namespace',
      'targets: [{ target: a.example, from: deploy/web }]',
      [],
      /^kprobe: deploy\/web: no namespace is named; .* it is kprobe/,
    ],
    [
      'a variable',
      'targets: [a.example]\nnotify: { webhook: { urlFromEnv: HOOK } }',
      ['--cluster-name', 'c'],
      /\$HOOK: --env-secret NAME .* key HOOK/,
    ],
    [
      'a name for metrics',
      'targets: [a.example]\nnotify: { pushgateway: { url: http://push.example:9091 } }',
      [],
      /distinguishable without --cluster-name$/m,
    ],
    [
      'a file of metrics',
      'targets: [a.example]\nnotify: { metricsFile: /var/lib/node/a.prom }',
      [],
      /metricsFile .* cannot be written/,
    ],
    [
      'a history of its own',
      'targets: [a.example]\nhistory: { file: /data/h.sqlite }',
      [],
      /history.file \/data\/h.sqlite is not used/,
    ],
  ])('%s', async ([, text, flags, expected]) => {
    const { stderr, exitCode } = await installedFor(text, flags);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test.for<[string, string[]]>([
    ['targets: [{ target: svc/web, namespace: shop }]', []],
    ['defaults: { namespace: shop }\ntargets: [svc/web]', []],
    ['targets: [{ target: a.example, from: shop/web }]', ['--twins', 'shop']],
    [
      'targets: [a.example]\nnotify: { webhook: { urlFromEnv: HOOK } }',
      ['--env-secret', 'hook', '--cluster-name', 'c'],
    ],
    ['targets: [a.example]\nnotify: { metricsFile: /tmp/a.prom }', []],
  ])('nothing where all is there: %s', async ([text, flags]) => {
    expect((await installedFor(text, flags)).stderr).toBe('');
  });
});

describe('what the CronJob runs', () => {
  async function ranWith(...targets: TargetReport[]) {
    const pod = await podOf(...scheduled('--no-host', '--pull-secret', 'reg', '--pull-secret', 'two'));
    const [, , path] = pod['containers'][0].args as string[];
    const args = (pod['containers'][0].args as string[]).map((each) => (each === path ? sweepFile() : each));
    const asked: { sweep: SweepOptions[]; history: HistoryOptions[] } = { sweep: [], history: [] };
    const status = targets.some(({ state }) => state === 'faulty') ? 'faulty' : 'inconclusive';
    const ran = await run(args, {
      stages: {
        sweep: async (options) => {
          asked.sweep.push(options);
          return { report: sweep(targets, { status }), recordings: new Map() };
        },
        openHistory: async (options) => {
          asked.history.push(options);
          return { last: async () => null, add: async () => {}, close: () => {} };
        },
      },
    });
    expect(ran.error).toBeNull();
    return { ...ran, asked };
  }

  test('is a command line that kprobe sweep understands as it is meant', async () => {
    const { asked } = await ranWith(target('b', { state: 'healthy' }));
    expect(asked.sweep).toMatchObject([
      { image: IMAGE, pull: { secrets: ['reg', 'two'], policy: 'IfNotPresent' }, hostVantages: false },
    ]);
    expect(asked.history).toMatchObject([{ file: '/var/lib/kprobe/history.sqlite' }]);
  });

  test.for<[string, TargetReport[], number]>([
    ['finds faults', [target('c', { state: 'faulty' }), target('d', { state: 'healthy' })], 0],
    ['is not sure', [target('e', { state: 'inconclusive' })], 0],
    ['could measure something', [target('f', { state: 'unmeasured' }), target('g', { state: 'faulty' })], 0],
    ['could measure nothing', [target('h', { state: 'unmeasured' })], 3],
  ])('ends, where it %s, with its exit code', async ([, targets, exitCode]) => {
    expect((await ranWith(...targets)).exitCode).toBe(exitCode);
  });
});

describe('install --schedule', () => {
  test('makes it, and changes nothing the second time', async () => {
    const cluster = new FakeCluster();
    const flags = scheduled();
    const first = await run(['install', ...flags], on(cluster));
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(first.stdout.trim().split('\n').slice(-3)).toEqual([
      'made       ConfigMap kprobe/kprobe-sweep',
      'made       PersistentVolumeClaim kprobe/kprobe-history',
      'made       CronJob kprobe/kprobe-sweep',
    ]);
    expect((await run(['install', ...flags], on(cluster))).stdout).not.toMatch(/^(?!unchanged)./m);
  });

  test('the cluster is called what its context is called', async () => {
    const cluster = new FakeCluster();
    await run(['install', ...scheduled()], on(cluster));
    const cronJob = cluster.object('cronjobs', { namespace: 'kprobe', name: 'kprobe-sweep' });
    expect(JSON.stringify(cronJob)).toContain('{"name":"KPROBE_CLUSTER_NAME","value":"fake"}');
  });

  test('a later install for somebody leaves the sweep its rights', async () => {
    const cluster = new FakeCluster();
    await run(['install', ...scheduled()], on(cluster));
    await run(['install', '--user', 'jane'], on(cluster));
    const binding = cluster.object('clusterrolebindings', { name: 'kprobe' }) as { subjects?: { name: string }[] };
    expect(binding.subjects?.map(({ name }) => name)).toEqual(['jane', 'kprobe']);
  });

  test('a Secret that is not there yet is said, with how to make it, and none is read', async () => {
    const cluster = new FakeCluster();
    cluster.put('namespaces', { metadata: { name: 'kprobe', labels: { 'app.kubernetes.io/managed-by': 'kprobe' } } });
    cluster.put('secrets', { metadata: { name: 'there', namespace: 'kprobe' } });
    const flags = scheduled('--env-secret', 'there', '--env-secret', 'hook', '--pull-secret', 'reg');
    const { exitCode, stderr } = await run(['install', ...flags], on(cluster));
    expect(exitCode).toBe(0);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^kprobe: Secret kprobe\/hook does not exist yet: kubectl create secret -n kprobe generic hook/,
      ),
      expect.stringMatching(/^kprobe: Secret kprobe\/reg does not exist yet: .* docker-registry reg/),
    ]);
    expect(cluster.calls.filter((call) => /^(?:get|list) secrets/.test(call))).toEqual([]);
    expect(cluster.names('secrets')).toEqual(['kprobe/there']);
  });

  test.for<[string[], RegExp]>([
    [['-f', 'x.yaml'], /--file belongs to a scheduled sweep/],
    [['--image', 'x'], /--image belongs to a scheduled sweep/],
    [['--schedule', '@hourly'], /--schedule needs a sweep file/],
    [
      ['--schedule', '@hourly', '-f', '/nowhere.yaml', '--image', IMAGE],
      /\/nowhere.yaml cannot be read: there is no such file/,
    ],
    [['--schedule', '@hourly', '-f', '/', '--image', IMAGE], /cannot be read: it is a folder/],
    [['--schedule', 'soon', '-f', sweepFile(), '--image', IMAGE], /--schedule "soon" is no schedule/],
    [['--schedule', '@hourly', '-f', sweepFile()], /--schedule needs --image: kprobe's own/],
    [['--schedule', '@hourly', '-f', sweepFile(), '--image', 'node:24-slim'], /node:24-slim has no kprobe in it/],
    [['--schedule', '@hourly', '-f', sweepFile('target: [x]'), '--image', IMAGE], /target/],
    [
      ['--schedule', '@hourly', '-f', sweepFile(`targets: [x]\n#${'x'.repeat(1_000_001)}`), '--image', IMAGE],
      /too large/,
    ],
    [scheduled('--history', 'file.sqlite'), /--history file.sqlite is not known/],
    [scheduled('--history', 'none', '--storage-class', 'fast'), /one or the other/],
    [scheduled('--history-size', '1GB'), /--history-size 1GB is no size/],
    [scheduled('--history-size', '0Gi'), /no size/],
    [scheduled('--time-zone', 'Mars/Phobos'), /no time zone/],
    [scheduled('--cluster-name', 'a\u0000b'), /--cluster-name is no name/],
    [scheduled('--env-secret', 'A B'), /--env-secret: "A B" cannot be a name/],
  ])('refuses %j before it asks any cluster', async ([flags, expected]) => {
    const { exitCode, error } = await run(['install', ...flags]);
    expect(exitCode).toBeNull();
    expect(error?.message).toMatch(expected);
    expect(error?.message).not.toContain('\n');
  });
});

describe('uninstall', () => {
  async function installed(): Promise<FakeCluster> {
    const cluster = new FakeCluster();
    const file = sweepFile('targets: [a.example]\nnotify: { events: true }\n');
    await run(['install', '--schedule', '@hourly', '-f', file, '--image', IMAGE], on(cluster));
    return cluster;
  }

  test('keeps the history and the namespace around it, and says so', async () => {
    const cluster = await installed();
    const { exitCode, stdout } = await run(['uninstall'], on(cluster));
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toBe('removed  CronJob kprobe/kprobe-sweep');
    expect(stdout).toContain(
      'kept     PersistentVolumeClaim kprobe/kprobe-history\nkept     Namespace kprobe\nThe history of sweeps stays: --delete-history removes it\n',
    );
    expect([...cluster.objects.keys()]).toEqual(['namespaces kprobe', 'persistentvolumeclaims kprobe/kprobe-history']);
  });

  test('--delete-history leaves nothing', async () => {
    const cluster = await installed();
    const { exitCode, stdout } = await run(['uninstall', '--delete-history'], on(cluster));
    expect({ exitCode, kept: /kept/.test(stdout) }).toEqual({ exitCode: 0, kept: false });
    const left = [...cluster.objects.keys()].filter((key) => !/ kprobe(?:-host)?\//.test(key));
    expect(left).toEqual([]);
    expect(cluster.names('persistentvolumeclaims')).toEqual([]);
  });

  test('ends the sweep, and its rights, before it clears away what sweeps made', async () => {
    const cluster = await installed();
    const labels = { 'app.kubernetes.io/managed-by': 'kprobe', 'kprobe.dev/run': 'r1' };
    cluster.put('configmaps', { metadata: { name: 'kprobe-r1', namespace: 'kprobe', labels } });
    await run(['uninstall'], on(cluster));
    const deleted = cluster.calls.filter((call) => call.startsWith('delete'));
    expect(deleted[0]).toBe('delete cronjobs kprobe-sweep');
    expect(deleted.indexOf('delete rolebindings kprobe')).toBeLessThan(deleted.indexOf('delete configmaps kprobe-r1'));
    expect(cluster.names('configmaps')).toEqual([]);
  });

  test('a volume of the same name that is somebody else’s is not touched', async () => {
    const cluster = await installed();
    cluster.put('persistentvolumeclaims', { metadata: { name: 'kprobe-history', namespace: 'kprobe', labels: {} } });
    await run(['uninstall', '--delete-history'], on(cluster));
    expect(
      metadataOf(cluster.object('persistentvolumeclaims', { namespace: 'kprobe', name: 'kprobe-history' }) ?? {}).name,
    ).toBe('kprobe-history');
  });
});

/** The manifests of a schedule for this sweep file. */
function installedFor(text: string, flags: readonly string[]) {
  const asked = ['--schedule', '*/10 * * * *', '-f', sweepFile(text), '--image', IMAGE];
  return run(['install', '--dry-run', ...asked, ...flags]);
}
