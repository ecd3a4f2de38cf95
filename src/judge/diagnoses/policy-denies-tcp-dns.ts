import type { ObjectName } from '../../model/cluster.ts';
import { list } from '../../model/format.ts';
import { isSameName } from '../../model/named.ts';
import type { Finding } from '../../model/verdict.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { allowDnsFix } from '../fixes/let-out.ts';
import { answeredByUdp, deniedQueries, isOfClient, queryOfControl } from '../views/denied-queries.ts';
import { areConnected, meshOf } from '../views/mesh.ts';
import { behaviour, labelOfClient, line, nameOfClient } from '../words/words.ts';

/** A policy's denial by TCP of questions that the same source is answered by UDP. */
interface TcpDenial {
  readonly direction: 'ingress' | 'egress';
  readonly paths: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'policy-denies-tcp-dns',
  class: 'policy',
  layer: 'policy',
  title: 'A NetworkPolicy admits DNS by UDP and denies it by TCP',
  why: 'Short names resolve, so nobody suspects DNS. An answer that does not fit a datagram (many endpoints of a headless Service, long CNAME chains, SRV and TXT) comes back marked as truncated, the resolver asks again by TCP, and that connect is dropped: glibc hangs for 134 s, Node 20 s, c-ares 12 s, Go 10 s; where it is rejected the lookup fails at once.',
  test: 'The same source asks the same server the same question by UDP and by TCP: UDP is answered, TCP is not. A control on the same node is answered by both.',
  remedy: 'Allow port 53 by TCP beside UDP, to the DNS pods and on their container port.',
  limits:
    'Needs --from where it is the policy of a client. Nothing is felt until an answer is too long for a datagram; whether one is depends on the names that the application asks for.',
  experiments: ['dns-transports', 'dns-servers', 'node-pairs'],
  suspects: (evidence) => [...denialsOf(evidence, 'egress'), ...denialsOf(evidence, 'ingress')],
  arm: ({ paths }) => ({ paths, fails: true }),
  contrasts: (denial, evidence) => [udpContrast(denial, evidence), neutralContrast(denial, evidence)],
  suffer: ({ paths }, evidence) => evidence.paths.filter((path) => isCutShort(evidence, path, paths)),
  shows:
    ({ paths }, evidence) =>
    ({ path }) =>
      isCutShort(evidence, path, paths),
  blame: ({ direction, paths }, evidence) => {
    const [first] = paths;
    const expectation = first === undefined ? null : expectationOf(evidence, first);
    const policy = first === undefined ? undefined : halfOpenedBy(evidence, first);
    const who = first === undefined || direction === 'ingress' ? 'anybody' : nameOfClient(first.from);
    const isLong = evidence.paths.some((path) => isOfSources(paths, path) && isTruncated(path));
    return {
      title: `NetworkPolicy ${policy === undefined ? '' : `${policy.namespace}/${policy.name} `}lets ${who} ask DNS by UDP and not by TCP: answers too long for a datagram never come`,
      object: policy === undefined ? null : { kind: 'NetworkPolicy', ...policy },
      where: { from: list([...new Set(paths.map((path) => path.from.node ?? '?'))]), to: 'DNS' },
      timer: { name: 'TCP connect after a truncated answer (glibc)', ms: GLIBC_TCP_MS },
      armLabel: direction === 'egress' ? labelOfClient(paths) : 'Where',
      lines: [
        line('Who', expectation?.because ?? ''),
        ...(isLong ? [line('Felt', 'an answer by UDP came back truncated: the next step is TCP')] : []),
      ],
      fix: first === undefined ? null : fixFor(evidence, direction, { path: first, policy }),
    };
  },
});

/** How long getaddrinfo of glibc hangs on a dropped TCP connect to port 53 (timers reference 11, measured); milliseconds. */
const GLIBC_TCP_MS = 134_000;

