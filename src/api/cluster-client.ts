/**
 * The port to Kubernetes: the few verbs that kprobe uses, over untyped objects. Nothing here throws for what a cluster may
 * answer; trouble is a value. `client.ts` has the real one, tests have a fake written by hand.
 */

/** An API object as it came: nothing in it has been checked (see `fields.ts`). */
export type ApiObject = Readonly<Record<string, unknown>>;

/** Where a kind lives in the API. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Why a call did not succeed. `status` is the HTTP code, null where no answer came (network, or the run's own end). */
export interface ApiProblem {
  readonly status: number | null;
  /** Kubernetes' own word (`Forbidden`, `NotFound`, `AlreadyExists`) or kprobe's `Unreachable`, `Aborted`, `Malformed`. */
  readonly reason: string;
  /** One line, made to be shown. */
  readonly message: string;
}

export type ApiResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: ApiProblem };

export interface ListOptions {
  /** Of namespaced kinds: absent means all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Stop after about this many objects, where only their existence is asked. */
  readonly atMost?: number;
}

/** What one object is called. Cluster-scoped objects have no namespace. */
export interface Name {
  readonly namespace?: string;
  readonly name: string;
}

/** `gone`: the object was deleted. `problem`: the watch has given up; nothing follows. */
export type WatchEvent =
  | { readonly kind: 'present' | 'gone'; readonly object: ApiObject }
  | { readonly kind: 'problem'; readonly problem: ApiProblem };

/** Lines of a log as they come; `problem` is the last item of a log that could not be followed to its end. */
export type LogEvent =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'problem'; readonly problem: ApiProblem };

/** A question to SelfSubjectAccessReview. `resource` may hold a subresource: `pods/log`. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  /** Absent: objects of any name. */
  readonly name?: string;
}

/** Of a watch. `brief`: of pods only name, phase and address, where the server can tell it so (`brief.ts`). */
export interface WatchOptions extends ListOptions {
  readonly brief?: boolean;
}

/** `dryRun`: the server checks and admits, and keeps nothing. `brief`: of the answer only the metadata matters. */
export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly brief?: boolean;
}

/** The standard input of a container, with whoever holds it. */
export interface HeldInput {
  write(said: string): void;
  /** The connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  close(): void;
}

type Brief = Pick<WriteOptions, 'brief'>;

export interface ClusterClient {
  /** The kubeconfig context, and the namespace it names (`default` where it names none). */
  readonly context: string;
  readonly namespace: string;
  readonly server: string;
  /** The server's gitVersion, e.g. v1.34.4. */
  readonly version: string | null;
  /** The same client whose calls end with this signal instead. */
  withSignal(signal: AbortSignal): ClusterClient;
  /** API groups that exist, each with its preferred version. */
  groups(): Promise<ApiResult<ReadonlyMap<string, string>>>;
  list(resource: Resource, options?: ListOptions): Promise<ApiResult<readonly ApiObject[]>>;
  get(resource: Resource, name: Name): Promise<ApiResult<ApiObject>>;
  create(resource: Resource, object: ApiObject, options?: WriteOptions): Promise<ApiResult<ApiObject>>;
  /** Server-side apply as field manager `kprobe`, taking over fields that others have set. */
  apply(resource: Resource, object: ApiObject): Promise<ApiResult<ApiObject>>;
  /** A JSON merge patch (RFC 7396). */
  patch(resource: Resource, name: Name, patch: ApiObject, options?: Brief): Promise<ApiResult<ApiObject>>;
  /** Adds a container to a pod that runs. It can never be removed from it. */
  addEphemeralContainer(pod: Name, container: ApiObject, options?: WriteOptions): Promise<ApiResult<ApiObject>>;
  /** Deletes at once (grace period 0) unless told otherwise; an object that is gone already counts as deleted. */
  delete(resource: Resource, name: Name, options?: { readonly graceSeconds?: number }): Promise<ApiResult<null>>;
  /** Deletes all that the selector selects in one namespace, by one request; a right of its own (`deletecollection`). */
  deleteAll(
    resource: Resource,
    which: Required<Pick<ListOptions, 'namespace' | 'labelSelector'>>,
  ): Promise<ApiResult<null>>;
  /** What is there, then every change; survives ended streams and 410 Gone. Ends with the signal. */
  watch(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Every line of a container's log exactly once, from its start to its end; survives cut streams. */
  followLog(pod: Name, container: string): AsyncIterable<LogEvent>;
  /** The whole lines that a container's log has by now. */
  readLog(pod: Name, container: string): Promise<ApiResult<readonly string[]>>;
  /** Holds the input of a container that has one, until it is closed, the signal ends or this process does. */
  holdInput(pod: Name, container: string): Promise<ApiResult<HeldInput>>;
  mayI(access: Access): Promise<ApiResult<boolean>>;
  /** The API server's clock: Unix milliseconds, in whole seconds, as its `Date` header says (RFC 9110, 6.6.1). */
  clock(): Promise<ApiResult<number>>;
  /** Frees connections. */
  close(): Promise<void>;
}
