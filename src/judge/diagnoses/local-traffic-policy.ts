import { list } from '../../model/format.ts';
import type { Service } from '../../model/cluster.ts';
import { nodesServing } from '../../model/local-entry.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { bareEntries, entriesBeside, straightBehind } from '../views/bare-entries.ts';
import type { ServiceView } from '../views/service.ts';
import {
  elsewhereContrast,
  hasLocalEndpoint,
  isSilentView,
  serviceOf,
  serviceViews,
  straightContrast,
} from '../views/service.ts';
import { line } from '../words/words.ts';

/** Nodes without a ready endpoint of a Service that may not send to others: for callers inside, or at the port of the node for those outside. */
interface Bare {
  readonly way: 'internalTrafficPolicy' | 'externalTrafficPolicy';
  readonly service: Pick<Service, 'namespace' | 'name'>;
  /** Whose callers are dropped. */
  readonly nodes: readonly string[];
  readonly paths: readonly PathEvidence[];
  readonly suffering: readonly PathEvidence[];
}

export default defineDiagnosis<Bare>({
  id: 'local-traffic-policy',
  class: 'service',
  layer: 'service',
  title: 'internalTrafficPolicy or externalTrafficPolicy Local, and no ready endpoint on the node',
  why: "The Service sends only to endpoints of the node that was asked (the caller's own for internalTrafficPolicy, the one whose port was connected to for externalTrafficPolicy) and never falls back to others. Where that node has none that is ready, packets are dropped: connects run through the SYN schedule while the Service looks healthy.",
  test: 'From each node to the ClusterIP, or from outside to the NodePort of each node: it fails exactly where no ready endpoint is, while the endpoints answer by their own addresses and the other nodes by theirs.',
  remedy:
    'Set the policy to Cluster, or see to it that each node that is asked has a ready endpoint (for externalTrafficPolicy a load balancer that asks healthCheckNodePort leaves the others out).',
  limits:
    'Needs the right to read Services and EndpointSlices. Pods on the asked node itself may reach its NodePort all the same: kube-proxy serves them as it serves the ClusterIP.',
  experiments: ['service-address', 'endpoints', 'entries'],
  suspects: (evidence) => [...internalBare(evidence), ...externalBare(evidence)],
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (bare, evidence) =>
    bare.way === 'internalTrafficPolicy' ? internalContrasts(bare, evidence) : externalContrasts(bare, evidence),
  suffer: ({ suffering }) => suffering,
  blame: ({ way, service: { namespace, name }, nodes, paths }, evidence) => {
    const where = list([...nodes]);
    return {
      title: `Service ${namespace}/${name} drops ${way === 'internalTrafficPolicy' ? 'its callers' : 'what comes from outside'} on ${where}: ${way} is Local and no endpoint there is ready`,
      object: { kind: 'Service', namespace, name },
      where:
        way === 'internalTrafficPolicy' ? { from: where, to: `${namespace}/${name}` } : { from: 'outside', to: where },
      timer: paths.some(({ state }) => state === 'silent') ? { name: 'SYN retransmission', ms: 1000 } : null,
      lines: [
        line(
          'Endpoints',
          (evidence.target.service?.backends ?? [])
            .map(({ address, node, ready }) => `${address} (${node ?? 'no node'})${ready ? '' : ', not ready'}`)
            .join('; '),
        ),
      ],
      fix: {
        says: `kubectl -n ${namespace} patch service ${name} -p '{"spec":{"${way}":"Cluster"}}', or bring a ready endpoint to ${where}.`,
        manifest: null,
      },
    };
  },
});

function internalBare(evidence: Evidence): Bare[] {
  const service = serviceOf(evidence);
  if (service?.internalTrafficPolicy !== 'Local') return [];
  const bare = serviceViews(evidence).filter((view) => !hasLocalEndpoint(evidence, view.node) && isSilentView(view));
  if (bare.length === 0) return [];
  // Where the client was named, its own nodes; else all whose callers are dropped.
  const asking = bare.filter(({ paths }) => paths.some(({ from }) => from.underTest));
  const nodes = (asking.length > 0 ? asking : bare).map(({ node }) => node);
  return [{ way: 'internalTrafficPolicy', service, nodes, paths: bare.flatMap(({ paths }) => paths), suffering: [] }];
}

function internalContrasts({ paths }: Bare, evidence: Evidence): Contrast[] {
  const whole: ServiceView = { node: paths[0]?.from.node ?? '', paths };
  const local = serviceViews(evidence).filter(({ node }) => hasLocalEndpoint(evidence, node));
  const elsewhere = elsewhereContrast(evidence, whole);
  return [
    straightContrast(evidence, whole),
    { ...elsewhere, holds: local.length === 0 ? null : local.some((view) => view.paths.some(isWorking)) },
  ];
}

function externalBare(evidence: Evidence): Bare[] {
  return bareEntries(evidence).map(({ service, node, paths, own }) => ({
    way: 'externalTrafficPolicy',
    service,
    nodes: [node],
    paths,
    suffering: own,
  }));
}

function externalContrasts(bare: Bare, evidence: Evidence): Contrast[] {
  const beside = entriesBeside(evidence, bare.paths);
  const straight = straightBehind(evidence);
  const serving = nodesServing(evidence.cluster, bare.service);
  return [
    {
      label: 'Other nodes',
      holds: beside.length === 0 ? null : beside.some(isWorking),
      says: `the same vantages are answered at the same port of ${list(serving)}`,
      attempts: beside.flatMap(({ answered }) => answered).slice(0, 10),
      settles: `Connect to the same port of a node that has a ready endpoint${serving.length === 0 ? '' : ` (${list(serving)})`}.`,
    },
    {
      label: 'Straight',
      holds: straight.length === 0 ? null : straight.every((paths) => paths.some(isWorking)),
      says: 'the endpoints answer by their own addresses',
      attempts: straight.flatMap((paths) => paths.flatMap(({ answered }) => answered)).slice(0, 10),
      settles: 'Connect straight to the endpoints.',
    },
  ];
}
