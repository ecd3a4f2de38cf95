import { count, list } from '../../model/format.ts';
import { hasPodIdentity } from '../../model/plan.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { enforceFix } from '../fixes/enforce.ts';
import { isEnforced } from '../policy/engines.ts';
import { policiesAtFault } from '../views/denied.ts';
import { hopsOf } from '../views/hops.ts';
import type { Hop } from '../views/hops.ts';
import { line, nameOfClient } from '../words/words.ts';

export default defineDiagnosis({
  id: 'policy-not-enforced',
  class: 'policy',
  layer: 'policy',
  title: 'NetworkPolicies deny this client, and nobody enforces them',
  why: 'The API server takes NetworkPolicies whatever the network plugin does with them. Where the plugin enforces none (flannel alone, the AWS VPC CNI without its option, an enforcer that was switched off), they protect nothing and nobody is told. It makes nothing slow.',
  test: "With the client's own identity, connects that a policy denies get through on every node, and not one path that is denied is dropped anywhere.",
  remedy: 'Switch the enforcement on, or delete the policies. Expect connects to fail that nobody knew were forbidden.',
  limits:
    "Only where a client was named (--from): what policy denies to a neutral identity, or to an ingress whose page is fine, is nobody's trouble, and is told as what was ruled out. The own node's host network passes by contract and is not counted; neither is what a newborn twin sends where some engine may not know it yet. One node that has fallen behind is stale-node-policy.",
  experiments: ['endpoints', 'identities'],
  suspects: (evidence) => {
    const passing = passingHops(evidence);
    return passing.length === 0 ? [] : [passing];
  },
  arm: (passing) => ({ paths: passing.map(({ path }) => path), fails: passing.length >= FEWEST ? true : null }),
  contrasts: (passing, evidence) => {
    const { networking } = evidence.cluster;
    const dropped = droppedPaths(evidence);
    return [
      {
        label: 'Anywhere',
        // Where some are dropped somebody enforces, here and there: then it is a possibility, and surely no health.
        holds: dropped.length === 0 ? true : null,
        says: `no path that policies deny is dropped (${count(deniedPaths(evidence).length, 'path')} measured)`,
        attempts: passing.flatMap(({ path }) => path.answered).slice(0, MOST_ATTEMPTS),
        settles:
          'Some denied paths are dropped and others are not: compare the pods of the enforcer node by node, and their logs.',
      },
      {
        label: 'Enforcer',
        holds: isEnforced(networking) === 'no' ? true : null,
        says: `none: ${networking.because}`,
        attempts: [],
        settles:
          networking.enforcer === 'unknown'
            ? 'Find out whether the network plugin enforces NetworkPolicy at all.'
            : `Look whether the pods of ${networking.enforcer} run on every node, and at their logs.`,
      },
    ];
  },
  // What is dropped as the policies say is a part of the same question: why here and not there. A Service may fail for another reason.
  suffer: (_passing, evidence) => droppedPaths(evidence).filter(({ path }) => path.to.kind !== 'service'),
  blame: (passing, evidence) => {
    const isEverywhere = droppedPaths(evidence).length === 0;
    const [policy] = policiesAtFault(passing);
    const [hop] = passing;
    const client = hop === undefined ? 'the client' : nameOfClient(hop.source);
    const to = evidence.target.service?.name ?? evidence.target.input;
    return {
      title: `NetworkPolicy ${policy === undefined ? '' : `${policy.namespace}/${policy.name} `}is not enforced${isEverywhere ? '' : ' everywhere'}: it denies ${client} → ${to}, and ${isEverywhere ? 'every connect gets' : 'most connects get'} through`,
      object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
      where: { from: list([...new Set(passing.map(({ source }) => source.node ?? '?'))]), to },
      armLabel: 'Passes',
      lines: [line('Who', hop?.expectation.because ?? '')],
      fix: enforceFix(evidence.cluster.networking),
    };
  },
});

/** One denied path that works may be read wrongly; two are no coincidence. */
const FEWEST = 2;
const MOST_ATTEMPTS = 10;

/** Hops of the named client that policy denies and that work. */
function passingHops(evidence: Evidence): Hop[] {
  if (evidence.target.from === null) return [];
  return hopsOf(evidence).filter(
    (hop) => hop.expectation.verdict === 'deny' && isWorking(hop.path) && !isOfNewborn(evidence, hop),
  );
}

/**
 * A twin is a newborn: an engine may take a while to know what it may send (principle 11). What it must not send to a pod that has
 * long been there is denied from the first packet, and where certainly nobody enforces, age is nothing.
 */
function isOfNewborn(evidence: Evidence, { source, expectation }: Hop): boolean {
  return (
    isEnforced(evidence.cluster.networking) !== 'no' &&
    expectation.direction === 'egress' &&
    hasPodIdentity(source) &&
    source.kind !== 'inside'
  );
}

function droppedPaths(evidence: Evidence): PathEvidence[] {
  return deniedPaths(evidence).filter(isBroken);
}

function deniedPaths(evidence: Evidence): PathEvidence[] {
  return evidence.paths.filter(
    (path) => path.state !== 'unmeasured' && expectationOf(evidence, path).verdict === 'deny',
  );
}
