import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { list } from '../../model/format.ts';
import type { EndpointSlice } from '../../model/cluster.ts';
import { named } from '../../model/named.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { isHung } from '../evidence/state.ts';
import { isWithin } from '../evidence/window.ts';
import {
  closedPortOf,
  endpointsOf,
  hasNeighbour,
  isClosedPort,
  isDeadBackend,
  isDeparted,
  isLivingInVain,
  isOverBridge,
  isServing,
  isUndelivered,
  isUselessAlone,
  isUselessBackend,
  nameOfBackend,
  statusesOf,
} from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { queueOf } from '../views/turns.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { whoMeets } from '../words/who-meets.ts';
import { ofBothFamilies } from '../evidence/families.ts';

/** Of HTTP's statuses (RFC 9110, 15). */
const LOWEST_SUCCESS = 200;
const LOWEST_ERROR = 400;
/** mcast_solicit 3 × retrans_time_ms 1000 (ip-sysctl.rst, neigh/*): how long a node looks for a neighbour that is not there. */
const NEIGHBOUR_MS = 3000;

export default defineDiagnosis({
  id: 'dead-endpoint',
  class: 'service',
  layer: 'service',
  title: 'An endpoint of the Service serves nobody',
  why: "The Service and the ingress go on sending it their share of connects: each one waits for the SYN schedule or the proxy's connect timeout, is refused, or ends after 3 s where the node looks for a neighbour that is not there; or it is closed without an answer, or answered with an error (5xx).",
  test: 'Connects go to each endpoint directly from every node. One that fails from everywhere, its own node included, while a probe pod beside it and the other endpoints answer, is dead by itself.',
  remedy: 'Delete the pod or the stale EndpointSlice entry, and let a readiness probe take such an endpoint out.',
  limits:
    'A process that hangs, with a queue of connections that was full before the first look, is called dead as well where kprobe may not stand on its node and see that a closed port is refused: from elsewhere neither says a word. One that pods of its own node reach and the node does not deliver to is never proven: what the node holds of it is not seen. An address that no pod owns and no node routes cannot be probed from beside it: then the other endpoints are the only contrast.',
  experiments: ['endpoints', 'closed-ports', 'shares', 'service-address', 'entries', 'identities', 'node-pairs'],
  suspects: endpointsOf,
  arm: (view, evidence) => ({
    paths: view.unobstructed.filter((hop) => !isUndelivered(view) || !isOverBridge(hop)).map(({ path }) => path),
    fails:
      (isDeadBackend(view) && !isLivingInVain(evidence, view) && !isBusy(view, evidence)) ||
      isUndelivered(view) ||
      isUselessAlone(view, evidence),
  }),
  contrasts: (view, evidence) => {
    const live = endpointsOf(evidence).filter((each) => each !== view && isServing(each));
    const isProvenByOthers = isDeparted(evidence, view) && live.length > 0;
    const isAdmitted = view.unobstructed.some(({ expectation }) => expectation.verdict === 'allow');
    return [
      ...(isUndelivered(view)
        ? [
            {
              label: 'Delivery',
              holds: null,
              says: '',
              attempts: [],
              settles: `On ${view.backend.node}: ip neigh show ${view.backend.address}, ip route get ${view.backend.address}, and the rules in between.`,
            },
          ]
        : []),
      ...(isAdmitted
        ? []
        : [
            {
              label: 'Policy',
              holds: null,
              says: '',
              attempts: [],
              settles: 'Ask from an identity that NetworkPolicy is known to admit.',
            },
          ]),
      ...(live.length === 0
        ? []
        : [
            {
              label: 'Others',
              holds: true,
              says: `${list(live.map(nameOfBackend))} ${live.length === 1 ? 'answers' : 'answer'} the same sources`,
              attempts: live.flatMap((each) => each.all.flatMap((path) => path.answered)).slice(0, 10),
              settles: '',
            },
          ]),
      ...(closedPortOf(evidence, view)?.state === 'silent' && isDeadBackend(view)
        ? [
            {
              label: 'Other port',
              holds: true,
              says: 'a port on which nothing listens is as silent, from its own node: no kernel answers at this address',
              attempts: closedPortOf(evidence, view)?.unanswered ?? [],
              settles: '',
            },
          ]
        : []),
      ...(isProvenByOthers
        ? []
        : [
            {
              label: 'Its node',
              holds: hasNeighbour(view) ? true : null,
              says: `kprobe answers on ${view.backend.node} from the same sources, so the node and the network to it work`,
              attempts: [],
              settles: 'Place a probe pod on the node of the endpoint and connect to both.',
            },
          ]),
    ];
  },
  suffer: (view, evidence) => [
    ...view.all,
    ...ofBothFamilies(evidence).filter(
      ({ path, unanswered, answered, ladder }) =>
        path.to.kind === 'service' &&
        (unanswered.length > 0 || ladder.length > 0 || answered.some(({ sample }) => isErrorAnswer(sample))),
    ),
  ],
  shows: (view, evidence) =>
    throughProxy(
      evidence,
      view.unobstructed.map(({ path }) => path),
    ),
  blame: (view, evidence) => {
    const isStale = isDeparted(evidence, view);
    const isQuick = isClosedPort(view) || isUselessAlone(view, evidence);
    return {
      title: `Endpoint ${nameOfBackend(view)} ${doesOf(view)}${isStale ? ': no pod has this address' : ''}`,
      object: objectOf(evidence, view),
      where: { from: 'all nodes', to: view.backend.node ?? view.backend.address },
      timer: isQuick ? null : timerOf(view, evidence),
      why: isQuick ? null : whyThatLong(evidence),
      lines: whoMeets(evidence, [view.backend]),
      fix: fixFor(evidence, view),
    };
  },
});

