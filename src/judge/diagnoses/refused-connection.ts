import { list } from '../../model/format.ts';
import type { ServiceTarget } from '../../model/target.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { backendViews, hasNeighbour, isClosedPort, nameOfBackend, shareViews } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { line } from '../words/words.ts';

/** All endpoints of one Service; null: the target has none. */
interface Suspect {
  readonly service: ServiceTarget | null;
  readonly views: readonly BackendView[];
  /** Only a part of the requests goes there. */
  readonly isShare: boolean;
}

export default defineDiagnosis<Suspect>({
  id: 'refused-connection',
  class: 'retransmit-drop',
  layer: 'service',
  title: 'Nothing listens on the port that the Service sends to',
  why: 'Each connect is answered by a TCP reset from the pod itself, within a round trip. An ingress answers 502.',
  test: 'Connects go to every endpoint directly and to a kprobe pod on the same node and port. Resets from all endpoints, and an answer from beside them, prove that the port is closed in the pods.',
  remedy: 'Point targetPort at the port the process listens on, or start the process on 0.0.0.0 instead of 127.0.0.1.',
  limits: 'A NetworkPolicy that rejects is distinguished by ICMP; a proxy that resets after accepting is not this.',
  experiments: ['endpoints', 'shares', 'service-address', 'entries', 'identities'],
  suspects: (evidence) => {
    const own = { service: evidence.target.service, views: backendViews(evidence), isShare: false };
    const shares = shareViews(evidence).map((share) => ({ ...share, isShare: true }));
    return [own, ...shares]
      .map((each) => ({ ...each, views: each.views.filter((view) => view.unobstructed.length > 0) }))
      .filter(({ views }) => views.length > 0);
  },
  arm: ({ views }) => ({ paths: hopsOfAll(views).map(({ path }) => path), fails: views.every(isClosedPort) }),
  contrasts: ({ views }) => [
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
  suffer: ({ views, isShare }, evidence) => [
    ...views.flatMap((view) => view.all),
    ...(isShare ? [] : evidence.paths.filter((path) => path.path.to.kind === 'service')),
  ],
  // What is answered well, or late, was answered by the other Services.
  shows:
    ({ isShare }) =>
    ({ attempt: { sample } }) =>
      !isShare || isErrorAnswer(sample),
  blame: ({ service, views, isShare }, { target: { route } }) => {
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
        ...(isShare && service !== null && route !== null
          ? [
              line(
                'Share',
                `${route.kind} ${route.namespace}/${route.name} gives a share of its requests to Service ${service.namespace}/${service.name}`,
              ),
            ]
          : []),
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
