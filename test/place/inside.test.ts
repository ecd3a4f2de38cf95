import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../probes/parse.ts';
import { WIRE_VERSION, type Peers } from '../../probes/wire.ts';
import { at, listAt, textAt } from '../../src/api/fields.ts';
import type { Agent } from '../../src/model/plan.ts';
import { bundleAgent } from '../../src/place/bundle.ts';
import type { AgentEvent } from '../../src/place/followed-pods.ts';
import { insideContainer } from '../../src/place/inside-container.ts';
import { insideState } from '../../src/place/inside-state.ts';
import { placeAgents, type PlaceOptions } from '../../src/place/place.ts';
import { agent, assignment, plan, schedule, tcp } from './agents.ts';
import { FakeCluster, problem } from './fake-cluster.ts';

const POD = { namespace: 'shop', name: 'web-a-1' };
const INSIDE = agent('inside', 'n1', { app: 'web' });
const CONTROL = agent('control', 'n1');
const PEERS: Peers = {
  version: WIRE_VERSION,
  agents: { [CONTROL.id]: { address: '10.1.0.5', tcp: [40_001], udp: [40_002] } },
};
const ASKING = assignment(INSIDE.id, [schedule('in>control', CONTROL.id), schedule('in>x', tcp('10.0.0.9'))]);

function setting() {
  const cluster = new FakeCluster();
  for (const name of ['kprobe', 'shop']) cluster.put('namespaces', { metadata: { name } });
  cluster.put('pods', { metadata: POD, spec: { containers: [] }, status: { phase: 'Running' } });
  return cluster;
}

const placing = (cluster: FakeCluster, asking = ASKING, more: Partial<PlaceOptions> = {}, inside: Agent = INSIDE) =>
  placeAgents({
    client: cluster.client(),
    plan: plan([CONTROL, inside], [assignment(CONTROL.id), asking]),
    run: 'r1',
    image: 'node:24-slim',
    bundle: '// agent',
    deadlineMs: 20_000,
    reportProgress: () => {},
    signal: new AbortController().signal,
    ...more,
  });

const containers = (cluster: FakeCluster) => listAt(cluster.object('pods', POD), 'spec', 'ephemeralContainers');
const tries = (cluster: FakeCluster) => cluster.calls.filter((call) => call.includes('ephemeralcontainers'));
const status = (state: object) => ({
  phase: 'Running',
  ephemeralContainerStatuses: [
    { name: 'kprobe-older', state: {} },
    { name: 'kprobe-r1', state },
  ],
});

async function take(events: AsyncIterable<AgentEvent>, count: number): Promise<AgentEvent[]> {
  const taken: AgentEvent[] = [];
  for await (const event of events) if (taken.push(event) === count) break;
  return taken;
}

