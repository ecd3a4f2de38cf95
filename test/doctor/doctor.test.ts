import { describe, expect, test } from 'vitest';
import type { ClusterClient } from '../../src/api/cluster-client.ts';
import { CLUSTER_RIGHTS, LINT_RIGHTS, PROBE_RIGHTS } from '../../src/install/rights.ts';
import type { Check, Examination } from '../../src/doctor/check.ts';
import { examine, type ExamineRequest } from '../../src/doctor/examine.ts';
import { DEFAULT_PULL } from '../../src/place/default-image.ts';
import { run } from '../cli/session.ts';
import { FakeCluster, problem } from '../place/fake-cluster.ts';

const NODE = {
  metadata: { name: 'n1' },
  status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [] },
};

function healthy(): FakeCluster {
  const cluster = new FakeCluster();
  for (const [name, level] of [
    ['kprobe', 'restricted'],
    ['kprobe-host', 'privileged'],
    ['shop', 'baseline'],
  ])
    cluster.put('namespaces', { metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } } });
  cluster.put('nodes', NODE);
  return cluster;
}

interface Given extends Partial<ExamineRequest> {
  readonly as?: Partial<ClusterClient>;
}

function examined(cluster: FakeCluster, { as = {}, ...more }: Given = {}): Promise<Examination> {
  return examine({
    client: { ...cluster.client(), version: 'v1.34.4', ...as },
    twins: null,
    hostVantages: true,
    traceRules: false,
    image: 'node:24-slim',
    pull: DEFAULT_PULL,
    trial: null,
    now: () => cluster.nowMs,
    signal: new AbortController().signal,
    ...more,
  });
}

const unwell = ({ checks }: Examination) => checks.filter(({ state }) => state !== 'ok');
const find = ({ checks }: Examination, what: string): Check | undefined => checks.find((each) => each.what === what);

describe('the doctor', () => {
  test('finds nothing where nothing is wrong', async () => {
    const examination = await examined(healthy());
    expect(unwell(examination)).toEqual([]);
    expect(examination.status).toBe('healthy');
  });

  test('leaves nothing behind', async () => {
    const cluster = healthy();
    const before = [...cluster.objects.keys()];
    await examined(cluster, { twins: 'shop' });
    expect([...cluster.objects.keys()]).toEqual(before);
  });

  test('sends the pods of real runs, as a dry run', async () => {
    const cluster = healthy();
    await examined(cluster, { twins: 'shop' });
    expect(cluster.calls.filter((call) => call.startsWith('try pods'))).toHaveLength(3);
    expect(cluster.calls.filter((call) => call.startsWith('create pods'))).toEqual([]);
  });

  const builtIn = CLUSTER_RIGHTS.filter(
    ({ group }) => !/gateway|projectcontour|istio|traefik|cilium|calico|antrea|policy\.networking/.test(group),
  );
  test.for(
    [...builtIn, ...LINT_RIGHTS, ...PROBE_RIGHTS].map(
      (right) => [right.verbs[0] ?? '', right.resource, right.without] as const,
    ),
  )('names the one right that is missing: %s %s', async ([verb, resource, without]) => {
    const cluster = healthy();
    cluster.denied.add(`${verb} ${resource}`);
    const examination = await examined(cluster);
    expect(examination.status).toBe('faulty');
    const found = unwell(examination);
    expect(
      found.every(({ section, todo }) => section === 'rights' && (todo ?? '').startsWith('kprobe install --user')),
    ).toBe(true);
    expect(found.map(({ says }) => says)).toContainEqual(expect.stringContaining(without));
  });

  test('asks only for kinds that the cluster has', async () => {
    const cluster = healthy();
    cluster.denied.add('list httproutes');
    expect(unwell(await examined(cluster))).toEqual([]);
    cluster.groups.set('gateway.networking.k8s.io', 'v1');
    expect(unwell(await examined(cluster))).toMatchObject([{ what: 'list httproutes.gateway.networking.k8s.io' }]);
  });

  test('twins are looked at only when asked for', async () => {
    const without = await examined(healthy());
    expect(without.checks.some(({ what }) => what.includes('shop'))).toBe(false);
    const withTwins = await examined(healthy(), { twins: 'shop' });
    expect(find(withTwins, 'twin pod in shop')).toMatchObject({ state: 'ok' });
    expect(find(withTwins, 'create pods in shop')).toMatchObject({ state: 'ok' });
  });

  test('--no-host asks nothing of kprobe-host', async () => {
    const cluster = healthy();
    cluster.objects.delete('namespaces kprobe-host');
    const examination = await examined(cluster, { hostVantages: false });
    expect(examination.status).toBe('healthy');
    expect(unwell(examination)).toMatchObject([{ what: 'kprobe-host', state: 'left-out' }]);
  });

  test('says what to install, for the user that it is', async () => {
    const cluster = healthy();
    cluster.denied.add('list nodes');
    cluster.user = 'system:serviceaccount:ci:bot';
    const examination = await examined(cluster, { twins: 'shop' });
    expect(examination.user).toBe('system:serviceaccount:ci:bot');
    expect(find(examination, 'list nodes')?.todo).toBe('kprobe install --service-account ci/bot --twins shop');
  });
});