/** It takes connections and is behind with them, or it served others meanwhile. */
function isBusy(view: BackendView, evidence: Evidence): boolean {
  const isQueued = queueOf(evidence) !== null && view.unobstructed.every(({ path }) => isHung(path));
  return isQueued || hasServedOthers(view, evidence);
}

/** By way of the Service or an entry somebody was served, and nobody but this endpoint can have done it: it is slow or busy, and not dead. */
function hasServedOthers(view: BackendView, evidence: Evidence): boolean {
  return endpointsOf(evidence).every((each) => each === view) && evidence.paths.some(isServedThrough);
}

function isServedThrough({ path: { to }, answered }: PathEvidence): boolean {
  const isThrough = to.kind === 'service' || to.kind === 'entry';
  return isThrough && answered.some(({ sample }) => (sample.http?.status ?? LOWEST_SUCCESS) < LOWEST_ERROR);
}

function doesOf(view: BackendView): string {
  if (isUndelivered(view)) return `answers only pods of its own node: ${view.backend.node} does not deliver to it`;
  if (isClosedPort(view)) return 'refuses every connect';
  if (!isUselessBackend(view)) return 'answers nobody';
  const statuses = [...new Set(view.unobstructed.flatMap(({ path }) => statusesOf(path)))].toSorted((a, b) => a - b);
  return statuses.length === 0
    ? 'closes every connection without an answer'
    : `answers every request with HTTP ${list(statuses.map(String))}`;
}

function timerOf(view: BackendView, evidence: Evidence) {
  const ends = view.unobstructed
    .flatMap(({ path }) => path.unanswered)
    .filter(({ sample }) => sample.outcome.kind === 'unreachable');
  const isNeighbour = ends.some(({ sample }) => isWithin(sample.totalMs, NEIGHBOUR_MS));
  return isNeighbour ? { name: 'neighbour resolution (3 × 1 s)', ms: NEIGHBOUR_MS } : proxyTimer(evidence);
}

/**
 * The slice that lists the endpoint where no selector chooses and nobody says which pod is meant: whoever keeps it may be mistaken about whose address
 * that is. null: Kubernetes keeps it, or its keeper names the pod.
 */
