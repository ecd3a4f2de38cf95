import { afterEach, describe, expect, test, vi } from 'vitest';
import { pack, unpack } from '../../probes/pack.ts';
import { mapAt } from '../../src/api/fields.ts';
import { cleanup } from '../../src/place/cleanup.ts';
import type { AgentEvent } from '../../src/place/followed-pods.ts';
import { placeAgents, type PlaceOptions } from '../../src/place/place.ts';
import type { Agent } from '../../src/model/plan.ts';
import { agent, plan } from './agents.ts';
import { FakeCluster, metadataOf, problem } from './fake-cluster.ts';

const RUNNING = {
  phase: 'Running',
  podIPs: [{ ip: '10.1.0.5' }],
  containerStatuses: [{ state: { running: { startedAt: 'now' } } }],
};
const waiting = (reason: string, message = 'x') => ({
  phase: 'Pending',
  containerStatuses: [{ state: { waiting: { reason, message } } }],
});

function setting(namespaces: readonly string[] = ['kprobe', 'kprobe-host', 'shop']) {
  const cluster = new FakeCluster();
  for (const name of namespaces) cluster.put('namespaces', { metadata: { name } });
  return cluster;
}

const placing = (cluster: FakeCluster, agents: readonly Agent[], more: Partial<PlaceOptions> = {}) =>
  placeAgents({
    client: cluster.client(),
    plan: plan(agents),
    run: 'r1',
    image: 'node:24-slim',
    bundle: '// agent',
    deadlineMs: 20_000,
    reportProgress: () => {},
    signal: new AbortController().signal,
    ...more,
  });

