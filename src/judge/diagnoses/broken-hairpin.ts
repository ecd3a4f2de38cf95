import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { serviceOf } from '../views/service.ts';

export default defineDiagnosis({
  id: 'broken-hairpin',
  class: 'service',
  layer: 'service',
  title: 'A pod does not reach itself through its own Service',
  why: 'The Service chooses an endpoint for each connect. Where it chooses the caller itself, the packet has to leave and enter by the same port of the bridge (hairpin mode), with its source rewritten; where that is missing, one connect in n is never answered, or each of a Service with one pod.',
  test: 'From inside the pod: connects to the ClusterIP fail in about the share of its own turns, while the pod reaches the other endpoints, and other clients reach all of them through the Service.',
  remedy:
    'Turn hairpin mode on in the CNI (hairpinMode of the bridge plugin, or promiscuous bridge), or let the pod call itself by localhost.',
  limits: 'Needs --inside: a twin of the pod is no endpoint of the Service.',
  experiments: ['service-address', 'endpoints'],
  suspects: ownPaths,
  arm: (path) => ({ paths: [path], fails: path.unanswered.length > 0 || path.ladder.length > 0 }),
  contrasts: (path, evidence) => {
    const others = evidence.paths.filter(
      (each) =>
        each.path.to.kind === 'service' &&
        each.from.id !== path.from.id &&
        !isOwn(evidence, each) &&
        each.state !== 'unmeasured',
    );
    const clean = others.filter((each) => each.state === 'open');
    return [
      {
        label: 'Other clients',
        holds: others.length === 0 ? null : clean.length === others.length,
        says: 'everybody else is answered by the same address',
        shots: clean.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Connect to the Service from another pod.',
      },
    ];
  },
  blame: ({ from }, evidence) => {
    const service = serviceOf(evidence);
    const name = `${service?.namespace}/${service?.name}`;
    return {
      title: `${from.of?.name ?? 'The pod'} does not reach itself through Service ${name}`,
      object: from.of === null ? null : { kind: 'Pod', ...from.of },
      where: { from: from.node ?? '', to: from.node ?? '' },
      timer: { name: 'SYN retransmission', ms: 1000 },
      fix: {
        says: 'Turn hairpin mode on in the CNI (hairpinMode: true of the bridge plugin), or let the pod call itself by localhost.',
        manifest: null,
      },
    };
  },
});

/** Of pods that are endpoints of the Service which they ask, from inside them. */
function ownPaths(evidence: Evidence): PathEvidence[] {
  return evidence.paths.filter(
    (path) => path.path.to.kind === 'service' && path.from.kind === 'inside' && isOwn(evidence, path),
  );
}

function isOwn({ target: { service } }: Evidence, { from }: PathEvidence): boolean {
  return (
    service?.backends.some(
      ({ ready, pod }) => ready && pod?.namespace === from.of?.namespace && pod?.name === from.of?.name,
    ) === true
  );
}
