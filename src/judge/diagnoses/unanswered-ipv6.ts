import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Blame } from '../engine/diagnosis.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { expectationOf } from '../evidence/expected.ts';
import { isBroken, isWorking } from '../evidence/state.ts';
import { siblingsOf } from '../evidence/families.ts';
import { line } from '../words/words.ts';

/** What a client may go to by IPv6: the entries, a host outside, or the Service and its pods. */
interface Offer {
  readonly kind: 'entries' | 'outside' | 'service';
  readonly measured: readonly PathEvidence[];
  /** Broken, while the same by IPv4 works, and no policy is known to deny it. */
  readonly dead: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'unanswered-ipv6',
  class: 'retransmit-drop',
  layer: 'network',
  title: 'IPv6 addresses are offered, and only IPv4 answers',
  why: 'A name with A and AAAA records, or a dual-stack Service, leaves the choice to the client. One that races addresses waits 200 ms (curl), 250 ms (Node) or 300 ms (Go) before it tries IPv4 beside IPv6, on every fresh connection; one that goes through the list (Java, Python, wget, nginx) waits until its connect timeout or the end of the SYN schedule, or fails. Where IPv6 is refused they go on at once, and who knows IPv6 only fails.',
  test: 'The same entry, Service or pod is asked by its IPv4 and by its IPv6 address from the same vantages: IPv4 answers, IPv6 never does. Probe pods on the same nodes, asked by IPv6 as well, tell the network from the application.',
  remedy:
    'Repair IPv6 (net.ipv6.conf.all.forwarding of the nodes, FORWARD rules of ip6tables, firewalls, routes of the IPv6 pod range, an application that listens on 0.0.0.0 only), or offer no AAAA until then: ipFamilyPolicy SingleStack, no AAAA record.',
  limits:
    'Only what the cluster offers is asked: ClusterIPs and endpoints of both families, and entries that Ingress, Gateway or Service publish. What a NetworkPolicy denies by IPv6 is a finding of that policy. AAAA questions that DNS leaves unanswered are unanswered-aaaa: there the lookup waits, here the connect. IPv4 that is dead beside a good IPv6 is not named.',
  experiments: ['families', 'entries', 'service-address', 'endpoints', 'identities'],
  suspects: offersOf,
  arm: ({ dead }) => ({ paths: dead, fails: dead.length > 0 }),
  contrasts: ({ kind, dead }, evidence) => {
    const good = fourOf(evidence, dead);
    // Whatever stands at an entry, what a client meets there is no pod's policy.
    const isOpen = kind !== 'entries' && dead.some((path) => expectationOf(evidence, path).verdict === 'unknown');
    return [
      {
        label: 'IPv4',
        holds: good.length > 0,
        says: `the same from the same vantages: ${good.length} of ${good.length} paths answer`,
        attempts: good.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Ask the same by its IPv4 address.',
      },
      ...(isOpen
        ? [
            {
              label: 'Policy',
              holds: null,
              says: '',
              attempts: [],
              settles: 'Ask by IPv6 from an identity that NetworkPolicy is known to admit.',
            },
          ]
        : []),
    ];
  },
  suffer: (_offer, evidence) =>
    evidence.otherFamily.filter(
      ({ path: { to }, unanswered }) => (to.kind === 'service' || to.kind === 'agent') && unanswered.length > 0,
    ),
  blame,
});

function offersOf(evidence: Evidence): Offer[] {
  const six = evidence.otherFamily.filter((path) => path.state !== 'unmeasured' && isSix(path));
  return (['entries', 'outside', 'service'] as const).flatMap((kind) => {
    const measured = six.filter((path) => kindOf(path) === kind);
    const dead = measured.filter(
      (path) => isDead(evidence, path) && !isMixed(evidence, path) && siblingsOf(evidence, path).some(isWorking),
    );
    return measured.length === 0 ? [] : [{ kind, measured, dead }];
  });
}

/** Not as a policy says it must. */
function isDead(evidence: Evidence, path: PathEvidence): boolean {
  return isBroken(path) && expectationOf(evidence, path).verdict !== 'deny';
}

/** Behind the Service some endpoints answer this vantage by IPv6 and others do not: a few attempts may have met the latter only. */
function isMixed(evidence: Evidence, { path: { to }, from }: PathEvidence): boolean {
  if (to.kind !== 'service') return false;
  const behind = evidence.otherFamily.filter(
    (path) => path.from.id === from.id && path.path.to.kind === 'backend' && path.state !== 'unmeasured',
  );
  return !behind.every(isWorking) && !behind.every((path) => isDead(evidence, path));
}

