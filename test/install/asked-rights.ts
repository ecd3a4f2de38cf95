/** A client around another that notes which rights its calls take, as RBAC names them. */
import type { ClusterClient, Resource } from '../../src/api/cluster-client.ts';

/** `verb group/resource scope name`; the scope is a namespace or `*`, the name is that of a single object that is read. */
export interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | null;
  readonly name: string | null;
}

export function recordingClient(inner: ClusterClient, asked: Asked[]): ClusterClient {
  const note = (verb: string, { group, plural }: Resource, at: { namespace?: string; name?: string | null } = {}) =>
    void asked.push({ verb, group, resource: plural, namespace: at.namespace ?? null, name: at.name ?? null });
  const metadata = (object: object) => ({
    namespace: (object as { metadata?: { namespace?: string } }).metadata?.namespace ?? '',
  });
  return {
    ...inner,
    holdInput(pod, container) {
      for (const verb of ['create', 'get'])
        note(verb, { group: '', version: 'v1', plural: 'pods/attach', namespaced: true }, { ...pod, name: null });
      return inner.holdInput(pod, container);
    },
    withSignal: (signal) => recordingClient(inner.withSignal(signal), asked),
    list(resource, options) {
      note('list', resource, options);
      return inner.list(resource, options);
    },
    get(resource, name) {
      note('get', resource, name);
      return inner.get(resource, name);
    },
    create(resource, object, options) {
      note('create', resource, metadata(object));
      // Where the answer is lost, the client looks whether the object is its own.
      note('get', resource, metadata(object));
      return inner.create(resource, object, options);
    },
    patch(resource, name, patch) {
      note('patch', resource, { ...name, name: null });
      return inner.patch(resource, name, patch);
    },
    addEphemeralContainer(pod, container, options) {
      note(
        'patch',
        { group: '', version: 'v1', plural: 'pods/ephemeralcontainers', namespaced: true },
        { ...pod, name: null },
      );
      return inner.addEphemeralContainer(pod, container, options);
    },
    delete(resource, name, options) {
      note('delete', resource, { ...name, name: null });
      return inner.delete(resource, name, options);
    },
    watch(resource, options) {
      note('list', resource, options);
      note('watch', resource, options);
      return inner.watch(resource, options);
    },
    followLog(pod, container) {
      note('get', { group: '', version: 'v1', plural: 'pods/log', namespaced: true }, { ...pod, name: null });
      note('get', { group: '', version: 'v1', plural: 'pods', namespaced: true }, { ...pod, name: null });
      return inner.followLog(pod, container);
    },
  };
}
