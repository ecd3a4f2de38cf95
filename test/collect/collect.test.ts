import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { collect, type Collected, type Collection } from '../../src/collect/collect.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Progress } from '../../src/model/progress.ts';
import { readNodeFacts } from '../../probes/node-facts.ts';
import type { Outcome, Peers } from '../../probes/wire.ts';
import type { AgentEvent } from '../../src/place/followed-pods.ts';
import type { Placement } from '../../src/place/place.ts';
import { Queue } from '../../src/place/queue.ts';
import { agent, assignment, hello, plan, sample, schedule, tcp } from '../place/agents.ts';

/** Agents that say what the test says. */
class FakePlacement implements Placement {
  readonly agents: string[];
  readonly queue = new Queue<AgentEvent>();
  readonly told: [string, Peers][] = [];
  readonly reminded: [string, number][] = [];
  onStop: () => void = () => {};
  readonly finished: string[] = [];
  constructor(agents: readonly string[]) {
    this.agents = [...agents];
  }
  limitations = () => [];
  done = (agentId: string) => void this.finished.push(agentId);
  events = () => this.queue;
  async tellPeers(peers: Peers, agents: Iterable<string>, reminder = 0) {
    for (const each of agents) {
      if (reminder === 0) this.told.push([each, peers]);
      else this.reminded.push([each, reminder]);
    }
  }
  async stop() {
    this.onStop();
  }
  async [Symbol.asyncDispose]() {
    this.queue.close();
  }
  say(agentId: string, message: object | string) {
    const line = typeof message === 'string' ? message : JSON.stringify(message);
    this.queue.push({ kind: 'line', agent: agentId, line });
  }
}

const A = agent('control', 'a');
const B = agent('control', 'b');
const TWO = plan(
  [A, B],
  [assignment(A.id, [schedule('a>b', B.id), schedule('a>x', tcp('10.0.0.9'), { count: 1 })]), assignment(B.id)],
);

function collecting(what: Plan = TWO, made: readonly string[] = what.agents.map(({ id }) => id)) {
  const placement = new FakePlacement(made);
  const told: Progress[] = [];
  let nowMs = 50_000;
  const collection = collect({
    placement,
    plan: what,
    reportProgress: (each) => told.push(each),
    now: () => nowMs,
    signal: new AbortController().signal,
  });
  const flush = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { placement, collection, told, flush, pass: (ms: number) => (nowMs += ms) };
}

async function everyUpdate(collection: Collection): Promise<Collected[]> {
  const updates: Collected[] = [];
  for await (const update of collection.updates()) updates.push(update);
  return updates;
}

const IN = agent('inside', 'a');
const WITH_INSIDE = plan([A, B, IN], [assignment(A.id), assignment(B.id), assignment(IN.id, [schedule('in>b', B.id)])]);

describe('an agent inside a pod', () => {
  test('is told of those that it asks as soon as all have come, and is not waited for itself', async () => {
    const { placement, flush } = collecting(WITH_INSIDE);
    placement.say(A.id, hello(A.id));
    await flush();
    expect(placement.told).toEqual([]);
    placement.say(B.id, hello(B.id));
    await vi.waitFor(() => expect(placement.told.map(([id]) => id)).toEqual([IN.id]));
    expect(Object.keys(placement.told[0]?.[1].agents ?? {})).toEqual([B.id]);
  });

  test.for<[string, string[]]>([
    ['cannot come', [A.id, B.id, IN.id]],
    ['were not made', [IN.id]],
  ])('is started where all others %s', async ([, made]) => {
    const { placement } = collecting(WITH_INSIDE, made);
    for (const each of made.slice(0, -1)) placement.queue.push({ kind: 'stuck', agent: each, because: 'no image' });
    await vi.waitFor(() => expect(placement.told.map(([id]) => id)).toEqual([IN.id]));
  });
});

