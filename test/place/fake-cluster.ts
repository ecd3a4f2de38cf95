/** A cluster in memory, written by hand: what is created is kept, pods start when the test says so. */
import type {
  ApiObject,
  ApiProblem,
  ApiResult,
  ClusterClient,
  HeldInput,
  LogEvent,
  Name,
  Resource,
  WatchEvent,
} from '../../src/api/cluster-client.ts';
import { RESOURCES } from '../../src/api/resources.ts';

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What the fake says to a call before doing it; null: it does it. */
export type Mood = (verb: string, resource: string, object: Metadata) => ApiProblem | null;

export const problem = (status: number, reason: string, message = reason): ApiProblem => ({ status, reason, message });

export class FakeCluster {
  readonly objects = new Map<string, ApiObject>();
  readonly calls: string[] = [];
  /** Inputs of containers that were ever held. */
  readonly inputs = new Map<string, { words: number; isOpen: boolean }>();
  mood: Mood = () => null;
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  /** What mayI denies: `verb resource`, `verb resource/subresource`. */
  readonly denied = new Set<string>();
  readonly groups = new Map<string, string>();
  user = 'jane';
  #version = 0;
  readonly #logs = new Map<string, string[]>();
  readonly #endedLogs = new Set<string>();
  #changed: () => void = () => {};
  #change = new Promise<void>((resolve) => (this.#changed = resolve));

