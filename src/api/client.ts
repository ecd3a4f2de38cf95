/** The only place that constructs API clients: kubeconfig → a `ClusterClient` that has answered once. */
import type { KubeConfig } from '@kubernetes/client-node';
import type {
  Access,
  ApiObject,
  ApiResult,
  ClusterClient,
  LogEvent,
  Name,
  Resource,
  WatchEvent,
  WatchOptions,
} from './cluster-client.ts';
import { connectionTrouble } from './connection-trouble.ts';
import { flagAt, labelsOf, listAt, textAt } from './fields.ts';
import { followLog } from './follow-log.ts';
import { holdInput } from './held-input.ts';
import { loadKubeconfig, type KubeconfigChoice } from './kubeconfig.ts';
import { pathOf, RESOURCES } from './resources.ts';
import { slim } from './slim.ts';
import { AS_METADATA, AS_METADATA_LIST, AS_TABLE, CELLS_ALONE, columnsOf, podsOf } from './brief.ts';
import { makeTransport, type Answer, type Transport } from './transport.ts';
import { watchObjects, type ListAll } from './watch.ts';

/** Objects in one answer of a list: what kubectl asks for. */
const PAGE = 500;
/** How often the very first call is tried: enough for a hiccup, few enough that a wrong address is said at once. */
const FIRST_TRIES = 2;
const FIELD_MANAGER = 'kprobe';
/** Deleting a collection is answered when all of it is deleted, or after the server's own limit (kube-apiserver: --request-timeout, one minute). */
const COLLECTION_MS = 65_000;

export interface ConnectOptions extends Partial<KubeconfigChoice> {
  /** How long the first answer may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends every call of this client. */
  readonly signal: AbortSignal;
  readonly retryDelaysMs?: readonly number[];
}

/** Throws UserError, in one clear line, where there is no usable kubeconfig or no Kubernetes API answers there. */
export async function connect(options: ConnectOptions): Promise<ClusterClient> {
  const { kubeconfig, context, env = process.env, timeoutMs, signal } = options;
  const config = await loadKubeconfig({ kubeconfig, context, env });
  const transport = makeTransport(config, options.retryDelaysMs);
  const first = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const answer = await transport.call({ method: 'GET', path: '/version', tries: FIRST_TRIES }, first);
  const version = answer.ok ? textAt(answer.value, 'gitVersion') : null;
  // 403 is an answer too: some clusters hide their version.
  if ((answer.ok && version === null) || (!answer.ok && answer.problem.status !== 403)) {
    await transport.close();
    if (signal.aborted) throw signal.reason;
    const server = config.getCurrentCluster()?.server ?? '';
    const problem = answer.ok ? { status: 200, reason: 'NotKubernetes', message: 'no gitVersion' } : answer.problem;
    throw connectionTrouble(problem, { server, context: config.getCurrentContext(), timeoutMs });
  }
  return makeClient({ config, transport, version, signal });
}

interface Parts {
  readonly config: KubeConfig;
  readonly transport: Transport;
  readonly version: string | null;
  readonly signal: AbortSignal;
}

