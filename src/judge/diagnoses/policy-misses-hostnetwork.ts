import type { Evidence } from '../evidence/evidence.ts';
import { sourceSeen } from '../evidence/sources.ts';
import { proxyTimer, whyThatLong } from '../amplifier.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { afterConnectTimeout, anyDelay, explain } from '../attribution.ts';
import { list } from '../../model/format.ts';
import { hopsOf, isWorking } from '../experiments.ts';
import type { Hop } from '../experiments.ts';
import { line, sight } from '../words.ts';
import { admitHostsFix, isMeantFor } from './admission.ts';
import { accountsOf, certaintyOfIngress, deniedHops, experimentLines, policiesAtFault } from './denied.ts';
import { defineDiagnosis } from './diagnosis.ts';

export default defineDiagnosis({
  id: 'policy-misses-hostnetwork',
  class: 'policy',
  title: 'A NetworkPolicy means to admit a hostNetwork client and cannot see it',
  why: 'Traffic of a hostNetwork pod carries an address of its node, on overlays the node\'s overlay address. Selectors match pods only, so the policy drops it on other nodes; on the pod\'s own node it always passes. A proxy tries the next endpoint after its connect timeout: "fast or exactly 5 s".',
  test: "From the host network of each ingress node: a twin of the backend (same labels, same node, same port) fails as the backend does, while a control that no policy selects answers beside it and tells the source address that arrived. The policy, read with the ingress pod's own labels, would admit it.",
  remedy:
    'Admit the addresses that the nodes really use towards pods (measured), or run the controller on the pod network.',
  limits:
    'Policies of other kinds (Cilium, Calico, ClusterNetworkPolicy) are not evaluated. Without a twin it is likely, not proven.',
  maskedBy: [],
  find(evidence) {
    const denied = deniedHops(evidence, 'ingress').filter(
      (hop) => hop.asker.identity.hostNetwork && isMeantFor(evidence, hop),
    );
    const groups = Map.groupBy(denied, (hop) =>
      policiesAtFault([hop])
        .map((name) => `${name.namespace}/${name.name}`)
        .join(' '),
    );
    return [...groups.values()].map((hops) => findingOf(evidence, hops));
  },
});

function findingOf(evidence: Evidence, hops: readonly Hop[]) {
  const [policy] = policiesAtFault(hops);
  const certainty = certaintyOfIngress(hops);
  const accounts = accountsOf(hops);
  const isSilent = hops.some((hop) => hop.path.state === 'silent');
  const explained = explain(
    evidence,
    accounts,
    isSilent ? afterConnectTimeout(proxyOf(evidence)?.connectTimeoutMs ?? null) : anyDelay,
  );
  const sameNode = hopsOf(evidence)
    .filter((hop) => hop.asker.identity.hostNetwork && hop.path.path.locality === 'same-node' && isWorking(hop.path))
    .map((hop) => hop.path);
  const from = [...new Set(hops.map((hop) => hop.asker.node ?? '?'))];
  const to = [...new Set(hops.map((hop) => ('node' in hop.path.path.to ? hop.path.path.to.node : null) ?? '?'))];
  const name = policy === undefined ? 'a NetworkPolicy' : `NetworkPolicy ${policy.namespace}/${policy.name}`;
  return {
    certainty,
    title: `${name} ${isSilent ? 'drops' : 'rejects'} ${evidence.target.kind === 'ingress' ? 'ingress' : 'hostNetwork client'} → ${evidence.target.service?.name ?? 'pod'} when they are on different nodes`,
    object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
    where: { from: list(from), to: list(to) },
    timer: isSilent ? proxyTimer(evidence) : null,
    evidence: [
      ...sight(evidence, explained),
      ...[isSilent ? whyThatLong(evidence) : null].filter((each) => each !== null),
      ...experimentLines(hops, sameNode),
      line('Who', whoIsSeen(evidence, hops)),
    ],
    fix: admitHostsFix(evidence, hops),
    wouldSettle:
      certainty === 'proven'
        ? null
        : 'Answer beside the backend with a twin of it and with a control: if only the twin stays silent, it is the policy.',
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}

/** Whose address arrives, and why no rule matches it. */
function whoIsSeen(evidence: Evidence, hops: readonly Hop[]): string {
  const seen = hops.flatMap((hop) => {
    const node = 'node' in hop.path.path.to ? hop.path.path.to.node : null;
    const address = node === null ? null : sourceSeen(evidence, hop.asker.id, node);
    return address === null ? [] : [`${node} sees ${address} for ${hop.asker.node}`];
  });
  const arrival = seen.length === 0 ? 'the source address was not seen' : list([...new Set(seen)], 3);
  return `the client runs with hostNetwork: ${arrival}; ${hops[0]?.expectation.because ?? ''}`;
}