describe('namespaces', () => {
  test('that are missing are made by the first run where it may', async () => {
    const cluster = healthy();
    cluster.objects.delete('namespaces kprobe');
    expect(find(await examined(cluster), 'kprobe')).toMatchObject({ state: 'ok' });
    cluster.denied.add('create namespaces');
    const examination = await examined(cluster);
    expect(find(examination, 'kprobe')).toMatchObject({
      state: 'failed',
      todo: expect.stringMatching(/^kprobe install/),
    });
  });

  test.for([
    ['kprobe', 'privileged', /privileged; restricted is meant/],
    ['kprobe-host', 'restricted', /restricted; privileged is meant/],
  ] as const)('%s with level %s is not as meant', async ([name, level, says]) => {
    const cluster = healthy();
    cluster.put('namespaces', { metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } } });
    expect(find(await examined(cluster), name)).toMatchObject({ state: 'failed', says: expect.stringMatching(says) });
  });

  test('that go away are no ground', async () => {
    const cluster = healthy();
    cluster.put('namespaces', { metadata: { name: 'kprobe' }, status: { phase: 'Terminating' } });
    expect(find(await examined(cluster), 'kprobe')).toMatchObject({ state: 'failed', says: 'it is being deleted' });
  });

  test('that do not exist cannot hold twins', async () => {
    expect(find(await examined(healthy(), { twins: 'nowhere' }), 'nowhere')).toMatchObject({ state: 'failed' });
  });
});

test('where namespaces may not be listed, those that are not asked for are not missed', async () => {
  const cluster = healthy();
  cluster.mood = (_, resource) => (resource === 'namespaces' ? problem(403, 'Forbidden', 'no') : null);
  const namespaces = ({ checks }: Examination) =>
    checks.filter(({ section }) => section === 'namespaces').map(({ what, state }) => `${what} ${state}`);
  expect(namespaces(await examined(cluster))).toEqual(['kprobe unknown', 'kprobe-host unknown']);
  expect(namespaces(await examined(cluster, { hostVantages: false }))).toEqual(['kprobe unknown']);
});

describe('admission', () => {
  test.for<[string, number, string, string, RegExp]>([
    [
      'Pod Security',
      403,
      'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostNetwork',
      'failed',
      /^kubectl label namespace kprobe /,
    ],
    [
      'a quota',
      403,
      'pods "x" is forbidden: exceeded quota: small, requested: pods=1',
      'failed',
      /describe quota -n kprobe/,
    ],
    [
      'a LimitRange',
      403,
      'maximum memory usage per Container is 64Mi, but limit is 96Mi',
      'failed',
      /describe limitrange/,
    ],
    [
      'a webhook',
      403,
      'admission webhook "images.example.com" denied the request: no',
      'failed',
      /webhook images.example.com/,
    ],
    ['a policy', 422, "ValidatingAdmissionPolicy 'no-probes' with binding 'b' denied request", 'failed', /no-probes/],
    ['a webhook without dry runs', 400, 'admission webhook "w" does not support dry run', 'unknown', /--image-check/],
  ])('%s that refuses is named, with what helps', async ([, status, message, state, todo]) => {
    const cluster = healthy();
    cluster.mood = (verb) => (verb === 'try' ? problem(status, 'Forbidden', message) : null);
    const check = find(await examined(cluster), 'control pod in kprobe');
    expect(check).toMatchObject({ state, says: expect.stringContaining(message), todo: expect.stringMatching(todo) });
  });

  test('a sidecar that a webhook adds is found', async () => {
    const cluster = healthy();
    const client = cluster.client();
    const create: ClusterClient['create'] = async (resource, object, options) => {
      if (resource.plural !== 'pods') return client.create(resource, object, options);
      return { ok: true, value: { ...object, spec: { containers: [{ name: 'agent' }, { name: 'istio-proxy' }] } } };
    };
    const check = find(await examined(cluster, { as: { create } }), 'control pod in kprobe');
    expect(check).toMatchObject({ state: 'failed', says: expect.stringContaining('istio-proxy') });
  });
});

