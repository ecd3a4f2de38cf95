import { describe, expect, test } from 'vitest';
import { PassThrough } from 'node:stream';
import { runProgram } from '../../src/commands/program.ts';
import { stages } from '../../src/commands/stages.ts';
import { collector, run } from '../cli/session.ts';
import { FakeCluster, problem } from '../place/fake-cluster.ts';

const on = (cluster: FakeCluster) => ({ stages: { connect: async () => cluster.client() } });

async function installed(...flags: string[]): Promise<FakeCluster> {
  const cluster = new FakeCluster();
  cluster.put('namespaces', { metadata: { name: 'shop' } });
  await run(['install', ...flags], on(cluster));
  return cluster;
}

/** As placing it leaves it when the run is killed. */
function leaveRun(cluster: FakeCluster, run: string, namespace: string, lastsSeconds = 60): void {
  const labels = { 'app.kubernetes.io/managed-by': 'kprobe', 'kprobe.dev/run': run };
  const annotations = { 'kprobe.dev/lasts-seconds': String(lastsSeconds) };
  cluster.put('configmaps', { metadata: { name: `kprobe-${run}`, namespace, labels, annotations } });
  cluster.put('pods', { metadata: { name: `kprobe-${run}-1`, namespace, labels: { 'kprobe.dev/run': run } } });
}

describe('uninstall', () => {
  test('leaves a cluster as it was before install', async () => {
    const cluster = await installed('--twins', 'shop');
    leaveRun(cluster, 'r1', 'shop');
    const { exitCode, stdout } = await run(['uninstall'], on(cluster));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^removed {2}pod shop\/kprobe-r1-1$/m);
    expect(stdout).toMatch(/^removed {2}Role shop\/kprobe$/m);
    // What is in the two namespaces goes with them, in a real cluster.
    const left = [...cluster.objects.keys()].filter((key) => !/ kprobe(?:-host)?\//.test(key));
    expect(left).toEqual(['namespaces shop']);
  });

  test('takes rights away first, so that nothing new is made meanwhile, and the guard of a namespace after it', async () => {
    const cluster = await installed();
    await run(['uninstall'], on(cluster));
    const deletions = cluster.calls.filter((call) => call.startsWith('delete')).map((call) => call.split(' ')[1]);
    expect([...new Set(deletions)]).toEqual([
      'clusterrolebindings',
      'clusterroles',
      'rolebindings',
      'roles',
      'namespaces',
      'validatingadmissionpolicybindings',
      'validatingadmissionpolicies',
    ]);
  });

  test.for<[string[], number, number]>([
    [[], 2, 0],
    [['--yes'], 0, 2],
  ])('on a terminal with %j: exit code %i, %i namespaces removed', async ([flags, exitCode, removed]) => {
    const cluster = await installed();
    const [stdout, stderr] = [collector({ isTTY: true, columns: 80 }), collector()];
    const ended = await runProgram(['uninstall', ...flags], {
      stdin: new PassThrough(),
      stdout: stdout.screen,
      stderr: stderr.screen,
      env: {},
      signal: new AbortController().signal,
      stages: { ...stages, connect: async () => cluster.client() },
    });
    expect(ended).toBe(exitCode);
    expect(3 - cluster.names('namespaces').length).toBe(removed);
    expect(stdout.text()).toMatch(/Namespace kprobe-host/);
  });

  test('where nothing is installed there is nothing to do', async () => {
    const { exitCode, stdout } = await run(['uninstall'], on(new FakeCluster()));
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Nothing to remove\n' });
  });

  test('does not touch what is called kprobe and is somebody else’s', async () => {
    const cluster = new FakeCluster();
    cluster.put('namespaces', { metadata: { name: 'kprobe', labels: { team: 'x' } } });
    cluster.put('clusterroles', { metadata: { name: 'kprobe' } });
    const labels = { 'app.kubernetes.io/managed-by': 'kprobe' };
    cluster.put('namespaces', { metadata: { name: 'shop', labels } });
    await run(['uninstall'], on(cluster));
    expect([...cluster.objects.keys()]).toEqual(['namespaces kprobe', 'clusterroles kprobe', 'namespaces shop']);
  });

  test('says what is left and why, with exit code 2', async () => {
    const cluster = await installed();
    cluster.mood = (verb, resource) =>
      verb === 'delete' && resource === 'clusterroles' ? problem(403, 'Forbidden', 'no') : null;
    const { exitCode, stdout, stderr } = await run(['uninstall'], on(cluster));
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'kprobe: ClusterRole kprobe: no\n' });
    expect(stdout).not.toMatch(/ClusterRole kprobe/);
  });
});

