/** The subresources besides `status` and `log`: eviction, binding, ephemeral containers, scale. */
import type { KubeObject } from '../model.ts';
import { answered, json, refuse, type Reply } from './reply.ts';
import { mergePatch } from './patch.ts';
import { podSecurityProblem } from './pod-security.ts';
import { failure, forbidden, invalid, notFound } from './status.ts';
import { applyPatch, deleteOptions, isDryRun, type WriteContext } from './write.ts';

type Draft = Record<string, any>;

type Handler = (context: WriteContext, object: KubeObject, method: string) => Reply;

const HANDLERS: Readonly<Record<string, Handler>> = {
  'pods/eviction': evict,
  'pods/binding': bind,
  'pods/ephemeralcontainers': addEphemeralContainers,
  'deployments/scale': scale,
  'replicasets/scale': scale,
  'statefulsets/scale': scale,
};

/** The reply of a subresource; null when there is none of that name. */
export function subresourceReply(context: WriteContext, method: string): Reply | null {
  const { resource, namespace, name, subresource } = context.request;
  const handler = HANDLERS[`${resource.plural}/${subresource}`];
  if (handler === undefined) return null;
  const object = context.store.get(resource.plural, namespace, name ?? '');
  return object === null ? refuse(notFound(resource, name ?? '')) : handler(context, object, method);
}

function evict({ store, request, body }: WriteContext, pod: KubeObject): Reply {
  const options = deleteOptions(request, (body.value as Draft | null)?.['deleteOptions']);
  const answer = store.remove({ resource: 'pods', namespace: request.namespace, name: pod.metadata.name }, options);
  return answer.ok ? success(201) : refuse(answer.status);
}

function bind({ store, body }: WriteContext, pod: KubeObject): Reply {
  const nodeName = (body.value as Draft | null)?.['target']?.name;
  const answer = store.update('pods', { ...pod, spec: { ...pod['spec'], nodeName } });
  return answer.ok ? success(201) : refuse(answer.status);
}

/** They can be added, and neither changed nor removed. */
function addEphemeralContainers({ store, request, body }: WriteContext, pod: KubeObject, method: string): Reply {
  if (method === 'GET') return json(200, pod);
  const patched = applyPatch(pod, body);
  if (!patched.ok) return refuse(failure(patched.code, 'Invalid', patched.problem));
  const had: Draft[] = pod['spec'].ephemeralContainers ?? [];
  const wanted: Draft[] = patched.value['spec']?.ephemeralContainers ?? [];
  const isKept = had.every(
    (each) => JSON.stringify(each) === JSON.stringify(wanted.find(({ name }) => name === each['name'])),
  );
  const mistake = {
    field: 'spec.ephemeralContainers',
    type: 'Forbidden',
    detail: 'existing ephemeral containers may not be changed or removed',
  };
  if (!isKept) return refuse(invalid(request.resource, pod.metadata.name, [mistake]));
  const spec = { ...pod['spec'], ephemeralContainers: wanted };
  const namespace = store.get('namespaces', null, request.namespace ?? '');
  const unsafe = podSecurityProblem(namespace?.metadata.labels, spec);
  if (unsafe !== null) return refuse(forbidden(request.resource, pod.metadata.name, unsafe));
  return answered(store.update('pods', { ...pod, spec }, { isDryRun: isDryRun(request) }));
}

function scale({ store, request, body }: WriteContext, object: KubeObject, method: string): Reply {
  if (method === 'GET') return json(200, scaleOf(object));
  const wanted = mergePatch(scaleOf(object), body.value) as Draft;
  const replicas = Number(wanted['spec']?.replicas ?? 0);
  const answer = store.update(request.resource.plural, { ...object, spec: { ...object['spec'], replicas } });
  return answer.ok ? json(200, scaleOf(answer.object)) : answered(answer);
}

function scaleOf({ metadata, spec, status }: KubeObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0 },
  };
}

function success(code: number): Reply {
  return json(code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code });
}
