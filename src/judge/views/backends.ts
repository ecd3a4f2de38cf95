/** What the diagnoses of endpoints share: each backend as every source sees it that policy and pod network let through. */
import { atPort } from '../../model/format.ts';
import type { Pod } from '../../model/cluster.ts';
import type { Backend, ServiceTarget } from '../../model/target.ts';
import { derived } from '../derived.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isErrorAnswer } from '../evidence/failing.ts';
import { isBroken, isHung, isMute, isWorking } from '../evidence/state.ts';
import { hopsFrom } from './hops.ts';
import type { Hop } from './hops.ts';
import { areConnected } from './mesh.ts';
import { isUnread } from '../../model/unread.ts';

export interface BackendView {
  readonly backend: Backend;
  readonly pod: Pod | null;
  /** Hops that nothing but the backend itself should break: not denied by policy, on a way that works. */
  readonly unobstructed: readonly Hop[];
  readonly all: readonly PathEvidence[];
}

/** The endpoints of the target's own Service. */
export const backendViews = derived((evidence: Evidence): readonly BackendView[] =>
  viewsOf(evidence, evidence.target.service?.backends.filter(({ ready }) => ready) ?? evidence.target.direct),
);

export interface ShareView {
  readonly service: ServiceTarget;
  readonly views: readonly BackendView[];
}

/** Those of each other Service that the route shares its requests with. */
export const shareViews = derived((evidence: Evidence): readonly ShareView[] =>
  (evidence.target.shares ?? []).map((service) => ({
    service,
    views: viewsOf(
      evidence,
      service.backends.filter(({ ready }) => ready),
    ),
  })),
);

/** All that the route sends requests to, by whichever Service. */
export function endpointsOf(evidence: Evidence): BackendView[] {
  return [...backendViews(evidence), ...shareViews(evidence).flatMap(({ views }) => views)];
}

function viewsOf(evidence: Evidence, backends: readonly Backend[]): BackendView[] {
  const hops = [...evidence.agents.values()]
    .filter((agent) => agent.kind !== 'local')
    .flatMap((agent) => hopsFrom(evidence, agent));
  return backends.map((backend) => {
    const own = hops.filter(
      ({ path }) =>
        path.path.to.kind === 'backend' &&
        path.path.to.address === backend.address &&
        path.path.to.port === backend.port,
    );
    return {
      backend,
      pod:
        evidence.cluster.pods.find(
          (pod) =>
            pod.addresses.includes(backend.address) &&
            pod.phase !== 'Succeeded' &&
            pod.phase !== 'Failed' &&
            !pod.hostNetwork,
        ) ?? null,
      unobstructed: own.filter((hop) => isUnobstructed(evidence, hop)),
      all: own.map((hop) => hop.path),
    };
  });
}

/** No pod has this address, and pods could be listed. */
export function isDeparted({ cluster }: Evidence, { pod }: BackendView): boolean {
  return pod === null && !isUnread(cluster, 'pods');
}

function isUnobstructed(evidence: Evidence, hop: Hop): boolean {
  if (hop.expectation.verdict === 'deny') return false;
  if (hop.twin !== null && isBroken(hop.twin)) return false;
  const node = hop.path.path.to.kind === 'backend' ? hop.path.path.to.node : null;
  const beside = hop.controls.length > 0 ? hop.controls.some(isWorking) : null;
  return beside ?? (node === null || areConnected(evidence, hop.source.node, node) !== false);
}

/** Broken for every source that could have reached it. */
export function isDeadBackend(view: BackendView): boolean {
  return view.unobstructed.length > 0 && view.unobstructed.every((hop) => isBroken(hop.path) || isHung(hop.path));
}

/** It takes connections, and serves nobody: each is closed without an answer, or answered with an error. */
export function isUselessBackend({ unobstructed }: BackendView): boolean {
  return unobstructed.length > 0 && unobstructed.every(({ path }) => isMute(path) || statusesOf(path).length > 0);
}

/** Some source got an answer from it that is no error. */
export function isServing({ all }: BackendView): boolean {
  return all.some(({ answered }) => answered.some(({ sample }) => !isErrorAnswer(sample)));
}

/** The error codes of a path on which nothing else was answered. */
export function statusesOf({ answered, unanswered }: PathEvidence): number[] {
  const isAll = unanswered.length === 0 && answered.every(({ sample }) => isErrorAnswer(sample));
  return isAll ? answered.flatMap(({ sample }) => sample.http?.status ?? []) : [];
}

/**
 * Pods of its own node reach it, over the bridge that they share, and nobody whose packets the node itself must deliver: not the node's own host
 * network, and nobody elsewhere.
 */
export function isUndelivered(view: BackendView): boolean {
  const beside = view.unobstructed.filter(isOverBridge);
  const delivered = view.unobstructed.filter((hop) => !isOverBridge(hop));
  return (
    beside.some(({ path }) => isWorking(path)) &&
    delivered.some(({ path }) => path.path.locality === 'same-node') &&
    delivered.every(({ path }) => isBroken(path))
  );
}

export function isOverBridge({ path, source }: Hop): boolean {
  return path.path.locality === 'same-node' && !source.identity.hostNetwork;
}

export function nameOfBackend({ backend, pod }: BackendView): string {
  return pod?.name ?? backend.pod?.name ?? atPort(backend.address, backend.port);
}

/** All its unobstructed hops were answered by an RST: the address lives, nothing listens on the port. */
export function isClosedPort(view: BackendView): boolean {
  return view.unobstructed.length > 0 && view.unobstructed.every((hop) => hop.path.state === 'refused');
}

/** What a port on which nothing listens said, asked from its own node: null where it was not asked, or policy may be what keeps silent. */
export function closedPortOf({ closedPorts, expectations }: Evidence, { backend }: BackendView): PathEvidence | null {
  const asked = closedPorts.find(({ path: { to } }) => to.kind === 'backend' && to.address === backend.address);
  if (asked === undefined || asked.state === 'unmeasured') return null;
  return expectations.get(asked.path.id)?.verdict === 'allow' ? asked : null;
}

/** Its kernel refuses one port, and says nothing on the one that is asked for: the pod lives, and takes no connection there. */
export function isLivingInVain(evidence: Evidence, view: BackendView): boolean {
  const isSilent = view.unobstructed.length > 0 && view.unobstructed.every(({ path }) => path.state === 'silent');
  return isSilent && closedPortOf(evidence, view)?.state === 'refused';
}

/** From the same source, something else on the same node answered: the node and the network to it work. */
export function hasNeighbour(view: BackendView): boolean {
  return view.unobstructed.some((hop) => (hop.twin !== null && isWorking(hop.twin)) || hop.controls.some(isWorking));
}

/** Where all endpoints are so, it is the application or the way it is asked, and no single endpoint's fault. */
export function isUselessAlone(view: BackendView, evidence: Evidence): boolean {
  return isUselessBackend(view) && endpointsOf(evidence).some((other) => other !== view && isServing(other));
}
