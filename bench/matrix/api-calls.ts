/** A run of many pods against an API server that only counts: everything starts at once and answers everything. */
import type { Hello, Message, Sample } from '../../probes/wire.ts';
import { collect } from '../../src/collect/collect.ts';
import type { ApiObject, ApiResult, ClusterClient, LogEvent, Name, WatchEvent } from '../../src/api/cluster-client.ts';
import type { Assignment, Plan } from '../../src/model/plan.ts';
import { AGENT_ANNOTATION } from '../../src/place/names.ts';
import { placeAgents } from '../../src/place/place.ts';
import { Queue } from '../../src/place/queue.ts';

export interface Calls {
  readonly calls: number;
  readonly configMaps: number;
  readonly largestConfigMapKb: number;
  readonly samples: number;
  readonly tookMs: number;
}

export async function countCalls(plan: Plan): Promise<Calls> {
  const begun = performance.now();
  const server = new CountingServer(plan);
  const never = new AbortController().signal;
  const common = { plan, reportProgress: () => {}, signal: never };
  const options = {
    ...common,
    client: server.client(),
    run: 'bench',
    image: 'node:24-slim',
    bundle: '//',
    deadlineMs: 600_000,
  };
  let samples: number;
  {
    await using placement = await placeAgents(options);
    const collection = collect({ ...common, placement, now: Date.now });
    for await (const parts of collection.updates()) samples = parts.samples.length;
    samples = (await collection.finish()).samples.length;
  }
  const { calls, configMaps, largestConfigMap } = server;
  const tookMs = performance.now() - begun;
  return { calls, configMaps, largestConfigMapKb: Math.round(largestConfigMap / 1024), samples, tookMs };
}

class CountingServer {
  calls = 0;
  configMaps = 0;
  largestConfigMap = 0;
  readonly #plan: Plan;
  readonly #watches = new Map<string, Queue<WatchEvent>>();
  readonly #agents = new Map<string, string>();
  readonly #toldPeers = new Set<string>();
  readonly #told = new Map<string, () => void>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  client(): ClusterClient {
    const fine = async <T>(value: T): Promise<ApiResult<T>> => {
      this.calls += 1;
      return { ok: true, value };
    };
    return {
      context: 'bench',
      namespace: 'default',
      server: 'bench',
      version: null,
      withSignal: () => this.client(),
      groups: () => fine(new Map()),
      list: () => fine([]),
      get: (_what, name) => fine({ metadata: name }),
      create: (what, object) => fine(this.#created(what.plural, object)),
      apply: (_what, object) => fine(object),
      holdInput: () => fine({ write: () => undefined, closed: new Promise(() => undefined), close: () => undefined }),
      patch: (_what, name) => {
        this.#toldPeers.add(name.name);
        this.#told.get(name.name)?.();
        return fine({ metadata: name });
      },
      addEphemeralContainer: (pod) => fine({ metadata: pod }),
      delete: () => fine(null),
      deleteAll: () => fine(null),
      watch: (_what, { namespace }) => this.#watchOf(namespace ?? ''),
      followLog: (name) => this.#log(name),
      readLog: (name) => fine(this.#linesOf(name)),
      mayI: () => fine(true),
      clock: () => fine(0),
      close: async () => {},
    };
  }

  #created(plural: string, object: ApiObject): ApiObject {
    const metadata = object['metadata'] as { name: string; namespace: string; annotations: Record<string, string> };
    if (plural === 'configmaps') {
      this.configMaps += 1;
      this.largestConfigMap = Math.max(this.largestConfigMap, JSON.stringify(object).length);
    }
    if (plural === 'pods') {
      this.#agents.set(metadata.name, metadata.annotations[AGENT_ANNOTATION] ?? '');
      const running = {
        phase: 'Running',
        podIP: '10.0.0.1',
        containerStatuses: [{ state: { running: { startedAt: 'now' } } }],
      };
      this.#watchOf(metadata.namespace).push({ kind: 'present', object: { ...object, status: running } });
    }
    return { ...object, metadata: { ...metadata, uid: 'uid', creationTimestamp: new Date(0).toISOString() } };
  }

  #watchOf(namespace: string): Queue<WatchEvent> {
    const queue = this.#watches.get(namespace) ?? new Queue<WatchEvent>();
    this.#watches.set(namespace, queue);
    return queue;
  }

  /** A log that is read, not followed: the samples are there when it has been told its peers. */
  #linesOf({ name }: Name): string[] {
    const agent = this.#agents.get(name) ?? '';
    const said: Message[] = [
      helloOf(agent),
      ...(this.#toldPeers.has(name) ? samplesOf(this.#plan.assignments[agent]) : []),
    ];
    return said.map((message) => JSON.stringify(message));
  }

  async *#log({ name }: Name): AsyncGenerator<LogEvent> {
    this.calls += 1;
    const agent = this.#agents.get(name) ?? '';
    const say = (message: Message): LogEvent => ({ kind: 'line', line: JSON.stringify(message) });
    yield say(helloOf(agent));
    await new Promise<void>((resolve) => this.#told.set(name, resolve));
    for (const sample of samplesOf(this.#plan.assignments[agent])) yield say(sample);
    yield say({ type: 'bye', at: 0, because: 'done', counters: {} });
  }
}

function helloOf(agent: string): Hello {
  return {
    type: 'hello',
    version: 2,
    run: 'bench',
    agent,
    at: 0,
    hostname: agent,
    addresses: ['10.0.0.1'],
    tcp: [40_001],
    udp: [40_002],
    unavailable: [],
    sysctls: {},
    resolver: { servers: [], search: [], options: [] },
    kernel: '6.18.0',
    nodeVersion: 'v24.21.0',
  };
}

function samplesOf(assignment: Assignment | undefined): Sample[] {
  return (assignment?.schedules ?? []).flatMap(({ path, count }) =>
    Array.from({ length: count }, (_, attempt): Sample => ({
      type: 'sample',
      path,
      attempt,
      at: 0,
      lateMs: 0,
      outcome: { kind: 'answered' },
      phases: { connect: 0.3 },
      totalMs: 0.3,
      local: null,
      seen: null,
      synRetransmissions: 0,
      dataRetransmissions: 0,
      counters: {},
      concurrent: 0,
      http: null,
      dns: null,
      stalledMs: 0,
      throttledMs: 0,
      cpuWaitMs: 0,
      cpuPressure: null,
    })),
  );
}
