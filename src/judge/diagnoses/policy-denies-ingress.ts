import type { Evidence } from '../evidence/evidence.ts';
import { proxyTimer, whyThatLong } from '../amplifier.ts';
import { proxyOf } from '../evidence/proxy.ts';
import { afterConnectTimeout, anyDelay, explain } from '../attribution.ts';
import { list } from '../../model/format.ts';
import { hopsOf, isWorking } from '../experiments.ts';
import type { Hop } from '../experiments.ts';
import { line, nameOfClient, sight } from '../words.ts';
import { admitPodFix, isMeantFor } from './admission.ts';
import { accountsOf, certaintyOfIngress, deniedHops, experimentLines, policiesAtFault } from './denied.ts';
import { defineDiagnosis } from './diagnosis.ts';

export default defineDiagnosis({
  id: 'policy-denies-ingress',
  class: 'policy',
  title: 'A NetworkPolicy of the destination does not admit this client',
  why: "A pod that any policy selects for ingress takes only what some policy allows. A wrong namespace label, a missing rule or the Service's port instead of the container's port drops every connect: SYN schedule, or the proxy's connect timeout and 504.",
  test: "With the client's own identity: a twin of the backend (same labels, node and port) fails as the backend does, while a control that no policy selects answers beside it.",
  remedy: 'Add a rule that admits exactly this client on the container port.',
  limits:
    'Asked without --from and without an ingress, kprobe has a neutral identity, and what policy denies to it is expected: no finding.',
  maskedBy: [],
  find(evidence) {
    const denied = deniedHops(evidence, 'ingress').filter(
      (hop) => hop.asker.kind !== 'control' && !(hop.asker.identity.hostNetwork && isMeantFor(evidence, hop)),
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
  const isSilent = hops.some((hop) => hop.path.state === 'silent');
  const accounts = accountsOf(hops);
  const explained = explain(
    evidence,
    accounts,
    isSilent ? afterConnectTimeout(proxyOf(evidence)?.connectTimeoutMs ?? null) : anyDelay,
  );
  const name = policy === undefined ? 'A NetworkPolicy' : `NetworkPolicy ${policy.namespace}/${policy.name}`;
  const client = hops[0]?.asker;
  const working = hopsOf(evidence)
    .filter((hop) => isWorking(hop.path))
    .map((hop) => hop.path);
  return {
    certainty,
    title: `${name} does not admit ${client === undefined ? 'the client' : nameOfClient(client)} to ${evidence.target.service?.name ?? evidence.target.input}`,
    object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
    where: {
      from: list([...new Set(hops.map((hop) => hop.asker.node ?? '?'))]),
      to: list([...new Set(hops.map((hop) => ('node' in hop.path.path.to ? hop.path.path.to.node : null) ?? '?'))]),
    },
    timer: isSilent ? proxyTimer(evidence) : null,
    evidence: [
      ...sight(evidence, explained),
      ...[isSilent ? whyThatLong(evidence) : null].filter((each) => each !== null),
      ...experimentLines(hops, working),
      line('Who', hops[0]?.expectation.because ?? ''),
    ],
    fix: admitPodFix(evidence, hops),
    wouldSettle:
      certainty === 'proven'
        ? null
        : 'Answer beside the backend with a twin of it and with a control: if only the twin stays silent, it is the policy.',
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}