/** One for the policies of each direction: clients by their own, everybody by those of the DNS pods. */
function denialsOf(evidence: Evidence, direction: TcpDenial['direction']): TcpDenial[] {
  const denied = deniedQueries(evidence, 'tcp', direction).filter(
    (path) => (direction === 'ingress' || isOfClient(path)) && answeredByUdp(evidence, path).length > 0,
  );
  const byPolicy = Map.groupBy(denied, (path) =>
    expectationOf(evidence, path)
      .policies.map(({ namespace, name }) => `${namespace}/${name}`)
      .join(' '),
  );
  return [...byPolicy.values()].map((paths) => ({ direction, paths }));
}

function udpContrast({ paths }: TcpDenial, evidence: Evidence): Contrast {
  const answered = paths.flatMap((path) => answeredByUdp(evidence, path));
  return {
    label: 'UDP',
    holds: answered.length > 0 ? true : null,
    says: `the same source, the same server: ${answered[0] === undefined ? '' : behaviour(answered[0])}`,
    attempts: answered.flatMap((path) => path.answered).slice(0, MOST_ATTEMPTS),
    settles: 'Ask the same server the same question by UDP.',
  };
}

const MOST_ATTEMPTS = 10;

/** What no policy of this denial is about: a neutral client, or, where the servers' own policy denies, a neutral pod beside the server. */
function neutralContrast({ direction, paths }: TcpDenial, evidence: Evidence): Contrast {
  const working =
    direction === 'egress'
      ? paths.flatMap((path) => queryOfControl(evidence, path)).filter(isWorking)
      : paths.flatMap((path) => besideServer(evidence, path));
  const [control] = working;
  return {
    label: 'Control',
    holds: control === undefined ? null : true,
    says:
      direction === 'egress'
        ? `the same query by TCP from the same node with a neutral identity: ${control === undefined ? '' : behaviour(control)}`
        : `TCP from the same node to a probe pod beside the server: ${control === undefined ? '' : behaviour(control)}`,
    attempts: control?.answered ?? [],
    settles: 'Ask the same servers by TCP with an identity that no policy selects.',
  };
}

function besideServer(evidence: Evidence, { from, path: { to } }: PathEvidence): PathEvidence[] {
  const node = 'node' in to ? to.node : null;
  if (node === null || from.node === null || areConnected(evidence, from.node, node) !== true) return [];
  const pair = meshOf(evidence).between(from.node, node);
  return pair === null ? [] : [pair.path].filter(isWorking);
}

/** Lookups of the same sources that fail once a truncated answer has sent them to TCP. */
function isCutShort(evidence: Evidence, path: PathEvidence, paths: readonly PathEvidence[]): boolean {
  if (!isOfSources(paths, path)) return false;
  const isLookup = path.path.to.kind === 'resolver' && (isBroken(path) || path.unanswered.length > 0);
  return isLookup && evidence.paths.some((other) => isOfSources(paths, other) && isTruncated(other));
}

function isOfSources(paths: readonly PathEvidence[], { from }: PathEvidence): boolean {
  return paths.some((path) => path.from.id === from.id);
}

function isTruncated({ answered }: PathEvidence): boolean {
  return answered.some(({ sample }) => sample.dns?.truncated === true);
}

/** The policy that admits UDP, and so is the one that lacks TCP; of those that only deny, there may be more. */
function halfOpenedBy(evidence: Evidence, path: PathEvidence): ObjectName | undefined {
  const admitting = answeredByUdp(evidence, path).flatMap((other) => expectationOf(evidence, other).policies);
  const denying = expectationOf(evidence, path).policies;
  return admitting.find((each) => denying.some((other) => isSameName(each, other))) ?? denying[0];
}

function fixFor(
  evidence: Evidence,
  direction: TcpDenial['direction'],
  { path, policy }: { readonly path: PathEvidence; readonly policy: ObjectName | undefined },
): Finding['fix'] {
  if (direction === 'egress') return allowDnsFix(evidence, path, policy);
  return {
    says: 'Add TCP beside UDP to the ports of the rule that admits DNS, on the container port of the DNS pods.',
    manifest: null,
  };
}
