import { list } from '../../model/format.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { accountsOf, deniedHops, policiesAtFault } from '../views/denied.ts';
import { byPolicies, denialArm, nameOfPolicy } from '../views/ingress-denial.ts';
import type { Denial } from '../views/ingress-denial.ts';
import { behaviour, ends, labelOfClient, line, nameOfClient } from '../words/words.ts';
import { allowEgressFix } from '../fixes/let-out.ts';

export default defineDiagnosis({
  id: 'policy-denies-egress',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy of the client does not let it out to this destination',
  why: "A pod that any policy selects for egress reaches only what some policy allows. The connects are dropped on the client's own node and run through the SYN schedule until the client gives up.",
  test: 'A twin of the client and a control on the same node connect to the same address: the control gets through, the twin does not. Only what policies see differs between them.',
  remedy: "Add an egress rule to the destination's pods on their container port.",
  limits: 'Needs --from (or an ingress on the pod network): without an identity there is no egress policy to speak of.',
  experiments: ['endpoints', 'service-address', 'identities'],
  suspects: (evidence) => byPolicies(deniedHops(evidence, 'egress').filter(({ source }) => hasPodIdentity(source))),
  arm: denialArm,
  contrasts: (denial, evidence) => {
    const [control] = controlsOf(evidence, denial);
    return [
      {
        label: 'Control',
        holds: control === undefined ? null : true,
        says: `from the same node with a neutral identity, ${control === undefined ? '' : `${ends(control)}: ${behaviour(control)}`}`,
        attempts: control?.answered ?? [],
        settles: "Connect from a control on the client's node: if it gets through, it is the policy.",
      },
    ];
  },
  suffer: (denial, evidence) => [...accountsOf(denial), ...servicePaths(evidence, denial)],
  blame: (denial, evidence) => {
    const [policy] = policiesAtFault(denial);
    const client = denial[0]?.source;
    const to = evidence.target.service?.name ?? evidence.target.input;
    return {
      title: `${nameOfPolicy(denial)} does not let ${client === undefined ? 'the client' : nameOfClient(client)} out to ${to}`,
      object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
      where: { from: list([...new Set(denial.map((hop) => hop.source.node ?? '?'))]), to },
      timer: { name: 'SYN retransmission', ms: 1000 },
      armLabel: labelOfClient(denial.map(({ path }) => path)),
      lines: [line('Who', denial[0]?.expectation.because ?? '')],
      fix: allowEgressFix(evidence, denial),
    };
  },
});

/** The same client's paths to the Service, which lead to the same backends. */
function servicePaths(evidence: Evidence, denial: Denial): PathEvidence[] {
  const clients = new Set(denial.map(({ source }) => source.id));
  return evidence.paths.filter(
    ({ path, from, answered }) => path.to.kind === 'service' && clients.has(from.id) && answered.length === 0,
  );
}

function controlsOf(evidence: Evidence, denial: Denial): PathEvidence[] {
  const neutral = denial.flatMap((hop) =>
    hop.others.filter((path) => path.from.kind === 'control' && path.from.node === hop.source.node && isWorking(path)),
  );
  return [...neutral, ...contrastElsewhere(evidence, denial)];
}

/** Where the destination is closed to the neutral control as well: the same pair of sources towards a control of kprobe's own. */
function contrastElsewhere(evidence: Evidence, hops: Denial): PathEvidence[] {
  return hops.flatMap((hop) =>
    hop.controls
      .filter((path) => !isWorking(path) && path.state !== 'unmeasured')
      .flatMap((path) =>
        evidence.paths.filter(
          (other) =>
            other.from.kind === 'control' &&
            other.from.node === hop.source.node &&
            other.to?.id === path.to?.id &&
            isWorking(other),
        ),
      ),
  );
}
