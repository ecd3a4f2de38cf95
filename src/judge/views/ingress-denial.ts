/** What the two diagnoses of a destination's policy share: the experiment is one, who is meant differs. */
import { list } from '../../model/format.ts';
import type { ExperimentId } from '../../model/experiment.ts';
import type { Arm, Contrast } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { SymptomTest } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { proxyTimer, whyThatLong } from '../words/amplifier.ts';
import { behaviour } from '../words/words.ts';
import { accountsOf, deniedHops, policiesAtFault } from './denied.ts';
import type { Hop } from './hops.ts';
import { ofBothFamilies } from '../evidence/families.ts';

/** Hops that the same policies deny. */
export type Denial = readonly Hop[];

export const DENIAL_EXPERIMENTS: readonly ExperimentId[] = ['endpoints', 'identities', 'entries', 'service-address'];

export function ingressDenials(evidence: Evidence, isOurs: (hop: Hop) => boolean): Denial[] {
  return byPolicies(deniedHops(evidence, 'ingress').filter(isOurs));
}

export function byPolicies(hops: readonly Hop[]): Denial[] {
  const named = Map.groupBy(hops, (hop) =>
    policiesAtFault([hop])
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .join(' '),
  );
  return [...named.values()];
}

export function denialArm(denial: Denial): Arm {
  return { paths: denial.map(({ path }) => path), fails: true };
}

/**
 * From one source, the twin (the pod's identity) fails as the pod does, and a control on the same node answers: what is left between them is
 * what policies see. A twin that gets through contradicts nothing: it is a newborn, and its enforcer may not know it yet.
 */
export function denialContrasts(denial: Denial): Contrast[] {
  const twins = denial.flatMap(({ twin }) => (twin !== null && isBroken(twin) ? [twin] : []));
  const controls = denial.flatMap((hop) => hop.controls.filter(isWorking));
  const [twin, control] = [twins[0], controls[0]];
  return [
    {
      label: 'Twin',
      holds: twin === undefined ? null : true,
      says: `a pod of kprobe with the same labels on ${twin?.to?.node}: ${twin === undefined ? '' : behaviour(twin)}`,
      attempts: twin?.unanswered ?? [],
      settles:
        'Answer beside the backend with a twin of it, once its node enforces policies for it: if it stays silent as well, it is the policy.',
    },
    {
      label: 'Control',
      holds: control === undefined ? null : true,
      says: `a pod of kprobe that no policy selects, same source, same node: ${control === undefined ? '' : behaviour(control)}`,
      attempts: control?.answered ?? [],
      settles: 'Answer beside the backend with a control: if it answers, it is the policy.',
    },
  ];
}

/** Beside the hops and their twins, the same client's lost connects to the Service: it chooses among endpoints, some of them denied. */
export function ingressSufferers(denial: Denial, evidence: Evidence): PathEvidence[] {
  const clients = new Set(denial.map(({ source }) => source.id));
  const chosen = ofBothFamilies(evidence).filter(
    ({ path, from, unanswered }) => path.to.kind === 'service' && clients.has(from.id) && unanswered.length > 0,
  );
  return [...accountsOf(denial), ...chosen];
}

export function denialShows(denial: Denial, evidence: Evidence): SymptomTest {
  return throughProxy(
    evidence,
    denial.map(({ path }) => path),
  );
}

export function nameOfPolicy(denial: Denial): string {
  const [policy] = policiesAtFault(denial);
  return policy === undefined ? 'A NetworkPolicy' : `NetworkPolicy ${policy.namespace}/${policy.name}`;
}

export function denialBlame(denial: Denial, evidence: Evidence) {
  const [policy] = policiesAtFault(denial);
  const isSilent = denial.every(isDropped);
  return {
    object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
    where: { from: nodes(denial.map((hop) => hop.source.node)), to: nodes(denial.map(farNode)) },
    timer: isSilent ? proxyTimer(evidence) : null,
    why: isSilent ? whyThatLong(evidence) : null,
  };
}

/** Nothing came back at all. A rejecting enforcer also leaves connects without an answer, for ICMP errors are rationed. */
export function isDropped({ path }: Hop): boolean {
  return path.state === 'silent';
}

export function farNode({ path }: Hop): string | null {
  return 'node' in path.path.to ? path.path.to.node : null;
}

function nodes(names: readonly (string | null)[]): string {
  return list([...new Set(names.map((name) => name ?? '?'))].toSorted());
}
