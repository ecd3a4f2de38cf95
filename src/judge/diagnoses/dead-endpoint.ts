import type { Evidence } from '../evidence/evidence.ts';
import { afterConnectTimeout, anyDelay, explain } from '../engine/reach.ts';
import { list } from '../../model/format.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { isWorking } from '../views/hops.ts';
import { line, pathLines, sight } from '../words/words.ts';
import { backendViews, isClosedPort, isDeadBackend, isSettled, nameOfBackend } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

export default defineDiagnosis({
  id: 'dead-endpoint',
  class: 'service',
  title: 'An endpoint of the Service answers nobody',
  why: "The Service and the ingress go on sending it their share of connects: each one waits for the SYN schedule or the proxy's connect timeout, or is refused.",
  test: 'Connects go to each endpoint directly from every node. One that fails from everywhere, its own node included, while a probe pod beside it and the other endpoints answer, is dead by itself.',
  remedy: 'Delete the pod or the stale EndpointSlice entry, and let a readiness probe take such an endpoint out.',
  limits:
    'An address that no pod owns and no node routes cannot be probed from beside it: then the other endpoints are the only contrast.',
  maskedBy: ['refused-connection', 'broken-overlay', 'broken-node-overlay', 'broken-node-pair'],
  find(evidence) {
    const views = backendViews(evidence);
    const live = views.filter((view) => view.all.some(isWorking));
    return views.filter(isDeadBackend).map((view) => {
      const isStale = view.pod === null && !evidence.cluster.unread.some((gap) => /pods/i.test(gap.what));
      const isProven = isSettled(view) || (isStale && live.length > 0);
      const services = evidence.paths.filter(
        (path) => path.path.to.kind === 'service' && (path.unanswered.length > 0 || path.ladder.length > 0),
      );
      const accounts = [...view.all, ...services];
      const explained = explain(
        evidence,
        accounts,
        isClosedPort(view) ? anyDelay : afterConnectTimeout(proxyOf(evidence)?.connectTimeoutMs ?? null),
      );
      const fair = view.fair.map((hop) => hop.path);
      return {
        certainty: isProven ? ('proven' as const) : ('likely' as const),
        title: `Endpoint ${nameOfBackend(view)} ${isClosedPort(view) ? 'refuses every connect' : 'answers nobody'}${isStale ? ': no pod has this address' : ''}`,
        object: objectOf(evidence, view, isStale),
        where: { from: 'all nodes', to: view.backend.node ?? view.backend.address },
        timer: isClosedPort(view) ? null : proxyTimer(evidence),
        evidence: [
          ...sight(evidence, explained),
          ...[isClosedPort(view) ? null : whyThatLong(evidence)].filter((each) => each !== null),
          ...pathLines('Where', fair),
          line(
            'Others',
            live.length === 0
              ? 'it is the only endpoint'
              : `${list(live.map(nameOfBackend))} ${live.length === 1 ? 'answers' : 'answer'} the same sources`,
            live.flatMap((each) => each.all.flatMap((path) => path.answered)).slice(0, 10),
          ),
          ...(isSettled(view)
            ? [
                line(
                  'Its node',
                  `kprobe answers on ${view.backend.node} from the same sources, so the node and the way there are well`,
                ),
              ]
            : []),
        ],
        fix: fixFor(evidence, view, isStale),
        wouldSettle: isProven ? null : 'Place a probe pod on the node of the endpoint and connect to both.',
        accounts: accounts.map((path) => path.path.id),
        explained,
      };
    });
  },
});

function objectOf(evidence: Evidence, view: BackendView, isStale: boolean) {
  if (!isStale && view.pod !== null) return { kind: 'Pod', namespace: view.pod.namespace, name: view.pod.name };
  const namespace = evidence.target.service?.namespace ?? null;
  return view.backend.slice === null ? null : { kind: 'EndpointSlice', namespace, name: view.backend.slice };
}

function fixFor(evidence: Evidence, view: BackendView, isStale: boolean) {
  const { pod, backend } = view;
  if (!isStale && pod !== null)
    return {
      says: `kubectl -n ${pod.namespace} delete pod ${pod.name}, and give it a readiness probe that notices this.`,
      manifest: null,
    };
  const namespace = evidence.target.service?.namespace ?? '';
  return {
    says: `Remove ${backend.address} from EndpointSlice ${namespace}/${backend.slice ?? '?'}, or find who maintains it (label endpointslice.kubernetes.io/managed-by).`,
    manifest: null,
  };
}
