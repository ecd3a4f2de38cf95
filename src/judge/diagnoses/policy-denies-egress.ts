import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { egressContrasts, egressDenied, egressSufferers } from '../views/egress-denial.ts';
import { policiesAtFault, trapLines } from '../views/denied.ts';
import { byPolicies, denialArm, nameOfPolicy } from '../views/ingress-denial.ts';
import { labelOfClient, line, nameOfClient } from '../words/words.ts';
import { allowEgressFix } from '../fixes/let-out.ts';

export default defineDiagnosis({
  id: 'policy-denies-egress',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy of the client does not let it out to this destination',
  why: "A pod that any policy selects for egress reaches only what some policy allows. The connects are dropped on the client's own node and run through the SYN schedule until the client gives up.",
  test: 'A twin of the client and a control on the same node connect to the same address: the control gets through, the twin does not. Only what policies see differs between them.',
  remedy:
    "Add an egress rule to what is really reached: the destination's pods on their container port, never the ClusterIP; for the API server the addresses of EndpointSlice default/kubernetes; for a host outside its port to all public addresses, since rules know no names.",
  limits: 'Needs --from (or an ingress on the pod network): without an identity there is no egress policy to speak of.',
  experiments: ['endpoints', 'service-address', 'identities', 'external-hosts'],
  suspects: (evidence) => byPolicies(egressDenied(evidence)),
  arm: denialArm,
  contrasts: egressContrasts,
  suffer: egressSufferers,
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
      lines: [line('Who', denial[0]?.expectation.because ?? ''), ...trapLines(evidence, denial)],
      fix: allowEgressFix(evidence, denial),
    };
  },
});
