/** What the diagnoses share of clients that policy does not let out: who is denied, what proves it, what else fails by it. */
import { hasPodIdentity } from '../../model/plan.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isWorking } from '../evidence/state.ts';
import { behaviour, ends } from '../words/words.ts';
import { accountsOf, deniedHops } from './denied.ts';
import type { Hop } from './hops.ts';
import type { Denial } from './ingress-denial.ts';
import { ofBothFamilies } from '../evidence/families.ts';

/** Hops of a client that policies see as a pod, denied on the way out. */
export function egressDenied(evidence: Evidence): Hop[] {
  return deniedHops(evidence, 'egress').filter(({ source }) => hasPodIdentity(source));
}

/** A control on the same node gets through: what is left between them is what policies see. */
export function egressContrasts(denial: Denial, evidence: Evidence): readonly Contrast[] {
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
}

export function egressSufferers(denial: Denial, evidence: Evidence): PathEvidence[] {
  return [...accountsOf(denial), ...servicePaths(evidence, denial)];
}

/** The same client's paths to the Service, which lead to the same backends. */
function servicePaths(evidence: Evidence, denial: Denial): PathEvidence[] {
  const clients = new Set(denial.map(({ source }) => source.id));
  return ofBothFamilies(evidence).filter(
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
