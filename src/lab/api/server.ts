/** The Kubernetes API subset over real HTTP. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAttaching } from './attach.ts';
import { authenticate, refusal, type AccessRules } from './access.ts';
import { readBody } from './body.ts';
import { listReply, watchReply } from './collection.ts';
import { discoveryReply } from './discovery.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { createLogs, type Logs } from './logs.ts';
import { podLogReply } from './pod-log.ts';
import { json, refuse, send, type Reply } from './reply.ts';
import { parseResourcePath, verbOf, type ResourceRequest } from './request.ts';
import { REVIEW_PATHS, reviewReply } from './reviews.ts';
import { atPort } from '../network/address-plan.ts';
import { failure, methodNotAllowed, notFound, unknownPath, type Status } from './status.ts';
import type { ClusterStore } from './store.ts';
import { subresourceReply } from './subresources.ts';
import { tableOf, type TableRequest } from './table.ts';
import {
  createReply,
  deleteCollectionReply,
  deleteReply,
  patchReply,
  updateReply,
  type WriteContext,
} from './write.ts';

export interface ApiOptions {
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  /** Where `pods/log` reads, and `pods/attach` writes; share them with the kubelets. */
  readonly logs?: Logs;
  readonly inputs?: Inputs;
  readonly access?: AccessRules;
}

/** A running API. */
export interface Api {
  readonly url: string;
  readonly port: number;
  /** Ends every connection, watches included. */
  close(): Promise<void>;
}

/** Serves the store until closed. Rejects when the address cannot be listened on. */
export async function startApi(store: ClusterStore, options: ApiOptions): Promise<Api> {
  const { logs = createLogs(), inputs = createInputs(), access = {} } = options;
  const server = createServer((request, response) => {
    // A client that goes away mid-answer is no event.
    response.on('error', () => response.destroy());
    request.on('error', () => response.destroy());
    replyTo(request, { store, logs, access })
      .catch((error: unknown) => internalError(error))
      .then((reply) => response.destroyed || send(reply, response, request))
      .catch(() => response.destroy());
  });
  const attaching = createAttaching(store, inputs, (message, path) => refusalToAttach(message, path, access));
  server.on('upgrade', (message, socket, head) => attaching.upgrade(message, socket, head));
  server.on('clientError', (_error, socket) => socket.destroy());
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${atPort(host, port)}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        attaching.close();
      }),
  };
}

interface Parts {
  readonly store: ClusterStore;
  readonly logs: Logs;
  readonly access: AccessRules;
}

async function replyTo(message: IncomingMessage, parts: Parts): Promise<Reply> {
  const url = URL.parse(message.url ?? '/', 'http://api');
  if (url === null) return refuse(unknownPath());
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : '/';
  const caller = authenticate(parts.access, message.headers.authorization);
  if (!caller.ok) return refuse(caller.status);
  const method = message.method ?? 'GET';
  if (method === 'GET' || method === 'HEAD') {
    const about = discoveryReply(path);
    if (about !== null) return about;
  }
  if (REVIEW_PATHS.includes(path) && method === 'POST') {
    const body = await readBody(message);
    return body.ok ? reviewReply(body.value, caller.user, parts.access) : refuse(body.status);
  }
  const request = parseResourcePath(path, url.searchParams);
  if (request === null) return refuse(unknownPath());
  const { resource, subresource, namespace, name } = request;
  const verb = verbOf(method, request);
  const denied = refusal(parts.access, {
    user: caller.user,
    verb,
    resource,
    subresource,
    namespace: scopeOf(request),
    name,
  });
  if (denied !== null) return refuse(denied);
  if (method === 'GET' || method === 'HEAD') return readReply(request, verb, { ...parts, message });
  const body = await readBody(message);
  if (!body.ok) return refuse(body.status);
  return writeReply(method, verb, { store: parts.store, request, body });

  function scopeOf(asked: ResourceRequest): string | null {
    return asked.resource.plural === 'namespaces' ? asked.name : namespace;
  }
}

/** By both verbs, as since Kubernetes 1.35: a WebSocket begins with a GET, and what it opens is written into. */
function refusalToAttach(message: IncomingMessage, path: string, access: AccessRules): Status | null {
  const caller = authenticate(access, message.headers.authorization);
  if (!caller.ok) return caller.status;
  const request = parseResourcePath(path, new URLSearchParams());
  if (request === null) return unknownPath();
  const { resource, subresource, namespace, name } = request;
  const wish = { user: caller.user, resource, subresource, namespace, name };
  return refusal(access, { ...wish, verb: 'get' }) ?? refusal(access, { ...wish, verb: 'create' });
}

function readReply(request: ResourceRequest, verb: string, parts: Parts & { message: IncomingMessage }): Reply {
  const { store, logs } = parts;
  const { resource, namespace, name, subresource } = request;
  const table = tableAsked(parts.message.headers.accept, request.query);
  if (verb === 'list') return listReply({ store, request, table });
  if (verb === 'watch') return watchReply({ store, request, table });
  if (subresource === 'log' && resource.plural === 'pods') return podLogReply(request, store, logs);
  if (subresource !== null && subresource !== 'status') {
    return subresourceReply({ store, request, body: { value: null, type: '' } }, 'GET') ?? refuse(unknownPath());
  }
  // A watch on one name is a watch on the collection, narrowed.
  if (request.query.get('watch') === 'true' || request.query.get('watch') === '1')
    return watchReply({ store, request, table });
  const object = store.get(resource.plural, namespace, name ?? '');
  if (object === null) return refuse(notFound(resource, name ?? ''));
  return json(
    200,
    table === null
      ? object
      : tableOf(resource, [object], { ...table, metadata: { resourceVersion: object.metadata.resourceVersion } }),
  );
}

function writeReply(method: string, verb: string, context: WriteContext): Reply {
  const { subresource, name, resource } = context.request;
  if (subresource !== null && subresource !== 'status') {
    return subresourceReply(context, method) ?? refuse(unknownPath());
  }
  switch (verb) {
    case 'create':
      return name === null ? createReply(context) : refuse(methodNotAllowed());
    case 'update':
      return name === null ? refuse(methodNotAllowed()) : updateReply(context);
    case 'patch':
      return name === null ? refuse(methodNotAllowed()) : patchReply(context);
    case 'delete':
      return deleteReply(context);
    case 'deletecollection':
      return resource.plural === 'namespaces' ? refuse(methodNotAllowed()) : deleteCollectionReply(context);
    default:
      return refuse(methodNotAllowed());
  }
}

function tableAsked(accept: string | undefined, query: URLSearchParams): TableRequest | null {
  const version = /as=Table;v=(v1beta1|v1)\b/.exec(accept ?? '')?.[1];
  if (version !== 'v1' && version !== 'v1beta1') return null;
  return { version, includeObject: query.get('includeObject') ?? 'Metadata', now: new Date() };
}

/** A shape that admission did not expect is the client's mistake more often than ours; either way the server lives on. */
function internalError(error: unknown): Reply {
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof TypeError) return refuse(failure(400, 'BadRequest', `the object provided is malformed: ${why}`));
  return refuse(failure(500, 'InternalError', `Internal error occurred: ${why}`));
}
