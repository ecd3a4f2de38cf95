import { duration, list, percent } from '../../model/format.ts';
import { isUnread } from '../../model/unread.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { backendViews, isDeparted } from '../views/backends.ts';
import { noCpuContrast } from '../views/node-cpu.ts';
import { endpointsContrast, proxyWaits } from '../views/proxy-waits.ts';
import type { ProxyWaits } from '../views/proxy-waits.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { line } from '../words/words.ts';

export default defineDiagnosis({
  id: 'stale-ingress-endpoints',
  class: 'ingress',
  layer: 'ingress',
  title: 'The ingress proxy dials an address that is no endpoint any more',
  why: 'A proxy keeps a list of endpoints of its own. Where it has missed a change (a watch that hangs, a reload that failed, a controller that is overloaded), it goes on dialling a pod that is gone: each such try waits for its connect timeout, and then goes on to the next one or answers 503 or 504. Service and EndpointSlices are right, and whoever looks at them finds nothing.',
  test: 'The same request goes through each entry, and from the nodes of the proxies, with their identity, straight to every address that the EndpointSlices hold: all of those answer at once, and so does the Service, while entries answer after whole connect timeouts.',
  remedy:
    'Restart the proxy, so that it reads the endpoints anew; then find why it missed the change: its log, its watch of the API, a reload that failed.',
  limits:
    'The proxy’s own list cannot be read from outside, so this is never proven: upstream_addr in its access log shows the address. A proxy that reuses connections shows it only when it needs a new one. An endpoint that fails for a moment only, between two attempts of kprobe, looks alike. Where the nodes of the proxies have no CPU to spare and other answers are late as well, it is possible at most.',
  experiments: ['entries', 'endpoints', 'service-address'],
  suspects: (evidence) => {
    const waits = proxyWaits(evidence);
    return waits === null ? [] : [waits];
  },
  arm: ({ entries }) => ({ paths: entries, fails: true }),
  contrasts: (waits, evidence) => [
    endpointsContrast(evidence),
    sliceContrast(evidence),
    serviceContrast(evidence),
    ITS_LIST,
    ...(evidence.target.upstream === 'tcp' ? [UNASKED] : []),
    ...(isUnsteady(waits, evidence) ? noCpuContrast(evidence, nodesOf(waits)) : []),
  ],
  shows: ({ symptoms }) => {
    const waits = new Set(symptoms.map(({ attempt }) => attempt.index));
    return ({ attempt }) => waits.has(attempt.index);
  },
  blame: (waits, evidence) => {
    const nodes = [...nodesOf(waits)];
    const tried = waits.entries.reduce((sum, { answered }) => sum + answered.length, 0);
    const others = [...new Set(evidence.target.entries.map(({ node, address }) => node ?? address))].filter(
      (node) => !nodes.includes(node),
    );
    const [entry] = evidence.target.entries.filter(({ node, address }) => nodes.includes(node ?? address));
    const pod = entry?.pod ?? null;
    return {
      title: `The ingress on ${list(nodes.toSorted())} dials an address that is no endpoint of ${nameOf(evidence)} any more`,
      object: nodes.length === 1 && pod !== null ? { kind: 'Pod', ...pod } : null,
      where: { from: nodes.length === 1 ? (nodes[0] ?? '?') : 'the ingress', to: 'an unknown address' },
      timer: proxyTimer(evidence),
      why: whyThatLong(evidence),
      lines: [
        line(
          'Share',
          `${percent(waits.symptoms.length / Math.max(1, tried))} of the requests there meet it: one address beside those that answer`,
        ),
        ...(others.length === 0 ? [] : [line('Other proxies', `the ingress on ${list(others)} shows nothing of it`)]),
      ],
      fix: {
        says: `Look at upstream_addr in the access log of the ingress for what it waits ${duration(waits.timeoutMs)} for; an address that kubectl get endpointslices does not list is the proof. kubectl ${pod === null ? 'rollout restart the ingress controller' : `-n ${pod.namespace} delete pod ${pod.name}`}: its successor reads the endpoints anew.`,
        manifest: null,
      },
    };
  },
});

const ITS_LIST: Contrast = {
  label: 'Its list',
  holds: null,
  says: '',
  attempts: [],
  settles: 'Look at upstream_addr in the access log of the ingress: an address that no EndpointSlice lists settles it.',
};

/** Endpoints that kprobe only connects to may fail every request. */
const UNASKED: Contrast = {
  label: 'Request',
  holds: null,
  says: '',
  attempts: [],
  settles:
    'Send an endpoint the request in the protocol that the proxy speaks to it (curl --http2-prior-knowledge, grpcurl).',
};

function nodesOf({ entries }: ProxyWaits): ReadonlySet<string> {
  return new Set(entries.flatMap(({ path: { to } }) => (to.kind === 'entry' ? [to.node ?? to.address] : [])));
}

/** The same proxies are slow in ways that no timer of theirs makes: among those some take a whole timeout by chance. */
function isUnsteady({ entries, symptoms }: ProxyWaits, evidence: Evidence): boolean {
  const waits = new Set(symptoms);
  return evidence.symptoms.some(
    (symptom) => symptom.kind === 'slow' && entries.includes(symptom.path) && !waits.has(symptom),
  );
}

/** Nothing that the API lists is a dead address itself. */
function sliceContrast(evidence: Evidence): Contrast {
  const views = backendViews(evidence);
  const isKnown = !isUnread(evidence.cluster, 'pods', 'endpointslices');
  return {
    label: 'Slices',
    holds: !isKnown ? null : views.length > 0 && views.every((view) => !isDeparted(evidence, view)),
    says: `each of the ${views.length} endpoints that the EndpointSlices list is a pod that runs`,
    attempts: [],
    settles: 'Compare the EndpointSlices with the pods (rights to list both).',
  };
}

/** kube-proxy, which reads the same EndpointSlices, has them right. */
function serviceContrast({ paths }: Evidence): Contrast {
  const asked = paths.filter(({ path, state }) => path.to.kind === 'service' && state !== 'unmeasured');
  return {
    label: 'Service',
    // A headless Service has no address to ask.
    holds: asked.every((path) => isWorking(path) && path.unanswered.length === 0),
    says:
      asked.length === 0 ? 'the Service has no address of its own' : 'the Service answers at its own address, always',
    attempts: asked.flatMap(({ answered }) => answered).slice(0, 10),
    settles: '',
  };
}

function nameOf({ target: { service, input } }: Evidence): string {
  return service === null ? input : `${service.namespace}/${service.name}`;
}
