import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { run } from '../cli/session.ts';
import { FakeCluster, metadataOf, problem } from '../place/fake-cluster.ts';

const on = (cluster: FakeCluster) => ({ stages: { connect: async () => cluster.client() } });
const documents = (yaml: string) => parseAllDocuments(yaml).map((each) => each.toJS() as Record<string, any>);

async function dryRun(...flags: string[]): Promise<Record<string, any>[]> {
  const { stdout } = await run(['install', '--dry-run', ...flags]);
  return documents(stdout);
}

describe('install --dry-run', () => {
  test('prints all that an installation is, and asks no cluster', async () => {
    const { exitCode, stdout, stderr } = await run(['install', '--dry-run', '-o', 'yaml', '--twins', 'shop']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot('golden/install.yaml');
  });

  test('-o json says the same', async () => {
    const { stdout } = await run(['install', '--dry-run', '-o', 'json']);
    expect(JSON.parse(stdout)).toEqual({ apiVersion: 'v1', kind: 'List', items: await dryRun() });
  });

  test('--no-host leaves nothing privileged', async () => {
    const text = JSON.stringify(await dryRun('--no-host'));
    expect(text).not.toMatch(/kprobe-host|privileged/);
  });

  test('gives the rights to those named, and to no service account then', async () => {
    const objects = await dryRun(
      '--user',
      'jane',
      '--group',
      'sre',
      '--group',
      'oncall',
      '--service-account',
      'ci/bot',
    );
    expect(objects.filter(({ kind }) => kind === 'ServiceAccount')).toEqual([]);
    for (const { subjects } of objects.filter(({ kind }) => String(kind).endsWith('RoleBinding'))) {
      expect(subjects).toEqual([
        { kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'Group', name: 'sre', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'Group', name: 'oncall', apiGroup: 'rbac.authorization.k8s.io' },
        { kind: 'ServiceAccount', namespace: 'ci', name: 'bot' },
      ]);
    }
  });

  test('twins take a Role of their own in each namespace, and nothing of the cluster', async () => {
    const [without, withTwins] = [await dryRun(), await dryRun('--twins', 'shop,checkout', 'kprobe')];
    const added = withTwins.filter((each) => !without.some((other) => JSON.stringify(other) === JSON.stringify(each)));
    const names = added.map((each) => `${each['kind']} ${each['metadata'].namespace}`);
    expect(names).toEqual(['Role shop', 'RoleBinding shop', 'Role checkout', 'RoleBinding checkout']);
  });

  test('--configmap adds to the names that may be read', async () => {
    const role = (await dryRun('--configmap', 'edge-controller')).find(({ kind }) => kind === 'ClusterRole');
    const rule = role?.['rules'].find(({ resources }: { resources: string[] }) => resources.includes('configmaps'));
    expect(rule.resourceNames).toContain('edge-controller');
    expect(rule.resourceNames).toContain('kube-proxy');
  });
});

describe('install', () => {
  test('makes everything, in an order in which nothing waits for what comes later', async () => {
    const cluster = new FakeCluster();
    const { exitCode, stdout } = await run(['install'], on(cluster));
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'made       Namespace kprobe',
      'made       Namespace kprobe-host',
      'made       ValidatingAdmissionPolicy kprobe-host',
    ]);
    expect(stdout).not.toMatch(/^(?!made)./m);
    expect(cluster.names('roles')).toEqual(['kprobe/kprobe', 'kprobe-host/kprobe']);
  });

  test('a second time changes nothing', async () => {
    const cluster = new FakeCluster();
    await run(['install'], on(cluster));
    const before = JSON.stringify([...cluster.objects]);
    const { stdout } = await run(['install'], on(cluster));
    expect(stdout).not.toMatch(/^(?!unchanged)./m);
    expect(JSON.stringify([...cluster.objects])).toBe(before);
  });

  test('sets right what somebody changed', async () => {
    const cluster = new FakeCluster();
    await run(['install'], on(cluster));
    const role = cluster.object('clusterroles', { name: 'kprobe' });
    cluster.put('clusterroles', { ...role, rules: [] });
    const { stdout } = await run(['install'], on(cluster));
    expect(stdout).toMatch(/^changed {4}ClusterRole kprobe$/m);
    expect(cluster.object('clusterroles', { name: 'kprobe' })?.['rules']).not.toEqual([]);
  });

  test('leaves a namespace of the same name that is somebody else’s as it is, and puts nothing into it', async () => {
    const cluster = new FakeCluster();
    cluster.put('namespaces', { metadata: { name: 'kprobe', labels: { team: 'x' } } });
    const { exitCode, stderr } = await run(['install'], on(cluster));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^kprobe: Namespace kprobe: it exists and is not kprobe's: .*managed-by=kprobe$/m);
    expect(metadataOf(cluster.object('namespaces', { name: 'kprobe' }) ?? {}).labels).toEqual({ team: 'x' });
    expect(cluster.names('roles')).toEqual(['kprobe-host/kprobe']);
  });

  test('leaves what a Helm release made to Helm, and says so', async () => {
    const cluster = new FakeCluster();
    const annotations = { 'meta.helm.sh/release-name': 'probe', 'meta.helm.sh/release-namespace': 'ops' };
    const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
    cluster.put('clusterroles', { metadata: { name: 'kprobe', labels, annotations }, rules: [] });
    const { exitCode, stderr } = await run(['install'], on(cluster));
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      "ClusterRole kprobe: it exists and is not kprobe's: it is of the Helm release ops/probe, which helm upgrade probe -n ops changes\n",
    );
    const removed = await run(['uninstall', '--yes'], on(cluster));
    expect(removed.stderr).toContain('kprobe: the Helm release ops/probe stays: helm uninstall probe -n ops\n');
    expect(cluster.names('clusterroles')).toEqual(['kprobe']);
    expect(cluster.object('clusterroles', { name: 'kprobe' })?.['rules']).toEqual([]);
  });

  test('on a cluster before 1.30 it says that the privileged namespace stands open', async () => {
    const cluster = new FakeCluster();
    cluster.mood = (_, resource) => (resource.startsWith('validating') ? problem(404, 'NotFound') : null);
    const { exitCode, stderr } = await run(['install'], on(cluster));
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^kprobe: ValidatingAdmissionPolicy kprobe-host: .*root on nodes; --no-host avoids it$/m);
    expect((await run(['install', '--no-host'], on(cluster))).stderr).toBe('');
    expect((await run(['uninstall'], on(cluster))).stderr).toBe('');
  });

  test('says in one line each what it may not make, and makes the rest', async () => {
    const cluster = new FakeCluster();
    cluster.mood = (verb, resource) =>
      verb === 'apply' && resource === 'clusterroles' ? problem(403, 'Forbidden', 'user "x" may not\nescalate') : null;
    const { exitCode, stdout, stderr } = await run(['install'], on(cluster));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'kprobe: ClusterRole kprobe: user "x" may not escalate\n',
    });
    expect(stdout).toMatch(/RoleBinding kprobe\/kprobe/);
  });

  test.for<[string[], RegExp]>([
    [['--twins', 'Shop'], /--twins: "Shop" cannot be the name of a namespace/],
    [['--inside'], /--inside needs to know in which namespaces/],
    [['--twins', ''], /--twins is empty/],
    [['--twins', 'a,,b'], /--twins is empty/],
    [['--user', ' '], /--user is empty/],
    [['--service-account', 'kprobe'], /--service-account kprobe is not NAMESPACE\/NAME/],
    [['--service-account', 'a/b/c'], /is not NAMESPACE\/NAME/],
    [['--service-account', '../x'], /cannot be the name of a namespace/],
    [['--service-account', 'a/b\u0000'], /cannot be a name in Kubernetes/],
    [['--configmap', 'A B'], /cannot be a name in Kubernetes/],
    [['-o', 'yaml'], /-o yaml belongs to --dry-run/],
    [['--dry-run', '-o', 'yml'], /--output yml is not known/],
    [['--timeout', 'soon'], /--timeout soon is not a duration/],
    [['--host'], /no flag --host/],
  ])('refuses %j before it asks any cluster', async ([flags, expected]) => {
    const { exitCode, error } = await run(['install', ...flags]);
    expect(exitCode).toBeNull();
    expect(error?.message).toMatch(expected);
    expect(error?.message).not.toContain('\n');
  });
});
