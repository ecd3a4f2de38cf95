import { count, list } from '../../model/format.ts';
import type { NetworkPolicy } from '../../model/cluster.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import { throughProxy } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationsUnder } from '../evidence/expectations.ts';
import { expectationOf } from '../evidence/expected.ts';
import { shownFix } from '../fixes/cover.ts';
import { agentParty } from '../policy/destinations.ts';
import { fixOf } from '../policy/manifest.ts';
import { partyAt } from '../policy/party.ts';
import type { Direction } from '../policy/policy-answer.ts';
import { repairsOf } from '../policy/repairs.ts';
import type { Meant, Repair } from '../policy/repairs.ts';
import { deniedHops } from '../views/denied.ts';
import { dnsContrasts, dnsDenied, dnsSufferers } from '../views/denied-queries.ts';
import { egressContrasts, egressDenied, egressSufferers } from '../views/egress-denial.ts';
import type { Hop } from '../views/hops.ts';
import { denialContrasts, ingressSufferers } from '../views/ingress-denial.ts';
import { line, nameOfDestination } from '../words/words.ts';

/** A policy that selects nothing, and all denied paths that it would admit if it selected what it was meant for. */
interface Miss {
  readonly repair: Repair;
  readonly kind: Kind;
  readonly paths: readonly PathEvidence[];
}

type Kind = 'into' | 'out' | 'dns';

export default defineDiagnosis({
  id: 'policy-selects-nothing',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy that should admit this selects nothing',
  why: 'A selector with a mistyped label, a namespace label that nobody set, a podSelector without the namespace that it means, or a policy in the wrong namespace is valid and selects no pod: it admits nobody, and says nothing. What another policy of the namespace isolates (a default deny) stays closed, and every connect is dropped.',
  test: "The denied path fails for the twin and works for the control, as of any denial; and the policies evaluated once more, with this one's selector put right, would admit it.",
  remedy: 'Correct the selector: the nearest label, or the namespace where such pods are.',
  limits:
    'Only selectors that nearly say what is there are put right: what selects nothing on purpose (for pods that do not run now) is no fault. Needs the right to list pods and namespaces. A policy that selects nothing and is missed by nobody is no finding.',
  experiments: ['endpoints', 'identities', 'service-address', 'dns-servers', 'client-resolution'],
  suspects: (evidence) => [
    ...missesOf(evidence, 'into', deniedHops(evidence, 'ingress').map(pathOf)),
    ...missesOf(evidence, 'out', egressDenied(evidence).map(pathOf)),
    ...missesOf(evidence, 'dns', dnsDenied(evidence)),
  ],
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (miss, evidence) => CONTRASTS[miss.kind](miss, evidence),
  suffer: (miss, evidence) => SUFFERERS[miss.kind](miss, evidence),
  shows: ({ kind, paths }, evidence) => (kind === 'into' ? throughProxy(evidence, paths) : () => true),
  blame: ({ repair, paths }, evidence) => {
    const { policy, empty, nearest } = repair;
    const name = `${policy.namespace}/${policy.name}`;
    const [first] = paths;
    return {
      title: `NetworkPolicy ${name} selects nothing: ${empty}; ${nearest}`,
      object: { kind: 'NetworkPolicy', namespace: policy.namespace, name: policy.name },
      where: {
        from: list([...new Set(paths.map(({ from }) => from.node ?? '?'))]),
        to: first === undefined ? '?' : nameOfDestination(first),
      },
      lines: [
        line('Who', first === undefined ? '' : expectationOf(evidence, first).because),
        line('Would', `with its selector put right, ${name} admits ${count(paths.length, 'path')} of these`),
      ],
      fix: fixFor(evidence, repair, paths),
    };
  },
});

function pathOf({ path }: Hop): PathEvidence {
  return path;
}

const CONTRASTS: Readonly<Record<Kind, (miss: Miss, evidence: Evidence) => readonly Contrast[]>> = {
  into: ({ paths }, evidence) => denialContrasts(hopsAmong(deniedHops(evidence, 'ingress'), paths)),
  out: ({ paths }, evidence) => egressContrasts(hopsAmong(egressDenied(evidence), paths), evidence),
  dns: ({ paths }, evidence) => dnsContrasts(paths, evidence),
};

const SUFFERERS: Readonly<Record<Kind, (miss: Miss, evidence: Evidence) => readonly PathEvidence[]>> = {
  into: ({ paths }, evidence) => ingressSufferers(hopsAmong(deniedHops(evidence, 'ingress'), paths), evidence),
  out: ({ paths }, evidence) => egressSufferers(hopsAmong(egressDenied(evidence), paths), evidence),
  dns: ({ paths }, evidence) => dnsSufferers(paths, evidence),
};

function hopsAmong(hops: readonly Hop[], paths: readonly PathEvidence[]): Hop[] {
  return hops.filter(({ path }) => paths.includes(path));
}

/** One for each policy that, put right, admits some of the denied paths. */
function missesOf(evidence: Evidence, kind: Kind, denied: readonly PathEvidence[]): Miss[] {
  const found = denied.flatMap((path) => repairsFor(evidence, kind, path).map((repair) => ({ repair, path })));
  const byPolicy = Map.groupBy(found, ({ repair: { policy } }) => `${policy.namespace}/${policy.name}`);
  return [...byPolicy.values()].flatMap((all) => {
    const [first] = all;
    return first === undefined
      ? []
      : [{ repair: first.repair, kind, paths: [...new Set(all.map(({ path }) => path))] }];
  });
}

function repairsFor(evidence: Evidence, kind: Kind, path: PathEvidence): Repair[] {
  const meant = meantBy(evidence, kind === 'into' ? 'ingress' : 'egress', path);
  if (meant === null) return [];
  return evidence.cluster.networkPolicies
    .flatMap((policy) => repairsOf(evidence.cluster, policy, meant))
    .filter((repair) => wouldAdmit(evidence, repair, path));
}

/** The two ends of the path as policies see them; null: the subject is no pod. */
function meantBy(evidence: Evidence, direction: Direction, { from, path: { to } }: PathEvidence): Meant | null {
  const source = agentParty({ cluster: evidence.cluster }, from, []);
  if (!('address' in to)) return null;
  const far = partyAt(evidence.cluster, to.address);
  const [subject, peer] = direction === 'ingress' ? [far, source] : [source, far];
  return subject.kind === 'pod' ? { direction, subject, peer } : null;
}

/** All policies as they are, this one as it was meant. */
function wouldAdmit(evidence: Evidence, { policy, repaired }: Repair, path: PathEvidence): boolean {
  const { cluster } = evidence;
  const networkPolicies = cluster.networkPolicies.map((each) => (each === policy ? repaired : each));
  return expectationsUnder(evidence, { ...cluster, networkPolicies }, [path]).get(path.path.id)?.verdict === 'allow';
}

function fixFor(evidence: Evidence, { repaired, says }: Repair, paths: readonly PathEvidence[]) {
  return shownFix(evidence, fixOf(manifestOf(repaired), says), paths);
}

function manifestOf({ namespace, name, spec }: NetworkPolicy) {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec };
}
