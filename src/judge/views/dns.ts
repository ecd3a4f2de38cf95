/** What the diagnoses of DNS share: every replica as each vantage sees it, beside a control on the replica's node. */
import type { ObjectName } from '../../model/cluster.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf, isBroken, isWorking } from './hops.ts';
import { areConnected, isCutOff } from './mesh.ts';

export interface Replica {
  readonly name: ObjectName;
  readonly node: string | null;
  readonly address: string;
  /** Plain UDP queries from the neutral controls, where neither policy nor the pod network is known to be in the way. */
  readonly asked: readonly PathEvidence[];
  /** Every DNS path to it, whatever came of it. */
  readonly all: readonly PathEvidence[];
}

export function replicasOf(evidence: Evidence): Replica[] {
  const all = evidence.paths.filter((path) => path.path.to.kind === 'dns-server' && path.path.to.pod !== null);
  const grouped = Map.groupBy(all, (path) => ('address' in path.path.to ? path.path.to.address : ''));
  return [...grouped].flatMap(([address, paths]) => {
    const to = paths[0]?.path.to;
    if (to?.kind !== 'dns-server' || to.pod === null) return [];
    const asked = paths.filter((path) => isFairQuestion(evidence, path, to.node));
    return [{ name: to.pod, node: to.node, address, asked, all: paths.filter((path) => path.state !== 'unmeasured') }];
  });
}

function isFairQuestion(evidence: Evidence, path: PathEvidence, node: string | null): boolean {
  const { probe } = path.path;
  const isPlain = probe.kind === 'dns' && probe.transport === 'udp';
  return (
    isPlain &&
    path.from.kind === 'control' &&
    path.state !== 'unmeasured' &&
    expectationOf(evidence, path).verdict !== 'deny' &&
    isConnected(evidence, path.from.node, node)
  );
}

/** Where this way was not measured itself, as in a part of a large mesh, the others to the same node tell. */
function isConnected(evidence: Evidence, from: string | null, to: string | null): boolean {
  return areConnected(evidence, from, to) ?? !isCutOff(evidence, to);
}

/** No vantage got an answer, and at least one whose way there is known to be well asked. */
export function isDeadReplica(replica: Replica): boolean {
  return replica.asked.length > 0 && replica.asked.every(isBroken);
}

export function isLiveReplica(replica: Replica): boolean {
  return replica.all.some(isWorking);
}

/** Paths that suffer where a replica or the DNS Service fails: queries to the Service, and getaddrinfo. */
export function frontPaths(evidence: Evidence): PathEvidence[] {
  return evidence.paths.filter((path) => {
    const to = path.path.to;
    const isTroubled =
      path.unanswered.length > 0 ||
      (path.median('total') ?? 0) >= evidence.slowAfterMs ||
      path.modes.some((mode) => mode.ms >= evidence.slowAfterMs);
    return isTroubled && ((to.kind === 'dns-server' && to.service !== null) || to.kind === 'resolver');
  });
}