function makeClient(parts: Parts): ClusterClient {
  const { config, transport, version, signal } = parts;
  const call = (what: Parameters<Transport['call']>[0]) => transport.call(what, signal);
  const listAll: ListAll = (resource, options) => listPages({ call, resource, options });
  const get = async (resource: Resource, name: Name) =>
    asObject(await call({ method: 'GET', path: pathOf(resource, name) }));
  return {
    context: config.getCurrentContext(),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    server: config.getCurrentCluster()?.server ?? '',
    version,
    withSignal: (other) => makeClient({ ...parts, signal: other }),
    groups: async () => groupsOf(await call({ method: 'GET', path: '/apis' })),
    async list(resource, options = {}) {
      const listed = await listAll(resource, options);
      return listed.ok ? { ok: true, value: listed.objects } : listed;
    },
    get,
    async create(resource, object, { dryRun = false, brief = false } = {}) {
      const query = dryRun ? { dryRun: 'All' } : {};
      const path = pathOf(resource, namespaceOf(object));
      const answer = await call({ method: 'POST', path, query, body: object, ...accepting(brief) });
      return dryRun ? asObject(answer) : confirmCreate({ answer, resource, object, get });
    },
    apply: async (resource, object) => asObject(await call(serverSideApply(resource, object))),
    async patch(resource, name, patch, { brief = false } = {}) {
      const contentType = 'application/merge-patch+json';
      const path = pathOf(resource, name);
      return asObject(await call({ method: 'PATCH', path, body: patch, contentType, ...accepting(brief) }));
    },
    async addEphemeralContainer(pod, container, { dryRun = false } = {}) {
      // A merge patch would replace the list, and containers that are there must stay.
      const contentType = 'application/strategic-merge-patch+json';
      const path = `${pathOf(RESOURCES.pods, pod)}/ephemeralcontainers`;
      const body = { spec: { ephemeralContainers: [container] } };
      return asObject(await call({ method: 'PATCH', path, query: dryRun ? { dryRun: 'All' } : {}, body, contentType }));
    },
    async delete(resource, name, { graceSeconds = 0 } = {}) {
      const body = { gracePeriodSeconds: graceSeconds, propagationPolicy: 'Background' };
      const answer = await call({ method: 'DELETE', path: pathOf(resource, name), body, accept: AS_METADATA });
      return answer.ok || answer.problem.status === 404 ? { ok: true, value: null } : answer;
    },
    async deleteAll(resource, { namespace, labelSelector }) {
      const body = { gracePeriodSeconds: 0, propagationPolicy: 'Background' };
      const common = { method: 'DELETE', path: pathOf(resource, { namespace }), body } as const;
      const answer = await call({
        ...common,
        query: { labelSelector },
        accept: AS_METADATA_LIST,
        silenceMs: COLLECTION_MS,
      });
      return answer.ok ? { ok: true, value: null } : answer;
    },
    watch: (resource, options): AsyncIterable<WatchEvent> =>
      watchObjects({ transport, listAll, signal }, resource, options),
    followLog: (pod, container): AsyncIterable<LogEvent> =>
      followLog({ transport, getPod: (name) => get(RESOURCES.pods, name), signal }, pod, container),
    async readLog(pod, container) {
      const path = `${pathOf(RESOURCES.pods, pod)}/log`;
      const answer = await call({ method: 'GET', path, query: { container }, isText: true });
      // What follows the last line feed is a line that is still being written.
      return answer.ok ? { ok: true, value: String(answer.value).split('\n').slice(0, -1) } : answer;
    },
    holdInput: (pod, container) => holdInput({ config, pod, container, signal }),
    mayI: async (access) => allowedOf(await call(accessReview(access))),
    clock: async () => clockOf(await call({ method: 'GET', path: '/version' })),
    close: () => transport.close(),
  };
}

interface Listing {
  readonly call: (what: Parameters<Transport['call']>[0]) => Promise<Answer>;
  readonly resource: Resource;
  readonly options: WatchOptions;
}

/** All pages; begins again where the list expired between two of them (410). */
async function listPages({ call, resource, options }: Listing): ReturnType<ListAll> {
  const { labelSelector, fieldSelector, atMost, brief = false } = options;
  for (let objects: ApiObject[] = [], next: string | null = null, restarts = 0; ;) {
    const limit = String(atMost ?? PAGE);
    const query = { limit, labelSelector, fieldSelector, continue: next ?? undefined, ...(brief ? CELLS_ALONE : {}) };
    const asked = { method: 'GET', path: pathOf(resource, options), query } as const;
    const answer = await call(brief ? { ...asked, accept: AS_TABLE } : asked);
    if (!answer.ok) {
      if (answer.problem.status !== 410 || restarts === 2) return answer;
      [objects, next, restarts] = [[], null, restarts + 1];
      continue;
    }
    const columns = columnsOf(answer.value);
    if (columns !== null) objects.push(...podsOf(answer.value, columns));
    for (const item of listAt(answer.value, 'items')) if (isObject(item)) objects.push(slim(item));
    next = textAt(answer.value, 'metadata', 'continue');
    if (next !== null && atMost === undefined) continue;
    return { ok: true, objects, resourceVersion: textAt(answer.value, 'metadata', 'resourceVersion') ?? '' };
  }
}

