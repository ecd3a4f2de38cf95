/** The API server's memory: objects by resource, with versions, admission, graceful deletion and a history for watches. */
import { randomUUID } from 'node:crypto';
import type { Family, KubeObject, Store } from '../model.ts';
import { RANGES } from '../network/address-plan.ts';
import { admit } from './admission.ts';
import { deletionOf, type DeleteOptions } from './deletion.ts';
import { History, type Change } from './history.ts';
import { deepFreeze, isSame } from './plain-data.ts';
import { mergePatch } from './patch.ts';
import { groupVersionOf, resourceNamed, type Resource } from './resources.ts';
import { alreadyExists, conflict, notFound, type Answer } from './status.ts';

type Draft = Record<string, any>;

/** The store as the API server, the controllers and the kubelets use it. */
export interface ClusterStore extends Store {
  /** The resourceVersion of the latest change. */
  revision(): number;
  /** As a client's POST: admission, defaults, generateName. */
  create(resource: string, object: object, options?: WriteOptions): Answer;
  /** As a client's PUT: refuses a stale resourceVersion; leaves `status` alone unless asked for the subresource. */
  update(resource: string, object: object, options?: WriteOptions & { readonly subresource?: 'status' }): Answer;
  /** As a client's DELETE: graceful for running pods, held up by finalizers. */
  remove(key: Key, options?: DeleteOptions): Answer;
  /** Takes an object away at once, as the kubelet's last delete does. */
  finish(key: Key): void;
  readonly history: History;
  /** The address families of Services; the first is given to those that ask for none. */
  readonly families: readonly [Family, ...Family[]];
}

/** Where an object is. */
export interface Key {
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string;
}

export interface WriteOptions {
  /** Everything but the storing. */
  readonly isDryRun?: boolean;
}

export interface StoreOptions {
  /** How many changes a watch can go back. */
  readonly history?: number;
  readonly now?: () => Date;
  /** IPv4 alone by default. */
  readonly families?: readonly [Family, ...Family[]];
}