async function take(events: AsyncIterable<AgentEvent>, count: number): Promise<AgentEvent[]> {
  const taken: AgentEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

const firstPod = (cluster: FakeCluster) => {
  const [namespace = '', name = ''] = (cluster.names('pods')[0] ?? '').split('/');
  return { namespace, name };
};

afterEach(() => vi.useRealTimers());

describe('placeAgents', () => {
  test('makes one ConfigMap in each namespace and a pod for each agent, and removes all of it', async () => {
    const cluster = setting();
    const before = new Set(cluster.objects.keys());
    {
      await using placement = await placing(cluster, [
        agent('control', 'n1'),
        agent('control', 'n2'),
        agent('host', 'n1'),
        agent('twin', 'n1'),
      ]);
      expect(placement.agents).toHaveLength(4);
      expect(cluster.names('configmaps')).toEqual(['kprobe/kprobe-r1', 'kprobe-host/kprobe-r1', 'shop/kprobe-r1']);
      expect(cluster.names('pods')).toHaveLength(4);
      const files = cluster.object('configmaps', { namespace: 'kprobe', name: 'kprobe-r1' })?.['data'] as Record<
        string,
        string
      >;
      expect(Object.keys(files)).toEqual(['agent.mjs', 'kprobe-r1-0-control-n1.json', 'kprobe-r1-1-control-n2.json']);
      expect(placement.limitations().map(({ because }) => because)).toEqual(
        Array(4).fill('its pod has not started in time'),
      );
    }
    expect(new Set(cluster.objects.keys())).toEqual(before);
  });

  test("makes kprobe's own namespaces where they are missing, with their Pod Security level, and nobody else's", async () => {
    const cluster = setting([]);
    await using placement = await placing(cluster, [agent('control', 'n1'), agent('host', 'n1'), agent('twin', 'n1')]);
    expect(cluster.names('namespaces')).toEqual(['kprobe', 'kprobe-host']);
    const host = cluster.object('namespaces', { name: 'kprobe-host' });
    expect(metadataOf(host ?? {}).labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'privileged' });
    expect(placement.limitations()).toContainEqual({
      what: 'agent twin@n1',
      because: 'NotFound',
      subject: { kind: 'agent', agent: 'twin@n1' },
    });
  });

  test.for<[string, string, string, RegExp]>([
    ['no right to make the namespace', 'create', 'namespaces', /namespace kprobe does not exist and may not be made/],
    ['no right to make ConfigMaps', 'create', 'configmaps', /violates quota/],
    ['pods denied at admission', 'create', 'pods', /violates quota/],
  ])('says what is missing with %s, and goes on', async ([, verb, resource, expected]) => {
    const cluster = setting(resource === 'namespaces' ? [] : undefined);
    cluster.mood = (doing, what) =>
      doing === verb && what === resource ? problem(403, 'Forbidden', 'violates quota') : null;
    await using placement = await placing(cluster, [agent('control', 'n1')]);
    expect(placement.agents).toEqual([]);
    expect(placement.limitations().map(({ what }) => what)).toEqual(['agent control@n1']);
    expect(placement.limitations()[0]?.because).toMatch(expected);
  });

  test('waits for the service account of a new namespace', async () => {
    const cluster = setting();
    let refusals = 2;
    cluster.mood = (verb, what) => {
      if (verb !== 'create' || what !== 'pods' || refusals === 0) return null;
      refusals -= 1;
      return problem(
        403,
        'Forbidden',
        'error looking up service account kprobe/default: serviceaccount "default" not found',
      );
    };
    await using placement = await placing(cluster, [agent('control', 'n1')]);
    expect(placement.agents).toEqual(['control@n1']);
  });

  test('a twin that the namespace refuses as it is asks for what its original has', async () => {
    const cluster = setting();
    const resources = { limits: { cpu: '100m', memory: '64Mi' } };
    cluster.put('pods', {
      metadata: { name: 'web-1', namespace: 'shop' },
      spec: { containers: [{ name: 'web', resources }] },
    });
    let isFirst = true;
    cluster.mood = (verb, what) => {
      if (verb !== 'create' || what !== 'pods' || !isFirst) return null;
      isFirst = false;
      return problem(403, 'Forbidden', 'maximum cpu usage per Container is 500m, but limit is 1');
    };
    const twin = { ...agent('twin', 'n1', { app: 'web' }), of: { namespace: 'shop', name: 'web-1' } };
    await using placement = await placing(cluster, [twin]);
    expect(placement.agents).toEqual(['twin@n1']);
    const made = [...cluster.objects]
      .filter(([key]) => key.startsWith('pods shop/kprobe'))
      .map(([, each]) => JSON.stringify(each));
    expect(made).toEqual([expect.stringContaining(JSON.stringify(resources))]);
  });

  test('makes no twin that something would count', async () => {
    const cluster = setting();
    cluster.put('poddisruptionbudgets', {
      metadata: { name: 'pdb', namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'web' } } },
    });
    await using placement = await placing(cluster, [agent('twin', 'n1', { app: 'web' }), agent('control', 'n1')]);
    expect(placement.agents).toEqual(['control@n1']);
    expect(placement.limitations()).toContainEqual({
      what: 'twin twin@n1',
      subject: { kind: 'agent', agent: 'twin@n1' },
      because: 'no twin is made: PodDisruptionBudget shop/pdb would count it',
    });
  });

  test.for<[string, object, RegExp]>([
    ['an image that cannot be pulled', waiting('ImagePullBackOff', 'no such host'), /^ImagePullBackOff: no such host$/],
    ['a container that cannot be made', waiting('CreateContainerConfigError'), /^CreateContainerConfigError/],
    [
      'no room',
      {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
        ],
      },
      /^Unschedulable: 0\/3 nodes/,
    ],
  ])('tells that an agent is stuck by %s, and forgets it when it recovers', async ([, status, expected]) => {
    const cluster = setting();
    await using placement = await placing(cluster, [agent('control', 'n1')]);
    cluster.setStatus(firstPod(cluster), status);
    const [stuck] = await take(placement.events(), 1);
    expect(stuck).toMatchObject({ kind: 'stuck', agent: 'control@n1' });
    expect(placement.limitations()[0]?.because).toMatch(expected);
    cluster.setStatus(firstPod(cluster), RUNNING);
    expect(await take(placement.events(), 1)).toEqual([
      { kind: 'running', agent: 'control@n1', addresses: ['10.1.0.5'] },
    ]);
  });

  test('tells lines as they come, and that a pod was evicted or deleted by somebody', async () => {
    const cluster = setting();
    await using placement = await placing(cluster, [agent('control', 'n1'), agent('control', 'n2')]);
    const [one = '', two = ''] = cluster.names('pods').map((each) => each.split('/')[1]);
    cluster.say({ namespace: 'kprobe', name: one }, 'a', 'b');
    cluster.setStatus({ namespace: 'kprobe', name: one }, RUNNING);
    expect(
      (await take(placement.events(), 3)).map((event) => (event.kind === 'line' ? event.line : event.kind)),
    ).toEqual(['running', 'a', 'b']);
    cluster.objects.delete(`pods kprobe/${one}`);
    cluster.setStatus(
      { namespace: 'kprobe', name: two },
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
    );
    const ended = await take(placement.events(), 3);
    expect(
      new Set(ended.map((event) => (event.kind === 'ended' ? `${event.agent}: ${event.because}` : event.kind))),
    ).toEqual(
      new Set(['quiet', 'control@n1: its pod was deleted by somebody else', 'control@n2: Evicted: low on memory']),
    );
  });

  test('learns from the status that follows the end of a log that the kernel killed the agent', async () => {
    const cluster = setting();
    await using placement = await placing(cluster, [agent('control', 'n1')]);
    const pod = firstPod(cluster);
    cluster.setStatus(pod, RUNNING);
    cluster.endLog(pod);
    const events = await take(placement.events(), 2);
    expect(events.map(({ kind }) => kind)).toEqual(['running', 'quiet']);
    cluster.setStatus(pod, {
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }],
    });
    expect(await take(placement.events(), 1)).toEqual([{ kind: 'ended', agent: 'control@n1', because: 'OOMKilled' }]);
    expect(placement.limitations()).toEqual([
      { what: 'agent control@n1', because: 'OOMKilled', subject: { kind: 'agent', agent: 'control@n1' } },
    ]);
  });

  test('leaves nothing after an abort', async () => {
    const cluster = setting();
    const abort = new AbortController();
    const placement = await placing(cluster, [agent('control', 'n1')], { signal: abort.signal });
    abort.abort();
    await placement[Symbol.asyncDispose]();
    expect([...cluster.names('pods'), ...cluster.names('configmaps')]).toEqual([]);
  });

  test('leaves nothing where it may not list what it made', async () => {
    const cluster = setting();
    const before = new Set(cluster.objects.keys());
    cluster.mood = (verb, what) =>
      verb === 'list' && (what === 'configmaps' || what === 'pods') ? problem(403, 'Forbidden') : null;
    {
      await using _placement = await placing(cluster, [agent('control', 'n1'), agent('host', 'n1')]);
    }
    expect(new Set(cluster.objects.keys())).toEqual(before);
  });

  test('writes the peer table onto the pods that ask for it', async () => {
    const cluster = setting();
    await using placement = await placing(cluster, [agent('control', 'n1'), agent('control', 'n2')]);
    const peers = { version: 2, agents: { 'control@n2': { address: '10.1.0.6', tcp: [1], udp: [] } } } as const;
    await placement.tellPeers(peers, ['control@n1', 'local', 'nobody']);
    const books = cluster
      .names('pods')
      .map((each) => metadataOf(cluster.objects.get(`pods ${each}`) ?? {}).annotations?.['kprobe.dev/peers']);
    expect(books).toEqual([JSON.stringify(peers), undefined]);
  });

  test('reminds a kubelet of it by something that has changed, since it is not told of what has not', async () => {
    const cluster = setting();
    await using placement = await placing(cluster, [agent('control', 'n1')]);
    const peers = { version: 2, agents: {} } as const;
    const annotations = () =>
      cluster.names('pods').map((each) => metadataOf(cluster.objects.get(`pods ${each}`) ?? {}).annotations);
    await placement.tellPeers(peers, ['control@n1']);
    const [before] = annotations();
    await placement.tellPeers(peers, ['control@n1'], 1);
    expect(annotations()).toEqual([{ ...before, 'kprobe.dev/peers-reminder': '1' }]);
  });
});

