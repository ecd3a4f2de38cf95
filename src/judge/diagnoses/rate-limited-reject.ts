import { count, duration, list } from '../../model/format.ts';
import { isIdling } from '../../model/plan.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { SymptomTest } from '../engine/shows.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isBroken } from '../evidence/state.ts';
import { isWithin } from '../evidence/window.ts';
import { backendViews, isDeparted, nameOfBackend } from '../views/backends.ts';
import type { BackendView } from '../views/backends.ts';
import { line } from '../words/words.ts';
import { isRationedOut, isReject, isSoon, rationedOf } from '../views/rejects.ts';

/** icmp_ratelimit, 1000 ms (Linux ip-sysctl.rst). */
const RATION_MS = 1000;
/** A proxy that meets rationed rejects is told after whole seconds, or gives up itself; longer than this nobody waits. */
const MOST_SECONDS = 16;

interface Rejected {
  readonly view: BackendView;
  readonly hops: BackendView['all'];
}

export default defineDiagnosis({
  id: 'rate-limited-reject',
  class: 'retransmit-drop',
  layer: 'service',
  title: 'Something rejects connects by an ICMP message, and the kernel rations such messages',
  why: 'An ICMP reject comes back at once, but a host sends only one a second to each destination, after six in a row (icmp_ratelimit): whoever comes after that is refused when one of its repeated SYNs meets the next one, after 1, 2, 3, 4, 5 s. Where the rule is on the client’s own node, a blocking connect waits 1 s every time, also without any ration (bash, Java, Python), and one that does not block (curl, Go, Node) none.',
  test: 'Connects go to every endpoint directly: they end in an ICMP error, counted by the kernel of the probe, never in the reset that a closed port sends, while a probe pod on the same node answers and NetworkPolicy allows them.',
  remedy:
    'Find the rule that rejects: a packet filter on the node or in the pod (nft list ruleset, iptables-save | grep REJECT), or an agent that enforces what no NetworkPolicy says.',
  limits:
    'Who sent the ICMP message is not seen; rules of other kinds of policy (AdminNetworkPolicy, the CNI’s own) are not evaluated. A neighbour that is not there ends in the same error after 3 s and is told apart by that time.',
  experiments: ['endpoints', 'service-address', 'entries', 'identities'],
  suspects: (evidence) => {
    const rejected = rejectedViews(evidence);
    return rejected.length === 0 ? [] : [rejected];
  },
  arm: (rejected) => ({ paths: hopsOf(rejected), fails: true }),
  contrasts: (rejected, evidence) => {
    const expected = rejected.flatMap(({ view }) => view.unobstructed.map(({ expectation }) => expectation.verdict));
    const beside = rejected.flatMap(({ view }) => view.unobstructed.flatMap(({ controls }) => controls));
    const answered = beside.flatMap((path) => path.answered);
    return [
      {
        label: 'Policy',
        holds:
          expected.length > 0 &&
          expected.every((verdict) => verdict === 'allow') &&
          evidence.cluster.networking.unevaluated.length === 0
            ? true
            : null,
        says: 'no NetworkPolicy denies these connects',
        attempts: [],
        settles: 'Look for policies of the CNI’s own kinds that select these pods; kprobe does not evaluate them.',
      },
      {
        label: 'Beside it',
        holds: beside.length === 0 ? null : answered.length > 0,
        says: 'kprobe answers on the same nodes from the same sources',
        attempts: answered.slice(0, 10),
        settles: 'Connect to a probe pod on the same node and port.',
      },
    ];
  },
  suffer: (rejected, evidence) => [
    ...rejected.flatMap(({ view }) => view.all),
    ...evidence.paths.filter(
      ({ path, unanswered, ladder }) => path.to.kind === 'service' && (unanswered.length > 0 || ladder.length > 0),
    ),
  ],
  shows: () => isRationed,
  blame: (rejected, evidence) => {
    const hops = hopsOf(rejected);
    const all = hops.flatMap(({ unanswered }) => unanswered);
    const late = rationedOf(hops);
    const { service } = evidence.target;
    const [only] = rejected;
    const isWhole = rejected.length === backendViews(evidence).length && service !== null;
    const pod = only?.view.pod ?? null;
    return {
      title: `Connects to ${list(rejected.map(({ view }) => nameOfBackend(view)))} are rejected by ICMP, and by no NetworkPolicy`,
      object:
        isWhole && service !== null
          ? { kind: 'Service', namespace: service.namespace, name: service.name }
          : pod === null
            ? null
            : { kind: 'Pod', namespace: pod.namespace, name: pod.name },
      where: null,
      timer: { name: 'ICMP rate limit (icmp_ratelimit)', ms: RATION_MS },
      lines: [
        line(
          'Ration',
          late.length === 0
            ? `all ${count(all.length, 'reject')} came at once: kprobe asks once a second, and so meets no ration; a burst does`
            : `${all.length - late.length} of ${count(all.length, 'reject')} came at once, ${late.length} only after ${list(
                late.map(({ sample }) => duration(sample.totalMs)),
                4,
              )}, when a repeated SYN met the next one`,
          late,
        ),
      ],
      fix: {
        says: `Find the rule on ${list([...new Set(rejected.map(({ view }) => view.backend.node ?? view.backend.address))])}: nft list ruleset or iptables-save, for reject, on the node and in the pod's own network; remove it, or let it drop what is meant to be closed.`,
        manifest: null,
      },
    };
  },
});

/** A proxy's errors, and delays of whole seconds: SYNs are repeated by the second, and its own timeouts are whole ones as well. */
const isRationed: SymptomTest = ({ kind, path, attempt: { sample } }) => {
  if (kind !== 'slow' || path.path.to.kind !== 'entry') return true;
  const seconds = Math.round(sample.totalMs / RATION_MS);
  return seconds >= 1 && seconds <= MOST_SECONDS && isWithin(sample.totalMs, seconds * RATION_MS);
};

/**
 * Endpoints that every source that may reach them is rejected by. Where a policy denies them to others, who are rejected as well, it is the
 * policy engine that rejects, and whom else it means is its own affair.
 */
function rejectedViews(evidence: Evidence): Rejected[] {
  return backendViews(evidence).flatMap((view) => {
    // The one attempt of a connection that is to be kept may have met no message of the ration at all.
    const hops = view.unobstructed.map(({ path }) => path).filter(({ path }) => !isIdling(path));
    const isAll = hops.some(isRejected) && hops.every((hop) => isRejected(hop) || isRationedOut(hop));
    const isPolicy = view.all.some((path) => isBroken(path) && expectationOf(evidence, path).verdict === 'deny');
    // Of an address that no pod has the last node says that nobody is there: no rule.
    return isAll && !isPolicy && !isDeparted(evidence, view) ? [{ view, hops }] : [];
  });
}

/** By an ICMP error that came at once, or by the clock of repeated SYNs: not by a neighbour that was looked for in vain. */
function isRejected(path: PathEvidence): boolean {
  return path.state === 'rejected' && isSoon(path) && path.unanswered.some(isReject);
}

function hopsOf(rejected: readonly Rejected[]): PathEvidence[] {
  return rejected.flatMap(({ hops }) => [...hops]);
}
