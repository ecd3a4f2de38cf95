import { anyDelay, explain } from '../engine/reach.ts';
import { list } from '../../model/format.ts';
import { line, pathLines, sight } from '../words/words.ts';
import { backendViews, isClosedPort, isSettled, nameOfBackend } from '../views/backends.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

export default defineDiagnosis({
  id: 'refused-connection',
  class: 'retransmit-drop',
  title: 'Nothing listens on the port that the Service sends to',
  why: 'Each connect is answered by a TCP reset from the pod itself, within a round trip. An ingress answers 502.',
  test: 'Connects go to every endpoint directly and to a kprobe pod on the same node and port. Resets from all endpoints, and an answer from beside them, prove that the port is closed in the pods.',
  remedy: 'Point targetPort at the port the process listens on, or start the process on 0.0.0.0 instead of 127.0.0.1.',
  limits: 'A NetworkPolicy that rejects is told apart by ICMP; a proxy that resets after accepting is not this.',
  maskedBy: [],
  find(evidence) {
    const views = backendViews(evidence).filter((view) => view.fair.length > 0);
    if (views.length === 0 || !views.every(isClosedPort)) return [];
    const port = views[0]?.backend.port ?? 0;
    const declared = [...new Set(views.flatMap((view) => view.pod?.ports.map((each) => each.port) ?? []))];
    const service = evidence.target.service;
    const accounts = [
      ...views.flatMap((view) => view.all),
      ...evidence.paths.filter((path) => path.path.to.kind === 'service'),
    ];
    const explained = explain(evidence, accounts, anyDelay);
    const hops = views.flatMap((view) => view.fair);
    const pod = views[0]?.pod ?? null;
    return [
      {
        certainty: views.some(isSettled) ? ('proven' as const) : ('likely' as const),
        title: `Nothing listens on port ${port} of ${list(views.map(nameOfBackend))}: every connect is refused`,
        object:
          service !== null
            ? { kind: 'Service', namespace: service.namespace, name: service.name }
            : pod === null
              ? null
              : { kind: 'Pod', namespace: pod.namespace, name: pod.name },
        where: null,
        timer: null,
        evidence: [
          ...sight(evidence, explained),
          ...pathLines(
            'Where',
            hops.map((hop) => hop.path),
          ),
          line(
            'Who',
            `the resets come from the pods; their containers declare ${declared.length > 0 ? `port ${list(declared.map(String))}` : 'no port'}`,
          ),
          line(
            'Beside it',
            'kprobe answers on the same nodes from the same sources',
            hops.flatMap((hop) => hop.controls.flatMap((path) => path.answered)).slice(0, 10),
          ),
        ],
        fix: {
          says:
            service !== null && declared.length > 0 && !declared.includes(port)
              ? `Set targetPort of Service ${service.namespace}/${service.name} to ${declared[0]} (the port that its pods declare).`
              : `Make the process listen on 0.0.0.0:${port}, or correct the port that is asked for.`,
          manifest: null,
        },
        wouldSettle: views.some(isSettled) ? null : 'Connect to a probe pod on the same node and port.',
        accounts: accounts.map((path) => path.path.id),
        explained,
      },
    ];
  },
});