describe('the API server', () => {
  test.for<[string | null, Check['state']]>([
    ['v1.34.4', 'ok'],
    ['v1.25.0', 'ok'],
    ['v1.34.4+k3s1', 'ok'],
    ['v2.0.0', 'ok'],
    ['v1.24.17', 'unknown'],
    ['master', 'unknown'],
    [null, 'unknown'],
  ])('of version %s is %s', async ([version, state]) => {
    expect(find(await examined(healthy(), { as: { version } }), 'version')).toMatchObject({ state });
  });

  test.for<[number, Check['state'], RegExp]>([
    [0, 'ok', /agrees/],
    [-5000, 'ok', /agrees/],
    [5900, 'ok', /agrees/],
    [-60_000, 'failed', /behind/],
    [3_600_000, 'failed', /60 min ahead|1 h ahead/],
  ])('against a clock that is %i ms ahead of it: %s', async ([aheadMs, state, says]) => {
    const cluster = healthy();
    const examination = await examined(cluster, { now: () => cluster.nowMs + aheadMs });
    expect(find(examination, 'clock')).toMatchObject({ state, says: expect.stringMatching(says) });
  });

  test('that answers nothing more leaves everything open, and the verdict too', async () => {
    const cluster = healthy();
    const down = { ok: false, problem: problem(503, 'Down', 'down') } as const;
    const dead = async () => down;
    const examination = await examined(cluster, {
      as: { list: dead, mayI: dead, groups: dead, create: dead, clock: dead },
    });
    expect(examination.status).toBe('inconclusive');
    expect(examination.checks.filter(({ state }) => state === 'ok').map(({ what }) => what)).toEqual(['version']);
  });
});

describe('--image-check', () => {
  const trial = { run: 'd1', bundle: '// agent', timeoutMs: 2000 };
  const pod = { namespace: 'kprobe', name: 'kprobe-d1-0-control-n1' };

  /** Gives the pod its state as soon as it is there. */
  async function tried(state: object, lines: readonly string[] = []): Promise<[Check | undefined, FakeCluster]> {
    const cluster = healthy();
    const timer = setInterval(() => {
      if (cluster.object('pods', pod) === undefined) return;
      clearInterval(timer);
      cluster.say(pod, ...lines);
      cluster.setStatus(pod, state);
    }, 1);
    const examination = await examined(cluster, { trial, now: () => cluster.nowMs });
    clearInterval(timer);
    return [find(examination, 'node:24-slim'), cluster];
  }
  const waiting = (reason: string) => ({
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason, message: 'no such image' } } }],
  });

  test('a probe that speaks proves the image, and is removed', async () => {
    const running = { phase: 'Running', containerStatuses: [{ state: { running: { startedAt: 'now' } } }] };
    const [check, cluster] = await tried(running, ['{}']);
    expect(check).toMatchObject({ state: 'ok', says: expect.not.stringContaining('--image') });
    expect([...cluster.names('pods'), ...cluster.names('configmaps')]).toEqual([]);
  });

  test('what ran is told by its digest, for who wants to pin it', async () => {
    const imageID = 'docker.io/library/node@sha256:0123';
    const status = { imageID, state: { running: { startedAt: 'now' } } };
    const [check] = await tried({ phase: 'Running', containerStatuses: [status] }, ['{}']);
    expect(check?.says).toContain(`--image ${imageID}`);
  });

  test.for(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName'])('%s is said at once', async (reason) => {
    const [check, cluster] = await tried(waiting(reason));
    expect(check).toMatchObject({
      state: 'failed',
      says: `${reason}: no such image`,
      todo: expect.stringContaining('--image'),
    });
    expect([...cluster.names('pods'), ...cluster.names('configmaps')]).toEqual([]);
  });

  test.for([
    ['ready', 'nft 1.0.6, Linux 6.1', 'ok', ''],
    ['no-nft', 'this image has no nft', 'failed', '--target trace'],
    ['no-right', 'this pod has no CAP_NET_ADMIN', 'failed', 'kprobe install --trace-rules'],
  ] as const)('--trace-rules: a tracer that says %s', async ([state, says, result, todo]) => {
    const cluster = healthy();
    const speak = (name: typeof pod, ...lines: string[]) => {
      if (cluster.object('pods', name) === undefined) return;
      cluster.say(name, ...lines);
      cluster.setStatus(name, { phase: 'Running', containerStatuses: [{ state: { running: { startedAt: 'now' } } }] });
    };
    const tracing = { type: 'tracing', at: 1, state, says, legacyTables: [], ebpfInterface: null };
    const spoken = new Set<string>();
    const timer = setInterval(() => {
      for (const name of [pod, { namespace: 'kprobe-host', name: 'kprobe-d1t-0-tracer-n1' }]) {
        if (spoken.has(name.name) || cluster.object('pods', name) === undefined) continue;
        spoken.add(name.name);
        speak(name, '{}', ...(name === pod ? [] : [JSON.stringify(tracing)]));
      }
    }, 1);
    const examination = await examined(cluster, { trial, traceRules: true, now: () => cluster.nowMs });
    clearInterval(timer);
    const check = find(examination, 'node:24-slim, as tracer');
    expect(check).toMatchObject({ state: result, says: expect.stringContaining(says) });
    expect(check?.todo ?? '').toEqual(expect.stringContaining(todo));
    expect(cluster.names('pods')).toEqual([]);
  });

  test('a pod that may not be made is said', async () => {
    const cluster = healthy();
    cluster.mood = (verb, resource) =>
      verb === 'create' && resource === 'configmaps' ? problem(403, 'Forbidden', 'no') : null;
    expect(find(await examined(cluster, { trial }), 'node:24-slim')).toMatchObject({
      state: 'failed',
      says: 'no pod could be made: no',
    });
  });
});

