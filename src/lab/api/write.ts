/** Create, update, patch and delete. */
import type { KubeObject } from '../model.ts';
import type { DeleteOptions } from './deletion.ts';
import { jsonPatch, mergePatch, strategicMerge } from './patch.ts';
import { answered, json, refuse, type Reply } from './reply.ts';
import type { ResourceRequest } from './request.ts';
import { groupVersionOf } from './resources.ts';
import { selectionOf } from './selection.ts';
import { badRequest, failure, invalid, notFound } from './status.ts';
import { keyOf, type ClusterStore } from './store.ts';

type Draft = Record<string, any>;

export interface WriteContext {
  readonly store: ClusterStore;
  readonly request: ResourceRequest;
  readonly body: { readonly value: unknown; readonly type: string };
}

/** POST to a collection. */
export function createReply({ store, request, body }: WriteContext): Reply {
  const given = objectOf(request, body.value);
  if (!given.ok) return given.reply;
  return answered(store.create(request.resource.plural, given.object, { isDryRun: isDryRun(request) }), 201);
}

/** PUT to an object or its status. */
export function updateReply({ store, request, body }: WriteContext): Reply {
  const given = objectOf(request, body.value);
  if (!given.ok) return given.reply;
  return answered(store.update(request.resource.plural, given.object, writeOptions(request)));
}

/** PATCH in any of the four formats; server-side apply is approximated by a strategic merge that creates what is missing. */
export function patchReply(context: WriteContext): Reply {
  const { store, request, body } = context;
  const { resource, namespace, name } = request;
  const had = store.get(resource.plural, namespace, name ?? '');
  const isApply = body.type === 'application/apply-patch+yaml';
  if (had === null) return isApply ? createReply(context) : refuse(notFound(resource, name ?? ''));
  const patched = applyPatch(had, body);
  if (!patched.ok)
    return refuse(
      patched.code === 415
        ? failure(415, 'UnsupportedMediaType', patched.problem)
        : failure(422, 'Invalid', patched.problem),
    );
  const metadata: Draft = { ...patched.value['metadata'] };
  const next: Draft = { ...patched.value, metadata };
  // A patch that names no version applies to whatever is there.
  const isPinned = (body.value as Draft | null)?.['metadata']?.resourceVersion !== undefined;
  if (!isPinned) delete metadata['resourceVersion'];
  if (metadata['name'] !== had.metadata.name || metadata['namespace'] !== had.metadata.namespace) {
    const mistake = {
      field: 'metadata.name',
      type: `Invalid value: ${JSON.stringify(metadata['name'] ?? '')}`,
      detail: 'field is immutable',
    };
    return refuse(invalid(resource, had.metadata.name, [mistake]));
  }
  return answered(store.update(resource.plural, next, writeOptions(request)));
}

/** DELETE of one object. */
export function deleteReply({ store, request, body }: WriteContext): Reply {
  const { resource, namespace, name } = request;
  const key = { resource: resource.plural, namespace, name: name ?? '' };
  const had = store.get(key.resource, namespace, key.name);
  if (isDryRun(request)) return had === null ? refuse(notFound(resource, key.name)) : json(200, had);
  const answer = store.remove(key, deleteOptions(request, body.value));
  if (!answer.ok || resource.plural === 'pods' || store.get(key.resource, namespace, key.name) !== null)
    return answered(answer);
  const details = { name, group: resource.group || undefined, kind: resource.plural, uid: answer.object.metadata.uid };
  return json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

/** DELETE of a collection, or the selected part of it. */
export function deleteCollectionReply({ store, request, body }: WriteContext): Reply {
  const selection = selectionOf(request);
  if (!selection.ok) return refuse(badRequest(selection.problem));
  const { resource } = request;
  const items = store.list(resource.plural).filter(selection.matches);
  const options = deleteOptions(request, body.value);
  if (!isDryRun(request)) for (const object of items) store.remove(keyOf(resource.plural, object), options);
  const metadata = { resourceVersion: `${store.revision()}` };
  return json(200, { kind: `${resource.kind}List`, apiVersion: groupVersionOf(resource), metadata, items });
}

/** Delete options come in the body or the query. */
export function deleteOptions(request: ResourceRequest, body: unknown): DeleteOptions {
  const given: Draft = typeof body === 'object' && body !== null ? body : {};
  const grace = given['gracePeriodSeconds'] ?? request.query.get('gracePeriodSeconds');
  const policy = given['propagationPolicy'] ?? request.query.get('propagationPolicy');
  return {
    ...(grace !== null && Number.isFinite(Number(grace)) && { gracePeriodSeconds: Number(grace) }),
    ...(typeof policy === 'string' && { propagationPolicy: policy }),
    ...(given['preconditions'] && { preconditions: given['preconditions'] }),
  };
}

type Given = { readonly ok: true; readonly object: KubeObject } | { readonly ok: false; readonly reply: Reply };

/** The object of a body, put where the URL says. */
function objectOf(request: ResourceRequest, value: unknown): Given {
  const { resource, namespace, name } = request;
  const refused = (message: string): Given => ({ ok: false, reply: refuse(badRequest(message)) });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refused('the body must be one object');
  const draft: Draft = value;
  if (draft['kind'] !== undefined && draft['kind'] !== resource.kind) {
    return refused(`the object provided is unrecognized: ${draft['kind']} does not belong to ${resource.plural}`);
  }
  const metadata: Draft = typeof draft['metadata'] === 'object' && draft['metadata'] !== null ? draft['metadata'] : {};
  if (namespace !== null && metadata['namespace'] && metadata['namespace'] !== namespace) {
    return refused('the namespace of the provided object does not match the namespace sent on the request');
  }
  if (name !== null && metadata['name'] && metadata['name'] !== name) {
    return refused(`the name of the object (${metadata['name']}) does not match the name on the URL (${name})`);
  }
  const placed = { ...metadata, ...(namespace !== null && { namespace }), ...(name !== null && { name }) };
  return { ok: true, object: { ...draft, metadata: placed } as unknown as KubeObject };
}

type Applied =
  | { readonly ok: true; readonly value: Draft }
  | { readonly ok: false; readonly code: number; readonly problem: string };

/** The object as a body of one of the patch formats leaves it. */
export function applyPatch(had: KubeObject, body: WriteContext['body']): Applied {
  switch (body.type) {
    case 'application/merge-patch+json':
      return asObject(mergePatch(had, body.value));
    case 'application/strategic-merge-patch+json':
    case 'application/apply-patch+yaml':
      return asObject(strategicMerge(had, body.value));
    case 'application/json-patch+json': {
      const patched = jsonPatch(had as Draft, body.value);
      return patched.ok ? patched : { ...patched, code: 422 };
    }
    default:
      return { ok: false, code: 415, problem: `the body of the request was in an unknown format: ${body.type}` };
  }
}

function asObject(value: unknown): Applied {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ok: true, value };
  return { ok: false, code: 422, problem: 'the patch leaves no object' };
}

function writeOptions(request: ResourceRequest): { isDryRun: boolean; subresource?: 'status' } {
  return { isDryRun: isDryRun(request), ...(request.subresource === 'status' && { subresource: 'status' as const }) };
}

/** Nothing of it is to be kept. */
export function isDryRun(request: ResourceRequest): boolean {
  return request.query.get('dryRun') === 'All';
}
