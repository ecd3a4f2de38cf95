/** List and watch. */
import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../model.ts';
import type { Change } from './history.ts';
import type { Matches } from './labels.ts';
import { json, refuse, type Reply } from './reply.ts';
import { isTrue, type ResourceRequest } from './request.ts';
import { groupVersionOf, type Resource } from './resources.ts';
import { selectionOf } from './selection.ts';
import { badRequest, expired, type Status } from './status.ts';
import type { ClusterStore } from './store.ts';
import { tableOf, type TableRequest } from './table.ts';

/** How often a quiet watch gets a bookmark: half of client-node's 30 s inactivity limit leaves room. */
const BOOKMARK_EVERY_MS = 10_000;
/** A watch without timeoutSeconds ends after this, as kube-apiserver's `--min-request-timeout` of 1800 s. */
const DEFAULT_WATCH_SECONDS = 1800;
/** A client that reads nothing is cut off when this much waits for it, in bytes. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;

interface Context {
  readonly store: ClusterStore;
  readonly request: ResourceRequest;
  readonly table: TableRequest | null;
}

/** A list, with limit and continue. */
export function listReply({ store, request, table }: Context): Reply {
  const selection = selectionOf(request);
  if (!selection.ok) return refuse(badRequest(selection.problem));
  const { resource, query } = request;
  const all = store.list(resource.plural).filter(selection.matches);
  const page = pageOf(all, query, store);
  if (!page.ok) return refuse(page.status);
  const metadata = { resourceVersion: page.revision, ...page.more };
  if (table !== null) return json(200, tableOf(resource, page.items, { ...table, metadata }));
  return json(200, { kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items: page.items });
}

/** A watch: from a resourceVersion, or from what is there now. */
export function watchReply({ store, request, table }: Context): Reply {
  const selection = selectionOf(request);
  if (!selection.ok) return refuse(badRequest(selection.problem));
  const from = request.query.get('resourceVersion') ?? '';
  const isFresh = from === '' || from === '0' || isTrue(request.query.get('sendInitialEvents'));
  if (!isFresh && !/^\d+$/.test(from))
    return refuse(
      badRequest(`resourceVersion: Invalid value: "${from}": strconv.ParseUint: parsing "${from}": invalid syntax`),
    );
  return {
    kind: 'stream',
    run: (response) => {
      const stream = new WatchStream(response, { resource: request.resource, matches: selection.matches, table });
      if (isFresh) startFresh(stream, store, request);
      else startFrom(stream, store, Number(from));
      stream.keepUp(store, request.query);
    },
  };
}

function startFresh(stream: WatchStream, store: ClusterStore, request: ResourceRequest): void {
  for (const object of store.list(request.resource.plural)) stream.offer('ADDED', object, null);
  if (isTrue(request.query.get('sendInitialEvents'))) {
    stream.bookmark(store.revision(), { 'k8s.io/initial-events-end': 'true' });
  }
}

function startFrom(stream: WatchStream, store: ClusterStore, revision: number): void {
  const past = store.history.since(revision);
  if (past.ok) for (const change of past.changes) stream.tell(change);
  else stream.fail(past.status);
}

class WatchStream {
  readonly #response: ServerResponse;
  readonly #about: { resource: Resource; matches: Matches; table: TableRequest | null };

  constructor(response: ServerResponse, about: { resource: Resource; matches: Matches; table: TableRequest | null }) {
    this.#response = response;
    this.#about = about;
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    response.flushHeaders();
  }

  tell(change: Change): void {
    if (change.resource === this.#about.resource.plural) this.offer(change.type, change.object, change.previous);
  }

  /** An object that enters or leaves the selection is added or deleted as far as this client knows. */
  offer(type: Change['type'], object: KubeObject, previous: KubeObject | null): void {
    const { matches } = this.#about;
    const was = previous !== null && matches(previous);
    const is = matches(object);
    if (type === 'DELETED') {
      if (was || is) this.#write(type, object);
    } else if (is) this.#write(previous === null || was ? type : 'ADDED', object);
    else if (was) this.#write('DELETED', object);
  }

  bookmark(revision: number, annotations?: Record<string, string>): void {
    const { resource } = this.#about;
    const metadata = { resourceVersion: `${revision}`, creationTimestamp: null, ...(annotations && { annotations }) };
    this.#line({ type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: groupVersionOf(resource), metadata } });
  }

  fail(status: Status): void {
    this.#line({ type: 'ERROR', object: status });
    this.#response.end();
  }

  /** Follows the store until the time is up or the client leaves. */
  keepUp(store: ClusterStore, query: URLSearchParams): void {
    if (this.#response.writableEnded) return;
    const seconds = Number(query.get('timeoutSeconds') ?? '') || DEFAULT_WATCH_SECONDS;
    const stopListening = store.history.listen((change) => this.tell(change));
    const ending = setTimeout(() => this.#response.end(), Math.min(seconds, DEFAULT_WATCH_SECONDS) * 1000);
    const ticking = isTrue(query.get('allowWatchBookmarks'))
      ? setInterval(() => this.bookmark(store.revision()), BOOKMARK_EVERY_MS)
      : undefined;
    this.#response.once('close', () => {
      stopListening();
      clearTimeout(ending);
      clearInterval(ticking);
    });
  }

  #write(type: string, object: KubeObject): void {
    const { table, resource } = this.#about;
    const shown = table === null ? object : tableOf(resource, [object], table);
    this.#line({ type, object: shown });
  }

  #line(event: object): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy();
    else this.#response.write(`${JSON.stringify(event)}\n`);
  }
}

type Page =
  | { readonly ok: true; readonly items: readonly KubeObject[]; readonly revision: string; readonly more: object }
  | { readonly ok: false; readonly status: Status };

/** A continue token says which revision the first page showed and behind which object the next one starts. */
function pageOf(all: readonly KubeObject[], query: URLSearchParams, store: ClusterStore): Page {
  const limit = Number(query.get('limit') ?? '0') || Number.POSITIVE_INFINITY;
  const token = query.get('continue');
  let rest = all;
  let revision = `${store.revision()}`;
  if (token !== null && token !== '') {
    const start = parseToken(token);
    if (start === null) return { ok: false, status: badRequest('continue key is not valid') };
    if (!store.history.since(start.revision).ok) {
      const why = 'The provided continue parameter is too old to display a consistent list result.';
      return { ok: false, status: expired(why) };
    }
    revision = `${start.revision}`;
    rest = all.filter((object) => placeOf(object) > start.after);
  }
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  if (items.length === rest.length || last === undefined) return { ok: true, items, revision, more: {} };
  const next = Buffer.from(JSON.stringify({ revision: Number(revision), after: placeOf(last) })).toString('base64url');
  return { ok: true, items, revision, more: { continue: next, remainingItemCount: rest.length - items.length } };
}

function parseToken(token: string): { revision: number; after: string } | null {
  try {
    const { revision, after } = JSON.parse(Buffer.from(token, 'base64url').toString());
    return typeof revision === 'number' && typeof after === 'string' ? { revision, after } : null;
  } catch {
    return null;
  }
}

function placeOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