interface Created {
  readonly answer: Answer;
  readonly resource: Resource;
  readonly object: ApiObject;
  readonly get: ClusterClient['get'];
}

/** "Already exists" after a repeated try may be our own work whose answer was lost: then it is a success. */
async function confirmCreate({ answer, resource, object, get }: Created): Promise<ApiResult<ApiObject>> {
  if (answer.ok || answer.problem.status !== 409 || answer.tries === 1) return asObject(answer);
  const name = textAt(object, 'metadata', 'name');
  if (name === null) return answer;
  const existing = await get(resource, { ...namespaceOf(object), name });
  const labels = existing.ok ? labelsOf(existing.value) : {};
  const isOurs = Object.entries(labelsOf(object)).every(([key, value]) => labels[key] === value);
  return existing.ok && isOurs ? existing : answer;
}

function accepting(brief: boolean): { readonly accept?: string } {
  return brief ? { accept: AS_METADATA } : {};
}

function namespaceOf(object: ApiObject): { readonly namespace?: string } {
  const namespace = textAt(object, 'metadata', 'namespace');
  return namespace === null ? {} : { namespace };
}

function asObject(answer: ApiResult<unknown>): ApiResult<ApiObject> {
  if (!answer.ok) return { ok: false, problem: answer.problem };
  if (isObject(answer.value)) return { ok: true, value: answer.value };
  return { ok: false, problem: { status: null, reason: 'Malformed', message: 'the answer is not an object' } };
}

function isObject(value: unknown): value is ApiObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function groupsOf(answer: ApiResult<unknown>): ApiResult<ReadonlyMap<string, string>> {
  if (!answer.ok) return { ok: false, problem: answer.problem };
  const groups = new Map<string, string>();
  for (const group of listAt(answer.value, 'groups')) {
    const name = textAt(group, 'name');
    const version = textAt(group, 'preferredVersion', 'version') ?? textAt(listAt(group, 'versions')[0], 'version');
    if (name !== null && version !== null) groups.set(name, version);
  }
  return { ok: true, value: groups };
}

/** The body is JSON, which is YAML, which is what this type names (kubernetes.io, "Server-Side Apply"). */
function serverSideApply(resource: Resource, object: ApiObject): Parameters<Transport['call']>[0] {
  const path = pathOf(resource, { ...namespaceOf(object), name: textAt(object, 'metadata', 'name') ?? '' });
  const query = { fieldManager: FIELD_MANAGER, force: 'true' };
  return { method: 'PATCH', path, query, body: object, contentType: 'application/apply-patch+yaml' };
}

/** A refusal has a date too. */
function clockOf(answer: Answer): ApiResult<number> {
  if (answer.date !== null) return { ok: true, value: answer.date };
  if (!answer.ok) return { ok: false, problem: answer.problem };
  return { ok: false, problem: { status: null, reason: 'Malformed', message: 'the answer has no Date header' } };
}

function accessReview({ verb, group, resource, namespace, name }: Access): Parameters<Transport['call']>[0] {
  const [plural, subresource] = resource.split('/');
  const resourceAttributes = { verb, group, resource: plural, subresource, namespace, name };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  return { method: 'POST', path: pathOf(RESOURCES.accessReviews), body };
}

function allowedOf(answer: ApiResult<unknown>): ApiResult<boolean> {
  if (!answer.ok) return { ok: false, problem: answer.problem };
  return { ok: true, value: flagAt(answer.value, 'status', 'allowed') };
}