describe('an agent inside a pod', () => {
  test('is asked for without effect at first, and started once, by its peer table', async () => {
    const cluster = setting();
    await using placement = await placing(cluster);
    expect(placement.agents).toEqual([CONTROL.id, INSIDE.id]);
    expect(tries(cluster)).toEqual(['try pods/ephemeralcontainers web-a-1']);
    await placement.tellPeers(PEERS, [INSIDE.id]);
    await placement.tellPeers({ ...PEERS, agents: {} }, [INSIDE.id]);
    expect(containers(cluster)).toMatchObject([{ name: 'kprobe-r1', image: 'node:24-slim' }]);
  });

  test('that asks no other agent is started at once', async () => {
    const cluster = setting();
    await using placement = await placing(cluster, assignment(INSIDE.id, [schedule('in>x', tcp('10.0.0.9'))]));
    expect(placement.agents).toContain(INSIDE.id);
    expect(containers(cluster)).toHaveLength(1);
  });

  test('is announced before it is made, and named in the end', async () => {
    const [cluster, said] = [setting(), [] as string[]];
    await using placement = await placing(cluster, ASKING, {
      reportProgress: (news) =>
        void (news.kind === 'stage' && said.push(`${news.says} (${containers(cluster).length} there)`)),
    });
    expect(placement.limitations().some(({ what }) => what.startsWith('removing'))).toBe(false);
    await placement.tellPeers(PEERS, [INSIDE.id]);
    expect(said).toEqual([
      'adding a container to pod shop/web-a-1: it ends by itself and stays listed there (0 there)',
    ]);
    expect(placement.limitations()).toContainEqual({
      what: 'removing container kprobe-r1 from shop/web-a-1',
      because: 'an ephemeral container (--inside) ends by itself and stays listed as long as its pod lives',
    });
  });

  test('speaks through its log, and its end is no trouble', async () => {
    const cluster = setting();
    await using placement = await placing(cluster);
    await placement.tellPeers(PEERS, [INSIDE.id]);
    cluster.say(POD, 'a');
    cluster.setStatus(POD, status({ running: { startedAt: 'now' } }));
    expect(await take(placement.events(), 2)).toEqual([
      { kind: 'running', agent: INSIDE.id, addresses: [] },
      { kind: 'line', agent: INSIDE.id, line: 'a' },
    ]);
    cluster.endLog(POD);
    cluster.setStatus(POD, status({ terminated: { reason: 'Completed', exitCode: 0, containerID: 'c' } }));
    expect(await take(placement.events(), 2)).toEqual([
      { kind: 'quiet', agent: INSIDE.id },
      { kind: 'ended', agent: INSIDE.id, because: null },
    ]);
  });

  test.for<[string, object, AgentEvent]>([
    [
      'an image that cannot be pulled',
      status({ waiting: { reason: 'ErrImagePull', message: 'no such host' } }),
      { kind: 'stuck', agent: INSIDE.id, because: 'ErrImagePull: no such host' },
    ],
    [
      'no node in the image',
      status({ terminated: { reason: 'StartError', message: 'node: not found', exitCode: 128 } }),
      { kind: 'ended', agent: INSIDE.id, because: 'StartError: node: not found' },
    ],
    [
      'the end of its pod',
      { phase: 'Failed', ephemeralContainerStatuses: [] },
      { kind: 'ended', agent: INSIDE.id, because: 'its pod is over' },
    ],
  ])('says that it is kept from its work by %s', async ([, now, expected]) => {
    const cluster = setting();
    await using placement = await placing(cluster);
    await placement.tellPeers(PEERS, [INSIDE.id]);
    cluster.setStatus(POD, now);
    expect(await take(placement.events(), 1)).toEqual([expected]);
    expect(placement.limitations().find(({ what }) => what === `agent ${INSIDE.id}`)?.because).toBe(
      'because' in expected ? expected.because : null,
    );
  });

  test('does not wait for who was not there when it was started, and says so', async () => {
    const cluster = setting();
    await using placement = await placing(cluster);
    await placement.tellPeers({ ...PEERS, agents: {} }, [INSIDE.id]);
    expect(placement.limitations()).toContainEqual({
      what: `what ${INSIDE.id} asks of ${CONTROL.id}`,
      subject: { kind: 'agent', agent: INSIDE.id },
      because: 'that one was not there in time',
    });
  });

  test('never costs the pod that it is in, and is not waited for when the run ends', async () => {
    const cluster = setting();
    {
      await using placement = await placing(cluster);
      await placement.tellPeers(PEERS, [INSIDE.id]);
      await placement.stop();
      expect(await take(placement.events(), 1)).toEqual([{ kind: 'ended', agent: INSIDE.id, because: null }]);
    }
    expect(cluster.names('pods')).toEqual(['shop/web-a-1']);
    expect(cluster.calls).not.toContain('delete pods web-a-1');
  });

  test('is not made any more once the run has ended', async () => {
    const cluster = setting();
    const placement = await placing(cluster);
    await placement[Symbol.asyncDispose]();
    await placement.tellPeers(PEERS, [INSIDE.id]);
    expect(containers(cluster)).toEqual([]);
  });

  test('gives way to a twin where it may not be made, and says what to do', async () => {
    const cluster = setting();
    const denied = 'pods "web-a-1" is forbidden: User "jane" cannot patch resource "pods/ephemeralcontainers"';
    cluster.mood = (_verb, what) => (what.includes('ephemeral') ? problem(403, 'Forbidden', denied) : null);
    await using placement = await placing(cluster);
    expect(placement.agents).toEqual([CONTROL.id, INSIDE.id]);
    expect(cluster.names('pods').filter((name) => name.startsWith('shop/kprobe-r1'))).toHaveLength(1);
    expect(placement.limitations()).toContainEqual({
      what: 'the view from inside pod shop/web-a-1',
      subject: { kind: 'agent', agent: INSIDE.id },
      because: `${denied}; kprobe install --twins shop --inside gives the right; a twin of it asks instead`,
    });
  });

  test('has no stand-in on the host network', async () => {
    const cluster = setting();
    cluster.mood = (_verb, what) => (what.includes('ephemeral') ? problem(400, 'BadRequest', 'no') : null);
    const onHost = { ...INSIDE, identity: { ...INSIDE.identity, hostNetwork: true } };
    await using placement = await placing(cluster, ASKING, {}, onHost);
    expect(placement.agents).toEqual([CONTROL.id]);
    expect(placement.limitations()).toContainEqual({
      what: 'the view from inside pod shop/web-a-1',
      subject: { kind: 'agent', agent: INSIDE.id },
      because: 'no; nothing can ask in its place',
    });
  });
});