describe('cleanup', () => {
  const object = (run: string, kind: string, lastsSeconds = 60) => ({
    metadata: {
      name: `${kind}-${run}`,
      namespace: 'shop',
      labels: { 'kprobe.dev/run': run },
      annotations: { 'kprobe.dev/lasts-seconds': String(lastsSeconds) },
    },
  });
  function littered(): FakeCluster {
    const cluster = setting();
    for (const run of ['old', 'new']) {
      cluster.put('configmaps', object(run, 'cm', run === 'old' ? 60 : 600));
      cluster.put('pods', object(run, 'pod'));
    }
    cluster.put('pods', object('orphan', 'pod'));
    cluster.put('pods', { metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } } });
    return cluster;
  }

  test.for<[Parameters<typeof cleanup>[1], readonly string[]]>([
    [{ kind: 'run', run: 'new' }, ['pod shop/pod-new', 'configmap shop/cm-new']],
    [
      { kind: 'all' },
      ['pod shop/pod-old', 'pod shop/pod-new', 'pod shop/pod-orphan', 'configmap shop/cm-old', 'configmap shop/cm-new'],
    ],
    [
      { kind: 'ended', nowMs: Date.parse('2026-01-01T00:05:00Z') },
      ['pod shop/pod-old', 'pod shop/pod-orphan', 'configmap shop/cm-old'],
    ],
  ])('of %j removes just that', async ([which, expected]) => {
    const cluster = littered();
    expect((await cleanup(cluster.client(), which)).removed).toEqual(expected);
    expect(cluster.names('pods')).toContain('shop/web');
  });

  test('says what it may not remove', async () => {
    const cluster = littered();
    cluster.mood = (verb, what) => (verb === 'delete' && what === 'pods' ? problem(403, 'Forbidden', 'no') : null);
    const { limitations } = await cleanup(cluster.client(), { kind: 'run', run: 'old' });
    expect(limitations).toEqual([{ what: 'removing pod shop/pod-old', because: 'no' }]);
  });

  test('of ended runs happens at the start of each run, by the clock of the API server', async () => {
    const cluster = littered();
    cluster.nowMs += 5 * 60_000;
    await using _placement = await placing(cluster, [agent('control', 'n1')]);
    await vi.waitFor(() => expect(cluster.names('configmaps')).not.toContain('shop/cm-old'));
    expect(cluster.names('pods')).toContain('shop/pod-new');
  });
});

