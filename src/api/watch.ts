/** A watch that never misses: what is there, then each change, over ended, cut and expired streams until the signal ends. */
import { AS_TABLE, CELLS_ALONE, columnsOf, isTable, podsOf, type Columns } from './brief.ts';
import type { ApiObject, ApiProblem, Resource, WatchEvent, WatchOptions } from './cluster-client.ts';
import { numberAt, textAt } from './fields.ts';
import { pathOf } from './resources.ts';
import { linesOf } from './lines.ts';
import { pause, type Transport } from './transport.ts';

/** The server ends each stream after this long, so that a half-open connection costs no more; then the next one resumes. */
const STREAM_LASTS_SECONDS = 8;
const SILENCE_MS = (STREAM_LASTS_SECONDS + 2) * 1000;
/** Between a stream that broke at once and the next try. */
const BREATH_MS = 250;

/** A whole list with the version to watch on from. */
export type ListAll = (
  resource: Resource,
  options: WatchOptions,
) => Promise<
  | { readonly ok: true; readonly objects: readonly ApiObject[]; readonly resourceVersion: string }
  | { readonly ok: false; readonly problem: ApiProblem }
>;

export interface WatchParts {
  readonly transport: Transport;
  readonly listAll: ListAll;
  readonly signal: AbortSignal;
}

export async function* watchObjects(
  { transport, listAll, signal }: WatchParts,
  resource: Resource,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const known = new Map<string, ApiObject>();
  while (!signal.aborted) {
    const listed = await listAll(resource, options);
    if (!listed.ok) {
      if (!signal.aborted) yield { kind: 'problem', problem: listed.problem };
      return;
    }
    yield* difference(known, listed.objects);
    let from: string | null = listed.resourceVersion;
    while (from !== null && !signal.aborted) {
      const startedAt = Date.now();
      from = yield* oneStream({ transport, signal, known, resource, options, from });
      if (Date.now() - startedAt < BREATH_MS) await pause(BREATH_MS, signal);
    }
  }
}

interface Stream {
  readonly transport: Transport;
  readonly signal: AbortSignal;
  readonly known: Map<string, ApiObject>;
  readonly resource: Resource;
  readonly options: WatchOptions;
  readonly from: string;
}

/** Yields the events of one stream; returns the version to go on from, or null where a new list is needed. */
async function* oneStream(stream: Stream): AsyncGenerator<WatchEvent, string | null> {
  const { resource, options, signal } = stream;
  const opened = await stream.transport.open(
    {
      method: 'GET',
      path: pathOf(resource, options),
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: stream.from,
        timeoutSeconds: String(STREAM_LASTS_SECONDS),
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        ...(options.brief === true ? CELLS_ALONE : {}),
      },
      ...(options.brief === true ? { accept: AS_TABLE } : {}),
    },
    { signal, silenceMs: SILENCE_MS },
  );
  if (!opened.ok) return opened.problem.status === 410 || opened.problem.status === 403 ? null : stream.from;
  let from = stream.from;
  let columns: Columns | null = null;
  for await (const line of linesOf(opened.value)) {
    const event = parse(line);
    // A line cut in the middle: what it said comes again from the last version.
    if (event === null) return from;
    if (event.type === 'ERROR') return null;
    from = textAt(event.object, 'metadata', 'resourceVersion') ?? from;
    if (event.type === 'BOOKMARK') continue;
    // Only the first table of a stream names its columns.
    columns = columnsOf(event.object) ?? columns;
    const objects = isTable(event.object) ? podsOf(event.object, columns ?? new Map()) : [event.object];
    for (const object of objects) {
      const key = keyOf(object);
      if (event.type === 'DELETED') stream.known.delete(key);
      else stream.known.set(key, object);
      yield { kind: event.type === 'DELETED' ? 'gone' : 'present', object };
    }
  }
  return from;
}

/** What a new list says beyond what was known. */
function* difference(known: Map<string, ApiObject>, listed: readonly ApiObject[]): Generator<WatchEvent> {
  const now = new Map(listed.map((object) => [keyOf(object), object]));
  for (const [key, object] of known) {
    if (now.has(key)) continue;
    known.delete(key);
    yield { kind: 'gone', object };
  }
  for (const [key, object] of now) {
    const before = known.get(key);
    known.set(key, object);
    if (before === undefined || versionOf(before) !== versionOf(object)) yield { kind: 'present', object };
  }
}

function parse(line: string): { readonly type: string; readonly object: ApiObject } | null {
  try {
    const event = JSON.parse(line) as { type?: unknown; object?: unknown };
    if (typeof event.type !== 'string' || typeof event.object !== 'object' || event.object === null) return null;
    return { type: event.type, object: event.object as ApiObject };
  } catch {
    return null;
  }
}

/** By uid, since a name may be given anew. */
function keyOf(object: ApiObject): string {
  const name = `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
  return textAt(object, 'metadata', 'uid') ?? name;
}

function versionOf(object: ApiObject): string {
  return textAt(object, 'metadata', 'resourceVersion') ?? String(numberAt(object, 'metadata', 'generation'));
}
