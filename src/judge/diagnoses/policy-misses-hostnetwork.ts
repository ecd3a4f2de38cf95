import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { sourceSeen } from '../evidence/sources.ts';
import { isWorking } from '../evidence/state.ts';
import {
  DENIAL_EXPERIMENTS,
  denialArm,
  denialBlame,
  denialContrasts,
  denialShows,
  farNode,
  ingressDenials,
  ingressSufferers,
  isDropped,
  nameOfPolicy,
} from '../views/ingress-denial.ts';
import { hopsOf } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';
import { butLines, line } from '../words/words.ts';
import { admitHostsFix } from '../fixes/admit.ts';
import { isMeantFor } from '../fixes/client.ts';

export default defineDiagnosis({
  id: 'policy-misses-hostnetwork',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy means to admit a hostNetwork client and cannot see it',
  why: 'Traffic of a hostNetwork pod carries an address of its node, on overlays the node\'s overlay address. Selectors match pods only, so the policy drops it on other nodes; on the pod\'s own node most enforcers let it pass. A proxy tries the next endpoint after its connect timeout: "fast or exactly 5 s".',
  test: "From the host network of each ingress node: a twin of the backend (same labels, same node, same port) fails as the backend does, while a control that no policy selects answers beside it and tells the source address that arrived. The policy, read with the ingress pod's own labels, would admit it.",
  remedy:
    'Admit the addresses that the nodes really use towards pods (measured), or run the controller on the pod network.',
  limits:
    'Policies of other kinds (Cilium, Calico, ClusterNetworkPolicy) are not evaluated. Without a twin it is likely, not proven.',
  experiments: DENIAL_EXPERIMENTS,
  suspects: (evidence) =>
    ingressDenials(evidence, (hop) => hop.source.identity.hostNetwork && isMeantFor(evidence, hop)),
  arm: denialArm,
  contrasts: denialContrasts,
  suffer: ingressSufferers,
  shows: denialShows,
  blame: (denial, evidence) => {
    const { target } = evidence;
    const verb = denial.every(isDropped) ? 'drops' : 'rejects';
    const client = target.kind === 'ingress' ? 'ingress' : 'hostNetwork client';
    const where = denial.some(({ path }) => path.path.locality === 'same-node')
      ? 'on its own node as on others'
      : 'when they are on different nodes';
    return {
      ...denialBlame(denial, evidence),
      title: `${nameOfPolicy(denial)} ${verb} ${client} → ${target.service?.name ?? 'pod'} ${where}`,
      lines: [...butLines(sameNodeHops(evidence)), line('Who', whoIsSeen(evidence, denial))],
      fix: admitHostsFix(evidence, denial),
    };
  },
});

function sameNodeHops(evidence: Evidence): PathEvidence[] {
  return hopsOf(evidence)
    .filter(({ source, path }) => source.identity.hostNetwork && path.path.locality === 'same-node' && isWorking(path))
    .map((hop) => hop.path);
}

/** Whose address arrives, and why no rule matches it. */
function whoIsSeen(evidence: Evidence, hops: readonly Hop[]): string {
  const seen = hops.flatMap((hop) => {
    const node = farNode(hop);
    const address = node === null ? null : sourceSeen(evidence, hop.source.id, node);
    return address === null ? [] : [`${node} sees ${address} for ${hop.source.node}`];
  });
  const arrival = seen.length === 0 ? 'the source address was not seen' : list([...new Set(seen)], 3);
  return `the client runs with hostNetwork: ${arrival}; ${hops[0]?.expectation.because ?? ''}`;
}
