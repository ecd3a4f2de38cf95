import type { Evidence } from '../evidence/evidence.ts';
import { anyDelay, explain } from '../engine/reach.ts';
import { list } from '../../model/format.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import { isWorking } from '../evidence/state.ts';
import type { Hop } from '../views/hops.ts';
import { behaviour, ends, labelOfClient, line, nameOfClient, pathLines, sight } from '../words/words.ts';
import { allowEgressFix } from './admission.ts';
import { accountsOf, deniedHops, policiesAtFault } from '../views/denied.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';

export default defineDiagnosis({
  id: 'policy-denies-egress',
  class: 'policy',
  title: 'A NetworkPolicy of the client does not let it out to this destination',
  why: "A pod that any policy selects for egress reaches only what some policy allows. The connects are dropped on the client's own node and run through the SYN schedule until the client gives up.",
  test: 'A twin of the client and a control on the same node connect to the same address: the control gets through, the twin does not. Only what policies see differs between them.',
  remedy: "Add an egress rule to the destination's pods on their container port.",
  limits: 'Needs --from (or an ingress on the pod network): without an identity there is no egress policy to speak of.',
  maskedBy: [],
  find(evidence) {
    const denied = deniedHops(evidence, 'egress').filter((hop) => hasPodIdentity(hop.asker));
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
  const neutral = hops.flatMap((hop) =>
    hop.others.filter((path) => path.from.kind === 'control' && path.from.node === hop.asker.node && isWorking(path)),
  );
  const elsewhere = contrastElsewhere(evidence, hops);
  const isProven = neutral.length > 0 || elsewhere.length > 0;
  const accounts = accountsOf(hops);
  const explained = explain(evidence, accounts, anyDelay);
  const client = hops[0]?.asker;
  const paths = hops.map((hop) => hop.path);
  return {
    certainty: isProven ? ('proven' as const) : ('likely' as const),
    title: `NetworkPolicy ${policy === undefined ? '' : `${policy.namespace}/${policy.name} `}does not let ${client === undefined ? 'the client' : nameOfClient(client)} out to ${evidence.target.service?.name ?? evidence.target.input}`,
    object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
    where: {
      from: list([...new Set(hops.map((hop) => hop.asker.node ?? '?'))]),
      to: evidence.target.service?.name ?? evidence.target.input,
    },
    timer: { name: 'SYN retransmission', ms: 1000 },
    evidence: [
      ...sight(evidence, explained),
      ...pathLines(labelOfClient(paths), paths),
      ...[...neutral, ...elsewhere]
        .slice(0, 2)
        .map((path) =>
          line(
            'Control',
            `from the same node with a neutral identity, ${ends(path)}: ${behaviour(path)}`,
            path.answered,
          ),
        ),
      line('Who', hops[0]?.expectation.because ?? ''),
    ],
    fix: allowEgressFix(evidence, hops),
    wouldSettle: isProven ? null : "Connect from a control on the client's node: if it gets through, it is the policy.",
    accounts: accounts.map((path) => path.path.id),
    explained,
  };
}

/** Where the destination is closed to the neutral control as well: the same pair of sources towards a control of kprobe's own. */
function contrastElsewhere(evidence: Evidence, hops: readonly Hop[]): Evidence['paths'] {
  return hops.flatMap((hop) =>
    hop.controls
      .filter((path) => !isWorking(path) && path.state !== 'unmeasured')
      .flatMap((path) =>
        evidence.paths.filter(
          (other) =>
            other.from.kind === 'control' &&
            other.from.node === hop.asker.node &&
            other.to?.id === path.to?.id &&
            isWorking(other),
        ),
      ),
  );
}
