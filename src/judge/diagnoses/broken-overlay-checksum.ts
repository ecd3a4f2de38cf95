import type { Service } from '../../model/cluster.ts';
import { count, list, percent } from '../../model/format.ts';
import { nodesServing } from '../../model/local-entry.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isWorking } from '../evidence/state.ts';
import { deniedSources, replacedSources } from '../views/replaced-sources.ts';
import { ends } from '../words/words.ts';
import { endpointsOf } from '../../model/service-slices.ts';
import { sum } from '../../model/sum.ts';

/** One lost connect is chance, and so may be the second. */
const FEWEST = 3;
/** Standard deviations of a binomial count: chance is further off once in eighty runs. */
const DEVIATIONS = 2.5;
/** Of so many connects one at least would have met an endpoint of the node's own: half of them miss it once in thirty runs. */
const TELLING = 5;
/** Where all endpoints are elsewhere, so many may get through: the endpoints of that moment were others. */
const STRAY = 1;
/** Overlays without a checksum of their own around the packet. */
const PLAIN: ReadonlySet<string> = new Set(['native', 'ipip', 'none']);

/** What one node translates on its way to a Service, source and destination, and then sends to endpoints of other nodes. */
interface Translator {
  readonly node: string;
  readonly service: Service;
  readonly paths: readonly PathEvidence[];
  /** Share of its endpoints that are on other nodes, 0 to 1. */
  readonly away: number;
}

interface Suspect {
  readonly service: Service;
  readonly translators: readonly Translator[];
}

export default defineDiagnosis({
  id: 'broken-overlay-checksum',
  class: 'cross-node-overlay',
  layer: 'network',
  title: 'Only connections whose source a node has translated get lost on their way to other nodes',
  why: 'What comes by a NodePort, or from a node itself to a ClusterIP, leaves under another source address, and then goes into the overlay. Where the network card is left to fill in the checksum of the outer packet, and driver or kernel get it wrong for packets that were translated, the other node drops them without a word: connects to endpoints of other nodes hang (63 s by the SYN schedule until Linux 6.4), those to endpoints of the same node are well. Pods that ask each other are never translated and see nothing: it strikes NodePorts, webhooks and aggregated APIs that the API server calls, and proxies on the host network.',
  test: 'The same endpoints by the port of a node (or from a node by the ClusterIP), by the ClusterIP from pods, and by their own addresses: only what is translated hangs, in the share of the endpoints that are on other nodes.',
  remedy:
    'Turn the offloading off on the device of the overlay (ethtool -K flannel.1 tx-checksum-ip-generic off, vxlan.calico alike) on every node and see whether it heals; then keep it off by the setting of the network plugin (Calico: ChecksumOffloadBroken in FELIX_FEATUREDETECTOVERRIDE), or update kernel and driver.',
  limits:
    'Never proven: that a checksum is wrong is seen by no unprivileged pod; anything else that drops translated packets between nodes looks the same. Needs a Service that is asked in a translated way, and endpoints on several nodes tell more than one.',
  experiments: ['entries', 'service-address', 'endpoints'],
  isShare: true,
  suspects: (evidence) => suspectsOf(evidence),
  arm: ({ translators }) => {
    const paths = translators.flatMap((each) => each.paths).filter((path) => lostOn(path).length > 0);
    return { paths, fails: paths.flatMap(lostOn).length >= FEWEST };
  },
  contrasts: ({ service, translators }, evidence) => [
    shareContrast(translators),
    straightContrast(evidence, service),
    ...untranslatedContrast(evidence, service),
    {
      label: 'Checksum',
      holds: null,
      says: '',
      attempts: [],
      settles:
        'On a node: ethtool -K flannel.1 tx-checksum-ip-generic off (the device of the overlay), and ask again; InCsumErrors of the other node (nstat -az) stops growing.',
    },
  ],
  blame: ({ service, translators }) => {
    const name = `${service.namespace}/${service.name}`;
    const nodes = list(translators.map(({ node }) => node));
    return {
      title: `What ${nodes} ${translators.length === 1 ? 'translates' : 'translate'} on its way to Service ${name} gets lost between nodes; what is not translated does not`,
      object: null,
      where: { from: nodes, to: 'other nodes' },
      timer: { name: 'SYN retransmission', ms: 1000 },
      fix: {
        says: 'On each node: ethtool -K DEVICE tx-checksum-ip-generic off, DEVICE being that of the overlay (flannel.1, vxlan.calico, cilium_vxlan); ask again. Where that heals, make it last and look for a newer kernel.',
        manifest: null,
      },
    };
  },
});

function suspectsOf(evidence: Evidence): Suspect[] {
  if (PLAIN.has(evidence.cluster.networking.encapsulation)) return [];
  // What a policy denies to the node's address is not lost.
  const denied = [...replacedSources(evidence), ...deniedSources(evidence)];
  const asked = evidence.paths.flatMap((path) => {
    const way = translatedBy(evidence, path);
    const isDenied = denied.some(({ service, node }) => service === way?.service && node === way.node);
    return way === null || isDenied ? [] : [{ path, ...way }];
  });
  return [...Map.groupBy(asked, ({ service }) => service)].flatMap(([service, own]): Suspect[] => {
    const nodes = nodesServing(evidence.cluster, service);
    if (nodes.length === 0) return [];
    const translators = [...Map.groupBy(own, ({ node }) => node)].map(([node, all]) => ({
      node,
      service,
      paths: all.map(({ path }) => path),
      away: awayShare(evidence, service, node),
    }));
    return [{ service, translators: translators.filter(({ paths }) => paths.some((path) => lostOn(path).length > 0)) }];
  });
}

