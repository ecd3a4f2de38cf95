import type { Service } from '../../model/cluster.ts';
import { isUnread } from '../../model/unread.ts';
import type { Finding } from '../../model/verdict.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { hasNoEndpoint, otherBackends, unavailablePaths } from '../views/other-backends.ts';
import { reasonEmpty } from '../views/selector.ts';
import { isKeptAway, ownNodePaths } from '../views/own-node.ts';
import { wrongPorts } from '../views/wrong-ports.ts';
import { behaviour, ends, line } from '../words/words.ts';

/** More samples than these tell nothing new. */
const MOST_ATTEMPTS = 10;

export default defineDiagnosis({
  id: 'empty-service',
  class: 'service',
  layer: 'service',
  title: 'A Service without a ready endpoint',
  why: 'kube-proxy rejects every connect at once (by ICMP, one a second: bursts wait 1 s each), and an ingress answers 503.',
  test: 'The EndpointSlices of the Service hold no ready address, its selector is compared with the labels of the pods, and connects to the ClusterIP from every node are refused.',
  remedy: "Make the selector match the pods' labels, make the pods Ready, or scale their workload up.",
  limits: 'Needs the right to list EndpointSlices and pods.',
  experiments: ['service-address', 'entries'],
  suspects: (evidence) => [
    // Pods that are Ready and have no port of the name that it sends to are wrong-backend-port's.
    ...evidence.cluster.services.filter(
      (service) => isTarget(evidence, service) && !wrongPorts(evidence).some(({ by }) => by === 'name'),
    ),
    ...otherBackends(evidence).filter((service) => hasNoEndpoint(evidence, service)),
  ],
  arm: (service, evidence) => {
    const isKnown = !isUnread(evidence.cluster, 'endpointslices', 'pods', 'services');
    if (!isTarget(evidence, service))
      return { paths: unavailablePaths(evidence), fails: isKnown && unavailablePaths(evidence).length > 0 };
    const isEmpty = evidence.target.service?.backends.every((backend) => !backend.ready) === true;
    return { paths: failedOf(evidence), fails: isKnown && isEmpty };
  },
  contrasts: (service, evidence) =>
    isTarget(evidence, service) ? [askedContrast(evidence)] : [shareContrast(evidence, service)],
  suffer: (service, evidence) =>
    isTarget(evidence, service)
      ? [...evidence.paths.filter(({ path }) => isInFront(path.to.kind)), ...ownNodePaths(evidence)]
      : [],
  shows: (service, evidence) =>
    isTarget(evidence, service) ? () => true : ({ attempt: { sample } }) => (sample.http?.status ?? 0) >= 500,
  blame: (service, evidence) => {
    const { says, detail, fix } = reasonEmpty(evidence.cluster, service);
    const { namespace, name } = service;
    return {
      title: `Service ${namespace}/${name} has no ready endpoint: ${says}`,
      object: { kind: 'Service', namespace, name },
      where: null,
      lines: [line('Who', detail), ...kubeletLines(evidence)],
      fix,
    };
  },
});

/** An ExternalName has no endpoints by design: its name is an alias in DNS. */
function isTarget({ target: { service } }: Evidence, { namespace, name, type }: Service): boolean {
  return namespace === service?.namespace && name === service.name && type !== 'ExternalName';
}

function askedContrast(evidence: Evidence): Contrast {
  const isFelt = failedOf(evidence).length > 0 || evidence.symptoms.some(({ path }) => isInFront(path.path.to.kind));
  const isAsked = evidence.paths.some(({ path, state }) => isInFront(path.to.kind) && state !== 'unmeasured');
  return {
    label: 'Asked',
    holds: isFelt ? true : isAsked ? false : null,
    says: 'whoever asks for the Service fails',
    attempts: failedOf(evidence).flatMap((path) => path.unanswered),
    settles: 'Connect to the ClusterIP: a refusal settles it.',
  };
}

/** A rule that shares its requests among Services: what goes to the empty one is answered by the proxy, the rest by the others. */
function shareContrast(evidence: Evidence, { name }: Service): Contrast {
  const direct = evidence.paths.filter(({ path }) => path.to.kind === 'backend');
  const { route, service } = evidence.target;
  return {
    label: 'Others',
    holds: direct.length > 0 && direct.every(isWorking) ? true : null,
    says: `${route?.kind} ${route?.namespace}/${route?.name} gives a share to ${name} and the rest to ${service?.name}, whose endpoints answer directly`,
    attempts: direct.flatMap(({ answered }) => answered).slice(0, MOST_ATTEMPTS),
    settles: 'Ask the endpoints of the other backends of the route directly.',
  };
}

/** The belief that a default deny keeps kubelets from pods, where it was tried. */
function kubeletLines(evidence: Evidence): readonly Finding['evidence'][number][] {
  const reached = ownNodePaths(evidence).filter((path) => !isKeptAway(path));
  const [first] = reached;
  if (first === undefined) return [];
  const says = `no policy keeps the kubelet away: ${ends(first)}, from the network of its own node, ${behaviour(first)}`;
  return [line('Policy', says, first.attempts)];
}

function isInFront(kind: string): boolean {
  return kind === 'service' || kind === 'entry';
}

function failedOf({ paths }: Evidence): Evidence['paths'] {
  return paths.filter(
    ({ path, state, answered }) => path.to.kind === 'service' && state !== 'unmeasured' && answered.length === 0,
  );
}
