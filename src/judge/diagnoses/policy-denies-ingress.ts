import { defineDiagnosis } from '../engine/diagnosis.ts';
import { isWorking } from '../evidence/state.ts';
import {
  DENIAL_EXPERIMENTS,
  denialArm,
  denialBlame,
  denialContrasts,
  denialShows,
  ingressDenials,
  ingressSufferers,
  nameOfPolicy,
} from '../views/ingress-denial.ts';
import { trapLines } from '../views/denied.ts';
import { hopsOf } from '../views/hops.ts';
import { butLines, line, nameOfClient } from '../words/words.ts';
import { admitPodFix } from '../fixes/admit.ts';
import { isMeantFor } from '../fixes/client.ts';

export default defineDiagnosis({
  id: 'policy-denies-ingress',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy of the destination does not admit this client',
  why: "A pod that any policy selects for ingress takes only what some policy allows. A wrong namespace label, a missing rule or the Service's port instead of the container's port drops every connect: SYN schedule, or the proxy's connect timeout and 504.",
  test: "With the client's own identity: a twin of the backend (same labels, node and port) fails as the backend does, while a control that no policy selects answers beside it.",
  remedy: 'Add a rule that admits exactly this client on the container port.',
  limits:
    'Asked without --from and without an ingress, kprobe has a neutral identity, and what policy denies to it is expected: no finding.',
  experiments: DENIAL_EXPERIMENTS,
  suspects: (evidence) =>
    ingressDenials(
      evidence,
      (hop) => hop.source.kind !== 'control' && !(hop.source.identity.hostNetwork && isMeantFor(evidence, hop)),
    ),
  arm: denialArm,
  contrasts: denialContrasts,
  suffer: ingressSufferers,
  shows: denialShows,
  blame: (denial, evidence) => {
    const { target } = evidence;
    const [hop] = denial;
    const working = hopsOf(evidence).flatMap(({ path }) => (isWorking(path) ? [path] : []));
    return {
      ...denialBlame(denial, evidence),
      title: `${nameOfPolicy(denial)} does not admit ${hop === undefined ? 'the client' : nameOfClient(hop.source)} to ${target.service?.name ?? target.input}`,
      lines: [...butLines(working), line('Who', hop?.expectation.because ?? ''), ...trapLines(evidence, denial)],
      fix: admitPodFix(evidence, denial),
    };
  },
});