function kindOf({ path: { to } }: PathEvidence): Offer['kind'] | null {
  switch (to.kind) {
    case 'entry':
      return 'entries';
    case 'external':
      return 'outside';
    case 'service':
    case 'backend':
      return 'service';
    default:
      return null;
  }
}

function isSix({ path: { to } }: PathEvidence): boolean {
  return 'address' in to ? to.address.includes(':') : to.kind === 'agent' && to.family === 'IPv6';
}

function fourOf(evidence: Evidence, dead: readonly PathEvidence[]): PathEvidence[] {
  return [...new Set(dead.flatMap((path) => siblingsOf(evidence, path).filter(isWorking)))];
}

function blame({ kind, measured, dead }: Offer, evidence: Evidence): Blame {
  const isRefused = dead.every(({ state }) => state === 'refused' || state === 'rejected');
  const does = isRefused ? 'refuses every connect' : 'answers nobody';
  const addresses = [...new Set(dead.flatMap(({ path: { to } }) => ('address' in to ? [to.address] : [])))];
  const some = dead.length < measured.length ? ` (${dead.length} of ${measured.length} paths)` : '';
  const isOutside = some !== '' && dead.every(({ from }) => from.kind === 'local');
  const beside = echoesOf(evidence);
  const well = beside.filter(isWorking);
  return {
    title: `${subjectOf(kind, evidence)} answers by IPv4, and ${does} by IPv6${isOutside ? ' from outside' : some}`,
    object: objectOf(kind, evidence),
    where: null,
    timer: isRefused ? null : { name: 'address racing of the client (Happy Eyeballs)', ms: 250 },
    why: isRefused
      ? line('Who feels it', 'clients that try IPv6 first go on to IPv4 at once; those that know IPv6 only fail')
      : line(
          'Who waits',
          'clients that try IPv6 first wait 200 ms (curl), 250 ms (Node) or 300 ms (Go) on each fresh connection, then IPv4 answers; those that try one address after the other wait for their connect timeout',
        ),
    lines: [
      line('IPv6', list(addresses, 4)),
      ...(beside.length === 0
        ? []
        : [
            line(
              'Beside it',
              `${well.length} of ${beside.length} paths to kprobe's own pods on these nodes work by IPv6`,
              well.flatMap(({ answered }) => answered).slice(0, 10),
            ),
          ]),
    ],
    fix: {
      says: remedyOf(kind, evidence, { addresses, isRefused, isNetwork: well.length < beside.length }),
      manifest: null,
    },
  };
}

function subjectOf(kind: Offer['kind'], { target }: Evidence): string {
  switch (kind) {
    case 'entries':
      return `The ingress of ${target.host ?? target.input}`;
    case 'outside':
      return target.host ?? target.input;
    case 'service':
      return `Service ${target.service?.namespace}/${target.service?.name}`;
    default:
      return kind satisfies never;
  }
}

/** By IPv6 to probe pods that no policy selects. */
function echoesOf({ otherFamily }: Evidence): PathEvidence[] {
  return otherFamily.filter((path) => path.to?.kind === 'control' && path.state !== 'unmeasured' && isSix(path));
}

function objectOf(kind: Offer['kind'], { target: { service, route } }: Evidence): Blame['object'] {
  if (kind === 'entries') return route;
  return service === null ? null : { kind: 'Service', namespace: service.namespace, name: service.name };
}

interface Shape {
  readonly addresses: readonly string[];
  readonly isRefused: boolean;
  /** Probe pods do no better. */
  readonly isNetwork: boolean;
}

function remedyOf(
  kind: Offer['kind'],
  { target: { service } }: Evidence,
  { addresses, isRefused, isNetwork }: Shape,
): string {
  if (kind === 'entries')
    return `Let IPv6 through to ${list(addresses, 4)} (firewall, security group, listener of the load balancer), or take the AAAA record away until it is.`;
  if (kind === 'outside')
    return `Let pods out by IPv6 (default route and masquerading of the nodes, the firewall in front), or give them no IPv6 address; until then clients can be told to prefer IPv4 (gai.conf, java.net.preferIPv4Stack, --dns-result-order=ipv4first).`;
  const until =
    service === null
      ? ''
      : ` Until then offer IPv4 alone: kubectl -n ${service.namespace} patch service ${service.name} -p '{"spec":{"ipFamilyPolicy":"SingleStack"}}'.`;
  if (isNetwork)
    return `Look at IPv6 on the nodes: sysctl net.ipv6.conf.all.forwarding (must be 1), ip6tables -S FORWARD, ip -6 route, the firewall between nodes.${until}`;
  return isRefused
    ? `Let the application listen on [::] (it listens for IPv4 only).${until}`
    : `Look at what filters IPv6 to these pods: ip6tables in the pods and on their nodes.${until}`;
}
