import type { Service } from '../../model/cluster.ts';
import { count } from '../../model/format.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { anyDelay, explain } from '../engine/reach.ts';
import { behaviour, line, sight } from '../words/words.ts';
import { nearestLabels, podsSelected } from '../views/selector.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

export default defineDiagnosis({
  id: 'empty-service',
  class: 'service',
  title: 'A Service without a ready endpoint',
  why: 'kube-proxy rejects every connect at once (by ICMP, one a second: bursts wait 1 s each), and an ingress answers 503.',
  test: 'The EndpointSlices of the Service hold no ready address, its selector is compared with the labels of the pods, and connects to the ClusterIP from every node are refused.',
  remedy: "Make the selector match the pods' labels, or make the pods Ready.",
  limits:
    'Needs the right to list EndpointSlices and pods. A Service that is scaled to zero on purpose looks the same.',
  maskedBy: [],
  find(evidence) {
    const { service: target } = evidence.target;
    const isUnread = evidence.cluster.unread.some((gap) => /endpointslices|pods|services/i.test(gap.what));
    if (target === null || isUnread || target.backends.some((backend) => backend.ready)) return [];
    const service = evidence.cluster.services.find(
      (each) => each.namespace === target.namespace && each.name === target.name,
    );
    if (service === undefined) return [];
    const reason = reasonFor(evidence, service);
    const paths = evidence.paths.filter((path) => path.path.to.kind === 'service' || path.path.to.kind === 'entry');
    const explained = explain(evidence, paths, anyDelay);
    const asked = paths.filter((path) => path.path.to.kind === 'service' && path.state !== 'unmeasured');
    const failed = asked.filter((path) => path.answered.length === 0);
    return [
      {
        certainty: explained.length > 0 || failed.length > 0 ? ('proven' as const) : ('likely' as const),
        title: `Service ${service.namespace}/${service.name} has no ready endpoint: ${reason.says}`,
        object: { kind: 'Service', namespace: service.namespace, name: service.name },
        where: null,
        timer: null,
        evidence: [
          ...sight(evidence, explained),
          line(
            'Where',
            failed[0] === undefined
              ? 'no ClusterIP to ask'
              : `${failed.length} of ${asked.length} nodes: ${behaviour(failed[0])}`,
            failed.flatMap((path) => path.unanswered),
          ),
          line('Who', reason.detail),
        ],
        fix: reason.fix,
        wouldSettle:
          explained.length > 0 || failed.length > 0 ? null : 'Connect to the ClusterIP: a refusal settles it.',
        accounts: paths.map((path) => path.path.id),
        explained,
      },
    ];
  },
});

interface Reason {
  readonly says: string;
  readonly detail: string;
  readonly fix: { says: string; manifest: string | null };
}

function reasonFor(evidence: Evidence, service: Service): Reason {
  const { namespace, name, selector } = service;
  const wanted = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const selected = podsSelected(evidence.cluster, service);
  if (wanted === '') {
    return {
      says: 'it has no selector and nobody maintains its endpoints',
      detail:
        'a Service without a selector gets its EndpointSlices by hand or from another controller; there is none with a ready address',
      fix: { says: `Give ${namespace}/${name} a selector, or an EndpointSlice.`, manifest: null },
    };
  }
  if (selected.length > 0) {
    const why = selected.map((pod) => pod.because).find((because) => because !== null) ?? 'not Ready';
    return {
      says: `${count(selected.length, 'pod')} match, none is Ready`,
      detail: `${selected
        .map((pod) => pod.name)
        .slice(0, 3)
        .join(', ')}: ${why}`,
      fix: {
        says: `kubectl -n ${namespace} describe pod ${selected[0]?.name} and repair what keeps it from Ready.`,
        manifest: null,
      },
    };
  }
  const near = nearestLabels(evidence.cluster, service);
  return {
    says: 'its selector matches no pod',
    detail: `selector ${wanted}${near === null ? '; no pod of the namespace comes close' : `; ${near.pods} of the namespace carry ${near.says}`}`,
    fix:
      near === null
        ? { says: `Make the selector of ${namespace}/${name} match the labels of the pods it is for.`, manifest: null }
        : { says: `Correct the selector of ${namespace}/${name}:`, manifest: near.manifest },
  };
}