describe('the container', () => {
  const parts = { run: 'r1', image: 'node:24-slim', pullPolicy: 'IfNotPresent', peers: PEERS };

  test('meets Pod Security "restricted" by itself, and has nothing that an ephemeral container may not have', () => {
    const container = insideContainer({ ...parts, bundle: '', assignment: ASKING }) ?? {};
    expect(at(container, 'securityContext')).toEqual({
      runAsNonRoot: true,
      runAsUser: 65_532,
      runAsGroup: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(Object.keys(container).toSorted()).toEqual(
      ['args', 'command', 'env', 'image', 'imagePullPolicy', 'name', 'securityContext'].toSorted(),
    );
  });

  test('is not made for an assignment longer than the kernel lets a variable be', () => {
    const noise = Array.from({ length: 9000 }, (_, index) => schedule(`path ${Math.sin(index)}`, tcp('10.0.0.9')));
    const assigned = assignment(INSIDE.id, noise);
    expect(insideContainer({ ...parts, bundle: '', assignment: assigned })).toBeNull();
  });

  test('runs the agent from its environment alone, and ends by itself', async () => {
    const idle = { ...assignment(INSIDE.id), answers: { tcp: [], udp: [] } };
    const container = insideContainer({ ...parts, bundle: await bundleAgent(), assignment: idle });
    const args = ['command', 'args'].flatMap((key) => listAt(container, key)).slice(1) as string[];
    const env = Object.fromEntries(
      listAt(container, 'env').map((each) => [textAt(each, 'name') ?? '', textAt(each, 'value') ?? '']),
    );
    const { stdout, stderr, status: code } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.trim().split('\n').map(parseMessage)).toMatchObject([
      { ok: true, value: { type: 'hello', agent: INSIDE.id } },
      { ok: true, value: { type: 'bye', because: 'done' } },
    ]);
  });
});

test.for<[string, object, string, string | null]>([
  ['nothing yet', { phase: 'Running' }, 'starting', null],
  ['one that is being created', status({ waiting: { reason: 'ContainerCreating' } }), 'starting', null],
  [
    'one that the kernel killed',
    status({ terminated: { reason: 'OOMKilled', exitCode: 137, containerID: 'c' } }),
    'ended',
    'OOMKilled',
  ],
  ['one that is over', status({ terminated: { reason: 'Completed', exitCode: 0, containerID: 'c' } }), 'ended', null],
])('the status of %s is read', ([, now, kind, because]) => {
  expect(insideState({ status: now }, 'kprobe-r1')).toEqual({ kind, because, addresses: [] });
});
