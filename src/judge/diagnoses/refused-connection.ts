import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { backendViews, hasNeighbour, isClosedPort, nameOfBackend } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'refused-connection',
  class: 'retransmit-drop',
  layer: 'service',
  title: 'Nothing listens on the port that the Service sends to',
  why: 'Each connect is answered by a TCP reset from the pod itself, within a round trip. An ingress answers 502.',
  test: 'Connects go to every endpoint directly and to a kprobe pod on the same node and port. Resets from all endpoints, and an answer from beside them, prove that the port is closed in the pods.',
  remedy: 'Point targetPort at the port the process listens on, or start the process on 0.0.0.0 instead of 127.0.0.1.',
  limits: 'A NetworkPolicy that rejects is distinguished by ICMP; a proxy that resets after accepting is not this.',
  experiments: ['endpoints', 'service-address', 'entries', 'identities'],
  suspects: (evidence) => {
    const views = backendViews(evidence).filter((view) => view.unobstructed.length > 0);
    return views.length === 0 ? [] : [views];
  },
  arm: (views) => ({ paths: hopsOfAll(views).map(({ path }) => path), fails: views.every(isClosedPort) }),
  contrasts: (views) => [
    {
      label: 'Beside it',
      holds: views.some(hasNeighbour) ? true : null,
      says: 'kprobe answers on the same nodes from the same sources',
      attempts: hopsOfAll(views)
        .flatMap((hop) => hop.controls.flatMap((path) => path.answered))
        .slice(0, 10),
      settles: 'Connect to a probe pod on the same node and port.',
    },
  ],
  suffer: (views, evidence) => [
    ...views.flatMap((view) => view.all),
    ...evidence.paths.filter((path) => path.path.to.kind === 'service'),
  ],
  blame: (views, { target: { service } }) => {
    const [port, pod] = [views[0]?.backend.port ?? 0, views[0]?.pod ?? null];
    const declared = [...new Set(views.flatMap((view) => view.pod?.ports.map((each) => each.port) ?? []))];
    return {
      title: `Nothing listens on port ${port} of ${list(views.map(({ pod, backend }) => pod?.name ?? backend.address))}: every connect is refused`,
      object:
        service !== null
          ? { kind: 'Service', namespace: service.namespace, name: service.name }
          : pod === null
            ? null
            : { kind: 'Pod', namespace: pod.namespace, name: pod.name },
      where: null,
      lines: [
        line(
          'Who',
          views.every((view) => view.pod === null)
            ? `the resets come from ${list(views.map(nameOfBackend))}, which no pod has`
            : `the resets come from the pods; their containers declare ${declared.length > 0 ? `port ${list(declared.map(String))}` : 'no port'}`,
        ),
      ],
      fix: {
        says:
          service !== null && declared.length > 0 && !declared.includes(port)
            ? `Set targetPort of Service ${service.namespace}/${service.name} to ${declared[0]} (the port that its pods declare).`
            : `Make the process listen on 0.0.0.0:${port}, or correct the port that is asked for.`,
        manifest: null,
      },
    };
  },
});

function hopsOfAll(views: readonly BackendView[]) {
  return views.flatMap((view) => view.unobstructed);
}