describe('who was told and asks nobody', () => {
  test('is told again, with something that has changed, and no more once it asks', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { placement, flush } = collecting();
    for (const each of [A.id, B.id]) placement.say(each, hello(each));
    await flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(placement.told.map(([id]) => id)).toEqual([A.id]);
    await vi.advanceTimersByTimeAsync(10_100);
    expect(placement.reminded).toEqual([
      [A.id, 1],
      [A.id, 2],
    ]);
    placement.say(A.id, sample('a>b', 0));
    await flush();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(placement.reminded).toHaveLength(2);
  });

  test.for<[string, (placement: FakePlacement) => void]>([
    ['what it asks of others says nothing', (placement) => placement.say(A.id, sample('a>x', 0))],
    ['nor does what others say', (placement) => placement.say(B.id, { type: 'trouble', at: 1, problem: 'x' })],
  ])('is told three times again and then left alone: %s', async ([, happens]) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { placement, flush } = collecting();
    for (const each of [A.id, B.id]) placement.say(each, hello(each));
    await flush();
    happens(placement);
    await flush();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(placement.reminded.map(([, times]) => times)).toEqual([1, 2, 3]);
  });

  test('is left alone once it has ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { placement, flush } = collecting();
    for (const each of [A.id, B.id]) placement.say(each, hello(each));
    await flush();
    await vi.advanceTimersByTimeAsync(0);
    placement.queue.push({ kind: 'ended', agent: A.id, because: null });
    await flush();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(placement.reminded).toEqual([]);
  });
});

const T = { ...agent('host', 'a'), id: 'tracer@a', traces: true as const };
const flow = {
  path: 'a>x',
  protocol: 'tcp',
  sourcePorts: { first: 61_000, count: 8 },
  from: { agent: A.id, addresses: [] },
  to: [{ address: '10.0.0.9', port: 80 }],
} as const;
const FOLLOWED = plan(
  [A, T],
  [
    assignment(A.id, [schedule('a>x', tcp('10.0.0.9'), { after: [T.id] })]),
    { ...assignment(T.id), traces: { table: 'kprobe-r1', packetsPerSecond: 1, mostPackets: 1, flows: [flow] } },
  ],
);
const chains = { type: 'hooked-chains', at: 1, chains: [] };
const tracing = { type: 'tracing', at: 1, says: '', legacyTables: [], ebpfInterface: null };

describe('who is followed', () => {
  test.for<[string, object]>([
    ['has made its rules', chains],
    ['cannot make any', { ...tracing, state: 'no-right' }],
  ])('is told of its tracer when that %s', async ([, message]) => {
    const { placement, flush } = collecting(FOLLOWED);
    for (const each of [A.id, T.id]) placement.say(each, hello(each));
    placement.say(T.id, { ...tracing, state: 'ready' });
    await vi.waitFor(() => expect(placement.told.map(([id]) => id)).toEqual([T.id]));
    await flush();
    expect(placement.told.map(([id]) => id)).toEqual([T.id]);
    placement.say(T.id, message);
    await vi.waitFor(() => expect(placement.told.map(([id]) => id)).toEqual([T.id, A.id]));
    expect(Object.keys(placement.told[1]?.[1].agents ?? {})).toEqual([T.id]);
  });
});