describe('cleanup', () => {
  test('removes what is over and leaves what goes on', async () => {
    const cluster = await installed();
    leaveRun(cluster, 'old', 'kprobe', 10);
    cluster.nowMs += 30_000;
    leaveRun(cluster, 'new', 'kprobe', 10);
    const { exitCode, stdout, stderr } = await run(['cleanup'], on(cluster));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe('removed  pod kprobe/kprobe-old-1\nremoved  configmap kprobe/kprobe-old\n');
  });

  test('--all and --run do not ask the time', async () => {
    const cluster = await installed();
    for (const id of ['a1', 'b2', 'c3']) leaveRun(cluster, id, 'shop', 9999);
    await run(['cleanup', '--run', 'b2'], on(cluster));
    expect(cluster.names('configmaps')).toEqual(['shop/kprobe-a1', 'shop/kprobe-c3']);
    await run(['cleanup', '--all'], on(cluster));
    expect([...cluster.names('configmaps'), ...cluster.names('pods')]).toEqual([]);
  });

  test('with the rights that install grants it looks into one namespace after the other', async () => {
    const cluster = await installed('--twins', 'shop');
    cluster.put('namespaces', { metadata: { name: 'secret' } });
    for (const namespace of ['kprobe', 'shop', 'secret']) leaveRun(cluster, `in${namespace}`, namespace, 1);
    cluster.nowMs += 10_000;
    cluster.mood = (_, resource, { name }) =>
      resource === 'configmaps' && ['', 'secret'].includes(name) ? problem(403, 'Forbidden', 'no') : null;
    const { exitCode, stderr } = await run(['cleanup'], on(cluster));
    expect(exitCode).toBe(0);
    expect(cluster.names('configmaps')).toEqual(['secret/kprobe-insecret']);
    expect(cluster.names('pods')).toEqual(['secret/kprobe-insecret-1']);
    expect(stderr).toBe('kprobe: not looked everywhere: may not list configmaps in 1 of 4 namespaces\n');
  });

  test('-n looks where namespaces may not be listed', async () => {
    const cluster = await installed();
    leaveRun(cluster, 'r1', 'shop', 1);
    cluster.nowMs += 10_000;
    cluster.mood = (_, resource, { name }) =>
      resource === 'namespaces' || (resource === 'configmaps' && name === '') ? problem(403, 'Forbidden', 'no') : null;
    const { stderr } = await run(['cleanup', '-n', 'shop'], on(cluster));
    expect(cluster.names('pods')).toEqual([]);
    expect(stderr).toMatch(/may not list namespaces; looked in shop, kprobe, kprobe-host/);
  });

  test('what cannot be removed is said, with exit code 2', async () => {
    const cluster = await installed();
    leaveRun(cluster, 'r1', 'kprobe', 1);
    cluster.nowMs += 10_000;
    cluster.mood = (verb, resource) => (verb === 'delete' && resource === 'pods' ? problem(500, 'Down', 'down') : null);
    const { exitCode, stderr } = await run(['cleanup'], on(cluster));
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'kprobe: removing pod kprobe/kprobe-r1-1: down\n' });
  });

  test.for<[string[], RegExp]>([
    [['--all', '--run', 'x1'], /exclude each other/],
    [['--run', 'x,y in (z)'], /is not the id of a run/],
    [['-n', 'A'], /cannot be the name of a namespace/],
  ])('refuses %j', async ([flags, expected]) => {
    expect((await run(['cleanup', ...flags])).error?.message).toMatch(expected);
  });
});