/** The node that translates the source of what takes this path, and for which Service; null: none does, or it is not known. */
function translatedBy(evidence: Evidence, { path: { to }, from, state }: PathEvidence): Way | null {
  const { services } = evidence.cluster;
  if (state === 'unmeasured') return null;
  if (to.kind === 'service') {
    const service = services.find(({ namespace, name }) => namespace === to.namespace && name === to.name);
    return from.kind !== 'host' || from.node === null || service === undefined ? null : { service, node: from.node };
  }
  if (to.kind !== 'entry' || to.node === null) return null;
  const service = services.find(({ ports }) =>
    ports.some(({ nodePort, protocol }) => nodePort === to.port && protocol === 'TCP'),
  );
  return service?.externalTrafficPolicy === 'Cluster' ? { service, node: to.node } : null;
}

interface Way {
  readonly service: Service;
  readonly node: string;
}

function readyEndpoints({ cluster }: Evidence, service: Service) {
  return endpointsOf(cluster, service).filter(({ ready }) => ready);
}

function awayShare(evidence: Evidence, service: Service, node: string): number {
  const endpoints = readyEndpoints(evidence, service);
  return endpoints.filter((each) => each.node !== node).length / Math.max(1, endpoints.length);
}

/** Attempts whose connect nobody answered. */
function lostOn({ unanswered }: PathEvidence): Attempt[] {
  return unanswered.filter(({ sample: { outcome, phases } }) => {
    const isWaiting = outcome.kind === 'silent' || outcome.kind === 'cut';
    return isWaiting && (outcome.phase === 'connect' || phases.connect === undefined);
  });
}

/** What is lost is what goes to other nodes: no more, and no less. A node that has none itself loses everything, which tells little. */
function shareContrast(translators: readonly Translator[]): Contrast {
  const all = translators.map(({ node, paths, away }) => {
    const lost = paths.flatMap(lostOn).length;
    return { node, lost, of: lost + paths.flatMap(({ answered }) => answered).length, away };
  });
  const [mixed, whole] = [all.filter(({ away }) => away < 1), all.filter(({ away }) => away === 1)];
  const expected = sum(mixed.map(({ of, away }) => of * away));
  const spread = Math.sqrt(sum(mixed.map(({ of, away }) => of * away * (1 - away))));
  const [lost, of] = [sum(mixed.map((each) => each.lost)), sum(mixed.map((each) => each.of))];
  const fits = Math.abs(lost - expected) <= DEVIATIONS * spread && whole.every((each) => each.of - each.lost <= STRAY);
  const isShut = lost === of && of >= TELLING;
  return {
    label: 'Share',
    holds: !fits || isShut ? false : lost > 0 && lost < of ? true : null,
    says: list(
      all.map(
        (each) =>
          `by ${each.node} ${each.lost} of ${each.of} connects hang, and ${percent(each.away)} of the endpoints are on other nodes`,
      ),
      3,
    ),
    attempts: translators.flatMap(({ paths }) => paths.flatMap(lostOn)).slice(0, 10),
    settles: 'Ask by a node that has an endpoint of its own: its share of the connects gets through.',
  };
}

/** The endpoints by their own addresses, from other nodes. */
function straightContrast(evidence: Evidence, service: Service): Contrast {
  const addresses = new Set(readyEndpoints(evidence, service).map(({ address }) => address));
  const straight = evidence.paths.filter(
    (path) =>
      'address' in path.path.to &&
      addresses.has(path.path.to.address) &&
      // Of one that nobody knows where it is, too: dead, it accounts for the loss.
      path.path.locality !== 'same-node' &&
      path.from.kind !== 'local' &&
      path.state !== 'unmeasured' &&
      expectationOf(evidence, path).verdict !== 'deny',
  );
  const working = straight.filter((path) => isWorking(path) && lostOn(path).length === 0);
  return {
    label: 'Straight',
    holds: straight.length === 0 ? null : working.length === straight.length,
    says: `its endpoints answer other nodes by their own addresses: ${list(working.slice(0, 3).map(ends), 3)}`,
    attempts: working.flatMap(({ answered }) => answered).slice(0, 10),
    settles: 'Connect from other nodes straight to the endpoints.',
  };
}

/** The ClusterIP from pods: the destination is translated, the source is not. Nothing where it was not asked. */
function untranslatedContrast(evidence: Evidence, { namespace, name }: Service): Contrast[] {
  const asked = evidence.paths.filter(
    ({ path: { to }, from, state }) =>
      to.kind === 'service' &&
      to.namespace === namespace &&
      to.name === name &&
      from.kind === 'control' &&
      state !== 'unmeasured',
  );
  if (asked.length === 0) return [];
  const answered = asked.flatMap((path) => path.answered);
  return [
    {
      label: 'Untranslated',
      holds: asked.every((path) => lostOn(path).length === 0),
      says: `pods that ask the ClusterIP are answered (${count(answered.length, 'attempt')})`,
      attempts: answered.slice(0, 10),
      settles: '',
    },
  ];
}