describe('collect', () => {
  test('is complete when every planned attempt has its outcome', async () => {
    const { placement, collection, flush } = collecting();
    for (const each of [A.id, B.id]) placement.say(each, hello(each));
    placement.say(A.id, sample('a>b', 0));
    placement.say(A.id, sample('a>x', 0));
    await flush();
    expect(collection.isComplete()).toBe(false);
    placement.say(A.id, sample('a>b', 1));
    await flush();
    expect(collection.isComplete()).toBe(true);
    expect(collection.soFar().samples.map(({ path, attempt }) => `${path} ${attempt}`)).toEqual([
      'a>b 0',
      'a>x 0',
      'a>b 1',
    ]);
    expect(await everyUpdate(collection)).toEqual([]);
  });

  test.for<[string, Outcome, boolean]>([
    ['is complete without what is only asked again of the hindered', { kind: 'answered' }, true],
    ['waits for what is asked again of the hindered', { kind: 'refused', phase: 'connect' }, false],
  ])('%s', async ([, outcome, isComplete]) => {
    const again = { afterMs: 10, count: 1 };
    const { placement, collection, flush } = collecting(
      plan([A, B], [assignment(A.id, [schedule('a>b', B.id, { count: 1, again })]), assignment(B.id)]),
    );
    for (const each of [A.id, B.id]) placement.say(each, hello(each));
    placement.say(A.id, { ...sample('a>b', 0), outcome });
    await flush();
    expect(collection.isComplete()).toBe(isComplete);
    placement.say(A.id, sample('a>b', 1));
    await flush();
    expect(collection.isComplete()).toBe(true);
  });

  test.for([
    ['was not made', false, false],
    ['was gone before its hello', true, false],
    ['may still come', true, true],
  ] as const)('asks no more of an agent that %s than there can be', async ([, isMade, mayCome]) => {
    const { placement, collection, flush } = collecting(TWO, isMade ? [A.id, B.id] : [A.id]);
    placement.say(A.id, hello(A.id));
    placement.say(A.id, sample('a>x', 0));
    if (isMade && !mayCome) placement.queue.push({ kind: 'ended', agent: B.id, because: 'OOMKilled' });
    await flush();
    expect(collection.isComplete()).toBe(!mayCome);
  });

  test('tells each agent the addresses it waits for, as soon as all are there', async () => {
    const { placement, flush } = collecting();
    placement.queue.push({ kind: 'running', agent: B.id, addresses: ['10.1.1.7'] });
    placement.say(A.id, hello(A.id));
    await flush();
    expect(placement.told).toEqual([]);
    placement.say(B.id, hello(B.id));
    await vi.waitFor(() => expect(placement.told).toHaveLength(1));
    expect(placement.told).toEqual([
      [A.id, { version: 2, agents: { [B.id]: { address: '10.1.1.7', tcp: [40_001], udp: [40_002] } } }],
    ]);
  });

  test('does not wait for an agent that cannot start, and tells of it when it comes late', async () => {
    const C = agent('control', 'c');
    const three = plan(
      [A, B, C],
      [assignment(A.id, [schedule('a>b', B.id), schedule('a>c', C.id)]), assignment(B.id), assignment(C.id)],
    );
    const { placement } = collecting(three);
    placement.say(A.id, hello(A.id));
    placement.say(B.id, hello(B.id));
    placement.queue.push({ kind: 'stuck', agent: C.id, because: 'ImagePullBackOff' });
    await vi.waitFor(() => expect(placement.told).toHaveLength(1));
    placement.say(C.id, hello(C.id));
    await vi.waitFor(() => expect(placement.told).toHaveLength(2));
    expect(Object.keys(placement.told[1]?.[1].agents ?? {})).toEqual([B.id, C.id]);
  });

  test.for<[string, object | string]>([
    ['no JSON', 'node: out of memory'],
    ['an unknown message', { type: 'joke' }],
    ['a path of another agent', sample('b>a', 0)],
    ['a hello in another name', hello(B.id)],
    ['a line without end', 'x'.repeat(70_000)],
  ])('counts %s as not understood', async ([, message]) => {
    const { placement, collection, flush } = collecting();
    placement.say(A.id, message);
    placement.say(A.id, message);
    await flush();
    expect(collection.limitations()).toHaveLength(1);
    expect(collection.limitations()[0]?.what).toBe('2 lines of agent control@a');
    expect(collection.soFar().samples).toEqual([]);
  });

  test('takes a sample that is told twice once', async () => {
    const { placement, collection, flush } = collecting();
    for (const each of [hello(A.id), sample('a>b', 0), sample('a>b', 0)]) placement.say(A.id, each);
    await flush();
    expect(collection.soFar().samples.filter(({ path }) => path === 'a>b')).toHaveLength(1);
  });

  test('shows an attempt that waits as it was last told, until its sample takes the place', async () => {
    const { placement, collection, flush } = collecting();
    const waiting = (waitedMs: number) => ({
      type: 'waiting',
      sample: sample('a>x', 0, { outcome: { kind: 'cut', phase: 'connect', waitedMs } }),
    });
    for (const each of [hello(A.id), waiting(2600), waiting(5600)]) placement.say(A.id, each);
    await flush();
    expect(collection.soFar().samples).toMatchObject([{ outcome: { kind: 'cut', waitedMs: 5600 } }]);
    for (const each of [sample('a>x', 0), waiting(10_600)]) placement.say(A.id, each);
    await flush();
    expect(collection.soFar().samples).toMatchObject([{ outcome: { kind: 'answered' } }]);
  });

  test('keeps of what a node says of itself the first and the latest', async () => {
    const { placement, collection, flush } = collecting();
    const facts = { ...readNodeFacts({ text: () => null, list: () => null }), type: 'node-facts', at: 1 };
    const told = ['start', 'trouble', 'trouble', 'end'].map((when, at) => ({ ...facts, when, at }));
    for (const id of [A.id, B.id]) for (const each of told) placement.say(id, each);
    await flush();
    const kept = collection.soFar().nodeFacts.map(({ agent: id, when, at }) => [id, when, at]);
    expect(kept).toEqual([
      [A.id, 'start', 0],
      [A.id, 'end', 3],
      [B.id, 'start', 0],
      [B.id, 'end', 3],
    ]);
  });

  test('hears what agents still say when they are told to leave', async () => {
    const { placement, collection, flush } = collecting();
    placement.say(A.id, hello(A.id));
    await flush();
    placement.onStop = () => {
      placement.say(A.id, sample('a>x', 0, { outcome: { kind: 'cut', phase: 'connect', waitedMs: 1234 } }));
      placement.say(A.id, { type: 'bye', at: 5000, because: 'signal', counters: {} });
    };
    const all = await collection.finish();
    expect(all.samples).toMatchObject([{ path: 'a>x', outcome: { waitedMs: 1234 } }]);
    expect(all.byes).toMatchObject([{ agent: A.id, because: 'signal' }]);
  });

  test.for<[string, AgentEvent[], object[], string[], string[]]>([
    [
      'nobody, where all said goodbye',
      [{ kind: 'quiet', agent: B.id }],
      [{ type: 'bye', at: 5000, because: 'done', counters: {} }],
      [],
      [],
    ],
    [
      'one whose log ends without a word',
      [{ kind: 'quiet', agent: B.id }],
      [],
      ['its log ended without a farewell'],
      ['agent control@b'],
    ],
    [
      'one that was killed, by what killed it',
      [
        { kind: 'quiet', agent: B.id },
        { kind: 'ended', agent: B.id, because: 'OOMKilled' },
      ],
      [],
      ['OOMKilled'],
      ['agent control@b'],
    ],
  ])('tells of lost agents: %s', async ([, events, said, because, limitations]) => {
    const { placement, collection, flush } = collecting();
    for (const each of [A.id, B.id]) placement.say(each, hello(each));
    for (const each of said) placement.say(B.id, each);
    for (const each of events) placement.queue.push(each);
    await flush();
    expect(collection.soFar().lostAgents).toEqual(because.map((each) => ({ agent: B.id, because: each })));
    expect(collection.limitations().map(({ what }) => what)).toEqual(limitations);
  });

  test('calls nobody lost who was told to leave', async () => {
    const { placement, collection } = collecting();
    placement.say(A.id, hello(A.id));
    placement.onStop = () => {
      placement.queue.push({ kind: 'quiet', agent: A.id });
      placement.queue.push({ kind: 'ended', agent: A.id, because: null });
      placement.queue.close();
    };
    expect((await collection.finish()).lostAgents).toEqual([]);
  });

  test('ends when every agent has ended', async () => {
    const { placement, collection } = collecting();
    for (const each of [A.id, B.id]) placement.queue.push({ kind: 'ended', agent: each, because: 'Evicted' });
    const updates = await everyUpdate(collection);
    expect(updates.length).toBeLessThanOrEqual(2);
  });
});
