import { defineDiagnosis } from '../engine/diagnosis.ts';
import { list } from '../../model/format.ts';
import { isWorking } from '../evidence/state.ts';
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

export default defineDiagnosis({
  id: 'local-traffic-policy',
  class: 'service',
  layer: 'service',
  title: 'internalTrafficPolicy Local, and no ready endpoint on the node',
  why: "The Service sends only to endpoints of the caller's own node and never falls back to others. Where that node has none that is ready, packets are dropped: connects run through the SYN schedule while the Service looks healthy.",
  test: 'From each node to the ClusterIP: it fails exactly on nodes without a ready endpoint of their own, from which the endpoints of other nodes answer by their own addresses.',
  remedy: 'Set internalTrafficPolicy to Cluster, or see to it that each node with callers has a ready endpoint.',
  limits:
    'Needs the right to read Services and EndpointSlices. externalTrafficPolicy is about callers from outside and not judged here.',
  experiments: ['service-address', 'endpoints'],
  suspects: (evidence) => {
    if (serviceOf(evidence)?.internalTrafficPolicy !== 'Local') return [];
    const bare = serviceViews(evidence).filter((view) => !hasLocalEndpoint(evidence, view.node) && isSilentView(view));
    return bare.length === 0 ? [] : [bare];
  },
  arm: (bare) => ({ paths: bare.flatMap(({ paths }) => paths), fails: true }),
  contrasts: (bare, evidence) => {
    const whole: ServiceView = { node: bare[0]?.node ?? '', paths: bare.flatMap(({ paths }) => paths) };
    const local = serviceViews(evidence).filter(({ node }) => hasLocalEndpoint(evidence, node));
    const elsewhere = elsewhereContrast(evidence, whole);
    return [
      straightContrast(evidence, whole),
      { ...elsewhere, holds: local.length === 0 ? null : local.some(({ paths }) => paths.some(isWorking)) },
    ];
  },
  blame: (bare, { target: { service } }) => {
    const [namespace, name] = [service?.namespace ?? '', service?.name ?? ''];
    // Where the client was named, its own nodes; else all whose callers are dropped.
    const asking = bare.filter(({ paths }) => paths.some(({ from }) => from.underTest));
    const nodes = list((asking.length > 0 ? asking : bare).map(({ node }) => node));
    return {
      title: `Service ${namespace}/${name} drops its callers on ${nodes}: internalTrafficPolicy is Local and no endpoint there is ready`,
      object: { kind: 'Service', namespace, name },
      where: { from: nodes, to: `${namespace}/${name}` },
      timer: { name: 'SYN retransmission', ms: 1000 },
      lines: [
        line(
          'Endpoints',
          (service?.backends ?? [])
            .map(({ address, node, ready }) => `${address} (${node ?? 'no node'})${ready ? '' : ', not ready'}`)
            .join('; '),
        ),
      ],
      fix: {
        says: `kubectl -n ${namespace} patch service ${name} -p '{"spec":{"internalTrafficPolicy":"Cluster"}}', or bring a ready endpoint to ${nodes}.`,
        manifest: null,
      },
    };
  },
});