describe('kprobe doctor', () => {
  const on = (cluster: FakeCluster) => ({
    stages: { connect: async () => ({ ...cluster.client(), version: 'v1.34.4' }) },
  });
  const current = () => {
    const cluster = healthy();
    cluster.nowMs = Date.now();
    return cluster;
  };

  test.for<[string, number, (cluster: FakeCluster) => unknown]>([
    ['nothing', 0, () => null],
    ['a right', 1, (cluster) => cluster.denied.add('list nodes')],
    [
      'a dry run',
      3,
      (cluster) => (cluster.mood = (verb) => (verb === 'try' ? problem(400, 'Bad', 'no dry run') : null)),
    ],
  ])('lacking %s: exit code %i', async ([, exitCode, change]) => {
    const cluster = current();
    change(cluster);
    expect((await run(['doctor'], on(cluster))).exitCode).toBe(exitCode);
  });

  test('shows what is well in a few lines, and what is not with what to do', async () => {
    const cluster = current();
    for (const kind of ['networkpolicies', 'services']) cluster.denied.add(`list ${kind}`);
    cluster.objects.delete('namespaces kprobe-host');
    cluster.denied.add('create namespaces');
    const { stdout } = await run(['doctor'], on(cluster));
    await expect(stdout).toMatchFileSnapshot('golden/doctor.txt');
  });

  test('-v shows every right and why', async () => {
    const { stdout } = await run(['doctor', '-v'], on(current()));
    expect(stdout).toMatch(/✓ list nodes: where probes can stand/);
  });

  test('-o json is one object with a schema', async () => {
    const { stdout } = await run(['doctor', '-o', 'json'], on(current()));
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'kprobe/doctor/v1', status: 'healthy' });
  });

  test('text from the cluster cannot paint on the screen', async () => {
    const cluster = current();
    cluster.mood = (verb) => (verb === 'try' ? problem(403, 'Forbidden', 'a\u001b[31m\nb\u202e') : null);
    const { stdout } = await run(['doctor'], on(cluster));
    expect(stdout).toMatch(/refused: a b$/m);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });

  test.for<[string[], RegExp]>([
    [['-o', 'yaml'], /--output yaml is not known/],
    [['-n', 'A_b'], /cannot be the name of a namespace/],
    [['--image', 'a b'], /is not an image reference/],
  ])('refuses %j', async ([flags, expected]) => {
    expect((await run(['doctor', ...flags])).error?.message).toMatch(expected);
  });
});