const DEFAULT_HISTORY = 4096;
const FIRST_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** An empty cluster: the four namespaces that every cluster has and the API server's own Service. */
export function createStore(options: StoreOptions = {}): ClusterStore {
  const store = new MemoryStore(options);
  for (const name of FIRST_NAMESPACES) store.put('namespaces', { metadata: { name } });
  store.put('services', {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: RANGES[store.families[0]].apiService, ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
  return store;
}

/** The key of an object that the store served. */
export function keyOf(resource: string, object: KubeObject): Key {
  return { resource, namespace: object.metadata.namespace ?? null, name: object.metadata.name };
}

class MemoryStore implements ClusterStore {
  readonly history: History;
  readonly families: readonly [Family, ...Family[]];
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #lists = new Map<string, readonly KubeObject[]>();
  readonly #now: () => Date;
  #revision = 1;

  constructor(options: StoreOptions) {
    this.history = new History(options.history ?? DEFAULT_HISTORY);
    this.families = options.families ?? ['IPv4'];
    this.#now = options.now ?? ((): Date => new Date());
  }

  revision(): number {
    return this.#revision;
  }

  list(resource: string): readonly KubeObject[] {
    const cached = this.#lists.get(resource);
    if (cached !== undefined) return cached;
    const objects = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    const list = [...objects].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
    this.#lists.set(resource, list);
    return list;
  }

  get(resource: string, namespace: string | null, name: string): KubeObject | null {
    return this.#objects.get(resource)?.get(pathOf(namespace, name)) ?? null;
  }

  put(resource: string, object: object): KubeObject {
    const draft = this.#draft(resource, object);
    const had = this.get(resource, draft['metadata'].namespace ?? null, draft['metadata'].name);
    delete draft['metadata'].resourceVersion;
    if (had !== null && draft['status'] === undefined) draft['status'] = had['status'];
    const answer = had === null ? this.#add(resource, draft, { isTrusted: true }) : this.#replace(resource, had, draft);
    if (!answer.ok) throw new Error(answer.status.message);
    return answer.object;
  }

  putStatus(resource: string, namespace: string | null, name: string, status: object): void {
    const had = this.get(resource, namespace, name);
    if (had === null) return;
    this.#replace(resource, had, { ...had, status: mergePatch(had['status'], structuredClone(status)) });
  }

  delete(resource: string, namespace: string | null, name: string): void {
    this.remove({ resource, namespace, name });
  }

  onChange(listener: (resource: string) => void): () => void {
    return this.history.listen((change) => listener(change.resource));
  }

  create(resource: string, object: object, options: WriteOptions = {}): Answer {
    const draft = this.#draft(resource, object);
    draft['metadata'].name ||= generateName(draft['metadata'].generateName);
    return this.#add(resource, draft, { isTrusted: false, ...options });
  }

  update(resource: string, object: object, options: WriteOptions & { readonly subresource?: 'status' } = {}): Answer {
    const draft = this.#draft(resource, object);
    const described = required(resource);
    const { namespace = null, name, resourceVersion, uid } = draft['metadata'];
    const had = this.get(resource, namespace, name);
    if (had === null) return { ok: false, status: notFound(described, name) };
    if (resourceVersion && resourceVersion !== had.metadata.resourceVersion) {
      return { ok: false, status: conflict(described, name) };
    }
    if (uid && uid !== had.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${had.metadata.uid}`;
      return { ok: false, status: conflict(described, name, why) };
    }
    const next = options.subresource === 'status' ? { ...had, status: draft['status'] } : draft;
    if (options.subresource === undefined && described.hasStatus) next['status'] = had['status'];
    return this.#replace(resource, had, next, options);
  }

  remove(key: Key, options: DeleteOptions = {}): Answer {
    const described = required(key.resource);
    const had = this.get(key.resource, key.namespace, key.name);
    if (had === null) return { ok: false, status: notFound(described, key.name) };
    const { uid, resourceVersion } = options.preconditions ?? {};
    if ((uid && uid !== had.metadata.uid) || (resourceVersion && resourceVersion !== had.metadata.resourceVersion)) {
      return { ok: false, status: conflict(described, key.name, 'the preconditions of the deletion do not hold') };
    }
    const lingering = deletionOf(key.resource, had, { ...options, now: this.#now() });
    if (lingering !== null) return this.#replace(key.resource, had, lingering);
    this.finish(key);
    return { ok: true, object: had };
  }

  finish(key: Key): void {
    const had = this.get(key.resource, key.namespace, key.name);
    if (had === null) return;
    this.#objects.get(key.resource)?.delete(pathOf(key.namespace, key.name));
    const metadata = { ...had.metadata, resourceVersion: `${++this.#revision}` };
    this.#tell({ type: 'DELETED', resource: key.resource, object: deepFreeze({ ...had, metadata }), previous: had });
  }

  #add(resource: string, draft: Draft, how: WriteOptions & { isTrusted: boolean }): Answer {
    const described = required(resource);
    const metadata = draft['metadata'];
    if (this.get(resource, metadata.namespace ?? null, metadata.name) !== null) {
      return { ok: false, status: alreadyExists(described, metadata.name) };
    }
    for (const given of ['deletionTimestamp', 'resourceVersion', 'selfLink']) delete metadata[given];
    metadata.uid = randomUUID();
    metadata.creationTimestamp = timestamp(this.#now());
    if (draft['spec'] !== undefined) metadata.generation = 1;
    if (!how.isTrusted && described.hasStatus) delete draft['status'];
    const status = admit({ resource: described, draft, had: null, store: this, isTrusted: how.isTrusted });
    if (status !== null) return { ok: false, status };
    if (how.isDryRun === true) return { ok: true, object: draft as KubeObject };
    return { ok: true, object: this.#keep(resource, draft, null) };
  }

  #replace(resource: string, had: KubeObject, next: Draft, options: WriteOptions = {}): Answer {
    const described = required(resource);
    const draft = structuredClone(next);
    const { uid, creationTimestamp, deletionTimestamp, generation } = had.metadata;
    draft['metadata'] = { ...draft['metadata'], uid, creationTimestamp };
    if (generation !== undefined) draft['metadata'].generation = generation;
    if (deletionTimestamp !== undefined) draft['metadata'].deletionTimestamp = deletionTimestamp;
    const status = admit({ resource: described, draft, had, store: this, isTrusted: false });
    if (status !== null) return { ok: false, status };
    draft['metadata'].resourceVersion = had.metadata.resourceVersion;
    if (isSame(draft, had)) return { ok: true, object: had };
    if (!isSame(draft['spec'], had['spec'])) draft['metadata'].generation = Number(generation ?? 0) + 1;
    if (options.isDryRun === true) return { ok: true, object: draft as KubeObject };
    const isReleased = deletionTimestamp !== undefined && (draft['metadata'].finalizers ?? []).length === 0;
    const kept = this.#keep(resource, draft, had);
    if (isReleased && resource !== 'pods' && resource !== 'namespaces') this.finish(keyOf(resource, kept));
    return { ok: true, object: kept };
  }

  #keep(resource: string, draft: Draft, previous: KubeObject | null): KubeObject {
    draft['metadata'].resourceVersion = `${++this.#revision}`;
    const object = deepFreeze(draft as KubeObject);
    const objects = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, objects.set(pathOf(object.metadata.namespace ?? null, object.metadata.name), object));
    this.#tell({ type: previous === null ? 'ADDED' : 'MODIFIED', resource, object, previous });
    return object;
  }

  #tell(change: Omit<Change, 'revision'>): void {
    this.#lists.delete(change.resource);
    this.history.record({ ...change, revision: this.#revision });
  }

  /** A private copy with apiVersion, kind, metadata and, where it belongs, a namespace. */
  #draft(resource: string, object: object): Draft {
    const described = required(resource);
    const given: Draft = structuredClone(object);
    const metadata: Draft = { name: '', ...given['metadata'] };
    if (described.namespaced) metadata['namespace'] ||= 'default';
    else delete metadata['namespace'];
    delete metadata['managedFields'];
    return { ...given, apiVersion: groupVersionOf(described), kind: described.kind, metadata };
  }
}

/** Whole seconds in UTC, as Kubernetes writes times. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function required(plural: string): Resource {
  const resource = resourceNamed(plural);
  if (resource === null) throw new Error(`no such resource: ${plural}`);
  return resource;
}

function pathOf(namespace: string | null, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** Five characters from the alphabet that Kubernetes uses, which has no vowels and no 0, 1, 3. */
function generateName(prefix: unknown): string {
  if (typeof prefix !== 'string' || prefix === '') return '';
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  const random = [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => alphabet[byte % alphabet.length]);
  return `${prefix.slice(0, 58)}${random.join('')}`;
}