function keptByOthers({ cluster }: Evidence, { backend, pod }: BackendView): EndpointSlice | null {
  if (pod === null) return null;
  const found = cluster.endpointSlices.find(
    ({ name, endpoints }) =>
      name === backend.slice && endpoints.some((each) => each.address === backend.address && each.pod === null),
  );
  if (found === undefined) return null;
  const service = named(cluster.services, { namespace: found.namespace, name: found.service });
  return service !== null && Object.keys(service.selector).length === 0 ? found : null;
}

function objectOf(evidence: Evidence, view: BackendView) {
  const { pod, backend } = view;
  const slice = isUndelivered(view) ? null : keptByOthers(evidence, view);
  if (slice !== null) return { kind: 'EndpointSlice', namespace: slice.namespace, name: slice.name };
  if (!isDeparted(evidence, view) && pod !== null) return { kind: 'Pod', namespace: pod.namespace, name: pod.name };
  const namespace = evidence.target.service?.namespace ?? null;
  return backend.slice === null ? null : { kind: 'EndpointSlice', namespace, name: backend.slice };
}

function fixFor(evidence: Evidence, view: BackendView) {
  const { pod, backend } = view;
  if (isUndelivered(view))
    return {
      says: `On ${backend.node}: ip neigh show ${backend.address} beside the address of the pod's interface, ip route get ${backend.address}, and the rules in between; a new pod gets a new address and interface.`,
      manifest: null,
    };
  const service = named(evidence.cluster.services, evidence.target.service);
  const slice = keptByOthers(evidence, view);
  if (slice !== null && pod !== null)
    return {
      says: `No selector keeps EndpointSlice ${slice.namespace}/${slice.name} (${slice.managedBy === null ? 'it does not say who does' : `${slice.managedBy} does`}), and its address ${backend.address} is that of pod ${pod.namespace}/${pod.name}. If another pod is meant, correct the slice where it is made; if this one is, see why it does not serve port ${backend.port}.`,
      manifest: null,
    };
  if (pod !== null && !pod.ready && service?.publishNotReadyAddresses === true)
    return {
      says: `${pod.namespace}/${pod.name} is not Ready, and Service ${service.namespace}/${service.name} publishes it all the same: take publishNotReadyAddresses away, or give clients a Service without it. kubectl -n ${pod.namespace} describe pod ${pod.name} says what it waits for.`,
      manifest: null,
    };
  const declared = pod?.ports.map(({ port }) => port) ?? [];
  if (pod !== null && isClosedPort(view) && declared.length > 0 && !declared.includes(backend.port))
    return {
      says: `Its containers declare ${list(declared.map(String))}, not ${backend.port}: let it listen on ${backend.port}, give that port the name that targetPort can ask for in all pods, or take ${pod.namespace}/${pod.name} out of the Service's selector.`,
      manifest: null,
    };
  if (pod !== null && isUselessBackend(view))
    return {
      says: `kubectl -n ${pod.namespace} logs ${pod.name} says why, though the pod is Ready: let its readiness probe ask what users ask. Until then: kubectl -n ${pod.namespace} delete pod ${pod.name}, or roll back what made it.`,
      manifest: null,
    };
  if (!isDeparted(evidence, view) && pod !== null) {
    const look = isClosedPort(view)
      ? ''
      : `Look first: ss -lnt in the pod (Recv-Q above Send-Q: its process hangs and no longer accepts). `;
    return {
      says: `${look}kubectl -n ${pod.namespace} delete pod ${pod.name}, and give it a readiness probe that notices this.`,
      manifest: null,
    };
  }
  const namespace = evidence.target.service?.namespace ?? '';
  return {
    says: `Remove ${backend.address} from EndpointSlice ${namespace}/${backend.slice ?? '?'}, or find who maintains it (label endpointslice.kubernetes.io/managed-by).`,
    manifest: null,
  };
}