describe('very many pods', () => {
  const MANY = 100;
  const crowd = Array.from({ length: MANY }, (_, at) => agent('control', `n${at}`));

  test('are read in turn, packed, told once, and deleted as one', async () => {
    const cluster = setting();
    {
      await using placement = await placing(cluster, crowd);
      const [assignment = ''] = Object.values(
        mapAt(cluster.object('configmaps', { namespace: 'kprobe', name: 'kprobe-r1' }), 'data'),
      ).filter((text) => text.startsWith('{'));
      expect(JSON.parse(assignment)).toMatchObject({ packs: true });
      for (const pod of cluster.names('pods')) {
        const [namespace = '', name = ''] = pod.split('/');
        cluster.say({ namespace, name }, pack('hello\n'), pack('one\ntwo\n'));
        cluster.setStatus({ namespace, name }, RUNNING);
      }
      const events = await take(placement.events(), 3 * MANY);
      expect(events.filter(({ kind }) => kind === 'running')).toHaveLength(MANY);
      const lines = events.flatMap((event) => (event.kind === 'line' ? [event] : []));
      expect(lines.filter(({ agent: id }) => id === 'control@n7').flatMap(({ line }) => unpack(line))).toEqual([
        'hello',
        'one',
        'two',
      ]);
      await placement.stop();
    }
    expect(cluster.names('pods')).toEqual([]);
    expect(cluster.calls.filter((call) => call.startsWith('delete pods'))).toEqual([]);
    expect(cluster.calls.filter((call) => call.startsWith('delete all pods')).length).toBeGreaterThan(0);
  });

  test('are deleted one by one where the right to delete them as one is missing', async () => {
    const cluster = setting();
    cluster.mood = (verb) => (verb === 'delete all' ? problem(403, 'Forbidden') : null);
    {
      await using placement = await placing(cluster, crowd);
      await placement.stop(0);
      expect(placement.limitations()).toHaveLength(MANY);
    }
    expect(cluster.names('pods')).toEqual([]);
  });

  test('of one that fails the whole pod is asked why', async () => {
    const cluster = setting();
    await using placement = await placing(cluster, crowd);
    const name = firstPod(cluster);
    const whole = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory' };
    cluster.setStatus(name, whole);
    const [event] = await take(placement.events(), 1);
    expect(event).toMatchObject({ kind: 'ended', because: 'Evicted: The node was low on memory' });
  });
});