  names(plural: string): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(`${plural} `))
      .map((key) => key.slice(plural.length + 1));
  }

  object(plural: string, name: Name): ApiObject | undefined {
    return this.objects.get(keyOf(plural, name));
  }

  put(plural: string, object: object): void {
    const metadata = metadataOf(object as ApiObject);
    const stamped = {
      uid: `uid-${metadata.name}`,
      creationTimestamp: new Date(this.nowMs).toISOString(),
      ...metadata,
      resourceVersion: String((this.#version += 1)),
    };
    this.objects.set(keyOf(plural, metadata), { ...object, metadata: stamped });
    this.#wakeAll();
  }

  setStatus(name: Name, status: object): void {
    const pod = this.object('pods', name);
    if (pod !== undefined) this.put('pods', { ...pod, status });
  }

  say(name: Name, ...lines: readonly string[]): void {
    const key = keyOf('pods', name);
    this.#logs.set(key, [...(this.#logs.get(key) ?? []), ...lines]);
    this.#wakeAll();
  }

  /** Its container is over; the status tells later. */
  endLog(name: Name): void {
    this.#endedLogs.add(keyOf('pods', name));
    this.#wakeAll();
  }

  client(signal: AbortSignal = new AbortController().signal): ClusterClient {
    const aborted: ApiProblem = { status: null, reason: 'Aborted', message: 'the run ended' };
    const act = async <T>(
      verb: string,
      what: Resource,
      object: Metadata,
      work: () => ApiResult<T>,
    ): Promise<ApiResult<T>> => {
      if (signal.aborted) return { ok: false, problem: aborted };
      this.calls.push(`${verb} ${what.plural} ${object.name}`);
      const no = this.mood(verb, what.plural, object);
      return no === null ? work() : { ok: false, problem: no };
    };
    const missing = { ok: false, problem: problem(404, 'NotFound') } as const;
    return {
      context: 'fake',
      namespace: 'default',
      server: 'fake',
      version: null,
      withSignal: (other) => this.client(other),
      groups: async () => ({ ok: true, value: this.groups }),
      list: (what, options = {}) =>
        act('list', what, { name: options.namespace ?? '' }, () => ({
          ok: true,
          value: this.#select(what.plural, options),
        })),
      get: (what, name) => act('get', what, name, () => wrap(this.object(what.plural, name)) ?? missing),
      create: async (what, object, { dryRun = false } = {}) =>
        what.plural === 'selfsubjectreviews'
          ? { ok: true, value: { status: { userInfo: { username: this.user } } } }
          : act(dryRun ? 'try' : 'create', what, metadataOf(object), () => {
              const metadata = metadataOf(object);
              if (
                metadata.namespace !== undefined &&
                !this.objects.has(keyOf('namespaces', { name: metadata.namespace }))
              )
                return missing;
              if (this.object(what.plural, metadata) !== undefined)
                return { ok: false, problem: problem(409, 'AlreadyExists') };
              if (dryRun) return { ok: true, value: object };
              this.put(what.plural, object);
              return wrap(this.object(what.plural, metadata)) ?? missing;
            }),
      apply: (what, object) =>
        act('apply', what, metadataOf(object), () => {
          const before = this.object(what.plural, metadataOf(object));
          const {
            uid: _uid,
            creationTimestamp: _at,
            resourceVersion: _version,
            ...metadata
          } = Object(before?.['metadata']);
          const isSame = JSON.stringify({ ...before, metadata }) === JSON.stringify({ ...before, ...object });
          if (before === undefined || !isSame) this.put(what.plural, object);
          return wrap(this.object(what.plural, metadataOf(object))) ?? missing;
        }),
      patch: (what, name, patch) =>
        act('patch', what, name, () => {
          const before = this.object(what.plural, name);
          if (before === undefined) return missing;
          const metadata = metadataOf(before);
          const annotations = { ...metadata.annotations, ...(patch as { metadata: Metadata }).metadata.annotations };
          this.put(what.plural, { ...before, metadata: { ...metadata, annotations } });
          return wrap(this.object(what.plural, name)) ?? missing;
        }),
      addEphemeralContainer: (name, container, { dryRun = false } = {}) =>
        act(dryRun ? 'try' : 'patch', { ...RESOURCES.pods, plural: 'pods/ephemeralcontainers' }, name, () => {
          const pod = this.object('pods', name);
          if (pod === undefined) return missing;
          const spec = pod['spec'] as { ephemeralContainers?: readonly ApiObject[] } | undefined;
          const ephemeralContainers = [...(spec?.ephemeralContainers ?? []), container];
          if (!dryRun) this.put('pods', { ...pod, spec: { ...spec, ephemeralContainers } });
          return { ok: true, value: pod };
        }),
      delete: (what, name) =>
        act('delete', what, name, () => {
          this.objects.delete(keyOf(what.plural, name));
          this.#wakeAll();
          return { ok: true, value: null };
        }),
      deleteAll: (what, options) =>
        act('delete all', what, { name: options.labelSelector }, () => {
          for (const object of this.#select(what.plural, options))
            this.objects.delete(keyOf(what.plural, metadataOf(object)));
          this.#wakeAll();
          return { ok: true, value: null };
        }),
      watch: (what, options) => this.#watch(what, options, signal),
      followLog: (name) => this.#follow(name, signal),
      readLog: (name) =>
        act('read log', RESOURCES.pods, name, () =>
          this.object('pods', name) === undefined
            ? missing
            : { ok: true, value: [...(this.#logs.get(keyOf('pods', name)) ?? [])] },
        ),
      holdInput: (name, container) =>
        act('hold', RESOURCES.pods, name, () => ({
          ok: true,
          value: this.#hold(`${keyOf('pods', name)} ${container}`),
        })),
      mayI: async ({ verb, resource }) => ({ ok: true, value: !this.denied.has(`${verb} ${resource}`) }),
      clock: async () => ({ ok: true, value: this.nowMs }),
      close: async () => {},
    };
  }

  #hold(key: string): HeldInput {
    const over = Promise.withResolvers<void>();
    const input = { words: 0, isOpen: true };
    this.inputs.set(key, input);
    return {
      write: () => void (input.words += 1),
      closed: over.promise,
      close: () => {
        input.isOpen = false;
        over.resolve();
      },
    };
  }

  #select(plural: string, { namespace, labelSelector }: { namespace?: string; labelSelector?: string }): ApiObject[] {
    const [label = '', value] = labelSelector?.split('=') ?? [];
    return [...this.objects]
      .filter(([key]) => key.startsWith(`${plural} `))
      .map(([, object]) => object)
      .filter((object) => namespace === undefined || metadataOf(object).namespace === namespace)
      .filter((object) => {
        const found = metadataOf(object).labels?.[label];
        return label === '' || (value === undefined ? found !== undefined : found === value);
      });
  }

  async *#watch(
    what: Resource,
    options: { namespace?: string; labelSelector?: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent> {
    const no = this.mood('watch', what.plural, { name: options.namespace ?? '' });
    if (no !== null) yield { kind: 'problem', problem: no };
    let before = new Map<string, ApiObject>();
    while (!signal.aborted && no === null) {
      // What changes while events are taken is a change as well.
      const change = this.#change;
      const now = new Map(this.#select(what.plural, options).map((object) => [metadataOf(object).name, object]));
      for (const [name, object] of before) if (!now.has(name)) yield { kind: 'gone', object };
      for (const [name, object] of now) if (before.get(name) !== object) yield { kind: 'present', object };
      before = now;
      await this.#next(signal, change);
    }
  }

  async *#follow(name: Name, signal: AbortSignal): AsyncGenerator<LogEvent> {
    for (let told = 0; !signal.aborted;) {
      const lines = this.#logs.get(keyOf('pods', name)) ?? [];
      for (; told < lines.length; told += 1) yield { kind: 'line', line: lines[told] ?? '' };
      if (this.object('pods', name) === undefined || this.#endedLogs.has(keyOf('pods', name))) return;
      await this.#next(signal);
    }
  }

  async #next(signal: AbortSignal, change = this.#change): Promise<void> {
    if (signal.aborted) return;
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([change, ended]);
  }

  #wakeAll(): void {
    const wake = this.#changed;
    this.#change = new Promise<void>((resolve) => (this.#changed = resolve));
    wake();
  }
}

export function metadataOf(object: ApiObject): Metadata {
  return object['metadata'] as Metadata;
}

const keyOf = (plural: string, { namespace, name }: Name) =>
  `${plural} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
const wrap = (object: ApiObject | undefined) => (object === undefined ? null : ({ ok: true, value: object } as const));
