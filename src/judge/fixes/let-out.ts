/** From denied hops or queries to the object that lets their client out. */
import type { ObjectName } from '../../model/cluster.ts';
import type { Finding } from '../../model/verdict.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { allowDns } from '../policy/dns-fix.ts';
import { allowEgress } from '../policy/fixes.ts';
import { partyOf } from '../policy/party.ts';
import { farPartyOf, policiesAtFault, policyNamed, portOf } from '../views/denied.ts';
import { expectationOf } from '../evidence/expected.ts';
import { hopsOf, outsideHopsOf } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';
import { shownFix } from './cover.ts';

export function allowEgressFix(evidence: Evidence, hops: readonly Hop[]): Finding['fix'] {
  const { cluster, target } = evidence;
  const [hop] = hops;
  const [name] = policiesAtFault(hops);
  const policy = name === undefined ? null : policyNamed(evidence, name);
  const client = hop?.source.of;
  const pod = cluster.pods.find((each) => each.namespace === client?.namespace && each.name === client.name);
  const from = pod === undefined ? null : partyOf(pod);
  if (hop === undefined || policy === null || from?.kind !== 'pod') return null;
  const to = hops.map((each) => farPartyOf(evidence, each)).filter((party) => party !== null);
  const host = target.kind === 'external' ? target.host : null;
  return shownFix(
    evidence,
    allowEgress({ cluster, policy, from, to, host, port: portOf(hop), protocol: 'TCP' }),
    [...hopsOf(evidence), ...outsideHopsOf(evidence)].map(({ path }) => path),
  );
}

/** `name`: whose pods to let out; those of the first policy that denies unless given. */
export function allowDnsFix(
  evidence: Evidence,
  path: PathEvidence,
  name: ObjectName | undefined = expectationOf(evidence, path).policies[0],
): Finding['fix'] {
  const policy = name === undefined ? null : policyNamed(evidence, name);
  const servers = evidence.recording.hellos.find((hello) => hello.agent === path.from.id)?.resolver.servers ?? [];
  const fix = policy === null ? null : allowDns({ cluster: evidence.cluster, policy, servers });
  const queries = evidence.paths.filter(({ from, path: { to }, state }) => {
    const isQuery = to.kind === 'dns-server' || to.kind === 'resolver';
    return isQuery && from.underTest && hasPodIdentity(from) && state !== 'unmeasured';
  });
  return shownFix(evidence, fix, queries);
}
