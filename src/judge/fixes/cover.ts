/** Whether a fix heals all that was measured: the policies are evaluated once more, with the fix among them. */
import { NetworkPolicy } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import type { Finding } from '../../model/verdict.ts';
import type { Evidence, Expectation, PathEvidence } from '../evidence/evidence.ts';
import { expectationsUnder } from '../evidence/expectations.ts';
import { sourcesSeen } from '../evidence/sources.ts';
import { isWorking } from '../evidence/state.ts';
import type { Fix, Manifest } from '../policy/manifest.ts';
import { ends } from '../words/words.ts';

/** More paths that a fix leaves as they are than these are counted. */
const MOST_LEFT = 3;

/** A fix as a finding shows it: `paths` are all that were measured from the source under test, and it says which of them stay closed. */
export function shownFix(evidence: Evidence, fix: Fix | null, paths: readonly PathEvidence[]): Finding['fix'] {
  if (fix === null) return null;
  const { says, manifest, object, leavesOut = [] } = fix;
  const policy = asNetworkPolicy(object);
  if (policy === null) {
    const unchecked = `kprobe does not evaluate a ${object.kind}: whether it admits all that was measured, the next run tells.`;
    return { says: `${says} ${unchecked}`, manifest, covers: 'unchecked' };
  }
  const left = leftClosed(evidence, policy, paths);
  if (left.length > 0) {
    return { says: `${says} Not covered: ${list(left, MOST_LEFT)}.`, manifest, covers: 'part' };
  }
  return { says, manifest, covers: leavesOut.length > 0 ? 'part' : 'all' };
}

/** null: an object of another kind. */
function asNetworkPolicy({ apiVersion, kind, metadata, spec }: Manifest): NetworkPolicy | null {
  if (apiVersion !== 'networking.k8s.io/v1' || kind !== 'NetworkPolicy') return null;
  return NetworkPolicy.safeParse({ ...metadata, spec }).data ?? null;
}

/** In words: the paths that are not allowed for sure once the policy is there. */
function leftClosed(evidence: Evidence, policy: NetworkPolicy, paths: readonly PathEvidence[]): string[] {
  const { cluster } = evidence;
  const healed = { ...cluster, networkPolicies: [...cluster.networkPolicies, policy] };
  const expected = expectationsUnder(evidence, healed, paths);
  return paths.flatMap((path) => {
    const expectation = expected.get(path.path.id);
    const because = expectation === undefined ? null : whyLeft(evidence, path, expectation);
    return because === null ? [] : [`${ends(path)} (${because})`];
  });
}

/** null: it is covered, or needs no cover, since it works as it is and policies can only be joined by what they allow. */
function whyLeft(evidence: Evidence, path: PathEvidence, expectation: Expectation): string | null {
  const { verdict, policies, because } = expectation;
  if (verdict === 'deny') return because;
  if (verdict === 'unknown') return isWorking(path) ? null : because;
  return policies.length > 0 && !isWorking(path) && isGuessed(evidence, path)
    ? 'the address that arrives there was not measured'
    : null;
}

/** Of a client on the host network, rules see an address that only the far end can tell. */
function isGuessed(evidence: Evidence, { from, path: { to } }: PathEvidence): boolean {
  const node = 'node' in to ? to.node : null;
  return from.identity.hostNetwork && node !== null && sourcesSeen(evidence, from.id, node).length === 0;
}
