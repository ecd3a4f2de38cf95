import { count, duration, interval, list, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { hellosOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { chancePaths, isUdpQuestion, lostQuestions } from '../views/dns-loss.ts';
import { dnsServersOf, frontPaths, isDeadServer, nameOfServer, resolverWaitMs } from '../views/dns.ts';
import type { DnsServer } from '../views/dns.ts';
import { TELLING_CHANCE, chanceOfMissing } from '../views/distinguishable.ts';
import { meshOf } from '../views/mesh.ts';
import { questionsOf } from '../evidence/search-list.ts';
import { line } from '../words/words.ts';

/** One lost datagram is chance, the second is a pattern; so is a second connect that needed its SYN again. */
const FEWEST = 2;

/** Servers that lose answers, and those that do not. */
interface Suspect {
  readonly lossy: readonly DnsServer[];
  readonly others: readonly DnsServer[];
  readonly paths: readonly PathEvidence[];
}

export default defineDiagnosis({
  id: 'lost-dns-answers',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'A share of DNS answers gets lost',
  why: 'Nothing sends a lost datagram again but the resolver, after its own timeout: 5 s in glibc (or what `options timeout` says), 2.5 s in musl. A lookup sends two questions for every name of the search list that it tries, and waits if any of them is lost, so a small loss makes a large share of lookups slow.',
  test: 'The same questions go to each server directly, many times, by UDP and by TCP, beside datagrams and connects between probe pods of the same nodes: answers are missing by UDP from servers that answer at other times, and nothing else is lost.',
  remedy:
    'Look where the servers run: CPU throttling and full receive buffers of the DNS pods (UdpRcvbufErrors), conntrack drops and a full table of their nodes, packet rate limits of the cloud (AWS: 1,024 DNS packets a second and interface). A cache on each node (NodeLocal DNSCache) asks by TCP.',
  limits:
    'Loss below about one in twenty needs more questions than one diagnosis asks. Whether the question or its answer was lost cannot be seen by who asks.',
  experiments: ['dns-servers', 'dns-transports', 'record-types', 'client-resolution', 'node-pairs', 'datagrams'],
  isEffect: true,
  suspects: (evidence) => {
    const servers = dnsServersOf(evidence).filter((server) => !isDeadServer(server));
    const lossy = servers.filter((server) => lostQuestions(chancePaths(evidence, server)).count > 0);
    if (lossy.length === 0) return [];
    const clean = servers.filter((server) => !lossy.includes(server));
    const own = lossOf(evidence, lossy);
    const others = clean.filter(
      (server) => chanceOfMissing(own.count, own.of, lossOf(evidence, [server]).of) < TELLING_CHANCE,
    );
    const paths = lossy.flatMap((server) => chancePaths(evidence, server)).filter(loses);
    return [{ lossy, others, paths }];
  },
  arm: ({ paths }) => ({ paths, fails: lostQuestions(paths).count >= FEWEST }),
  contrasts: ({ others, paths }, evidence) => [
    tcpContrast(evidence, paths),
    datagramContrast(evidence),
    ...(others.length === 0
      ? []
      : [
          {
            label: 'Others',
            holds: true,
            says: `${list(others.map(nameOfServer))}: none of ${lossOf(evidence, others).of} questions lost`,
            attempts: others.flatMap(({ asked }) => asked.flatMap(({ answered }) => answered)).slice(0, 10),
            settles: '',
          },
        ]),
  ],
  suffer: ({ lossy }, evidence) => [
    ...lossy.flatMap(({ all }) => all).filter((path) => isUdpQuestion(path) && loses(path)),
    ...frontPaths(evidence),
  ],
  blame: (suspect, evidence) => {
    const loss = lossOf(evidence, suspect.lossy);
    const waitMs = resolverWaitMs(evidence);
    const pinned = pinnedOf(suspect);
    const { dnsService } = evidence.cluster;
    const source = onlySource(evidence, suspect);
    const of = source === null ? '' : ` to ${source}`;
    const pod = pinned?.pod ?? null;
    return {
      title: `${nameOf(suspect)} ${pinned === null ? 'lose' : 'loses'} ${percent(loss.share)} of the answers by UDP${of}`,
      object: pod !== null ? { kind: 'Pod', ...pod } : dnsService === null ? null : { kind: 'Service', ...dnsService },
      where: { from: source ?? 'all nodes', to: pinned?.node ?? pinned?.address ?? 'DNS' },
      timer: { name: 'resolver timeout', ms: waitMs },
      lines: [
        line('Loss', `${loss.count} of ${loss.of} questions (95 % interval ${interval(loss.interval)})`),
        ...priceLines(evidence, loss.share),
      ],
      fix: { says: fixFor(pinned), manifest: null },
    };
  },
});

function loses(path: PathEvidence): boolean {
  return lostQuestions([path]).count > 0;
}

function lossOf(evidence: Evidence, servers: readonly DnsServer[]) {
  return lostQuestions(servers.flatMap((server) => chancePaths(evidence, server)));
}

/** By TCP the kernel repeats what is lost, and counts it: where it had to, the network loses whatever it carries. */
function tcpContrast(evidence: Evidence, paths: readonly PathEvidence[]) {
  const servers = new Set(paths.map(addressOf));
  const tcp = evidence.paths.filter(
    (path) => path.path.probe.kind === 'dns' && path.path.probe.transport === 'tcp' && servers.has(addressOf(path)),
  );
  const all = [...tcp, ...meshOf(evidence).pairs.map(({ path }) => path)];
  const connects = asideFromLossyNodes(all, paths);
  const repeated = connects.flatMap(({ ladder }) => ladder).length;
  const answered = tcp.flatMap((path) => path.answered);
  return {
    label: 'By TCP',
    holds: repeated >= FEWEST ? false : answered.length === 0 ? null : true,
    says: `the same servers answer ${count(answered.length, 'question')} over TCP, and ${connects.flatMap(({ attempts }) => attempts).length} connects lost ${repeated === 0 ? 'nothing' : 'one SYN'}`,
    attempts: answered.slice(0, 10),
    settles: 'Ask the same servers over TCP.',
  };
}

/**
 * Without those of nodes that lose connects as well, where enough questions of other nodes got lost beside: what such a node loses is its own
 * trouble, and does not clear the servers of theirs.
 */
function asideFromLossyNodes(connects: readonly PathEvidence[], questions: readonly PathEvidence[]) {
  const lossy = new Set(connects.filter(({ ladder }) => ladder.length > 0).map(({ from }) => from.node));
  const elsewhere = questions.filter(({ from }) => !lossy.has(from.node));
  return lostQuestions(elsewhere).count < FEWEST ? connects : connects.filter(({ from }) => !lossy.has(from.node));
}

function datagramContrast(evidence: Evidence) {
  const udp = evidence.paths.filter(
    ({ path: { probe, experiments }, answered }) =>
      probe.kind === 'udp' && answered.length > 0 && !experiments.includes('packet-sizes'),
  );
  const lost = udp.flatMap(({ unanswered }) => unanswered).length;
  const answered = udp.flatMap((path) => path.answered);
  return {
    label: 'Datagrams',
    holds: answered.length === 0 || lost >= FEWEST ? null : true,
    says: `${answered.length} of ${answered.length + lost} between probe pods of the same nodes arrive`,
    attempts: answered.slice(0, 10),
    settles: 'Send datagrams between probe pods of the same nodes: if they are lost as well, it is not the servers.',
  };
}

/** Vantages on one node alone miss answers, and chance would not leave the others out. */
function onlySource(evidence: Evidence, { lossy }: Suspect): string | null {
  const paths = lossy.flatMap((server) => chancePaths(evidence, server));
  const nodes = Map.groupBy(paths, ({ from }) => from.node);
  const losing = [...nodes].filter(([, own]) => lostQuestions(own).count > 0);
  const [node, own] = losing[0] ?? [null, []];
  if (node === null || losing.length !== 1) return null;
  const { count: lost, of } = lostQuestions(own);
  const elsewhere = lostQuestions(paths.filter(({ from }) => from.node !== node)).of;
  return chanceOfMissing(lost, of, elsewhere) < TELLING_CHANCE ? node : null;
}

/** What a loss of single questions means for a lookup, which sends many. */
function priceLines(evidence: Evidence, share: number) {
  const lookup =
    evidence.paths.find(({ path }) => path.userFacing && path.to.kind === 'resolver') ??
    evidence.paths.find(({ path }) => path.to.kind === 'resolver');
  const hello = lookup === undefined ? undefined : hellosOf(evidence).get(lookup.from.id);
  if (lookup?.path.to.kind !== 'resolver' || hello === undefined) return [];
  const { name } = lookup.path.to;
  const questions = questionsOf(name, hello.resolver);
  const slow = 1 - (1 - share) ** questions;
  const waitMs = resolverWaitMs(evidence);
  return [
    line(
      `Why ${duration(waitMs)}`,
      `a lookup of ${name} sends ${questions} questions, so about ${percent(slow)} of lookups miss an answer and wait for the resolver's timeout`,
    ),
  ];
}

/** The one server that loses answers, where the others are clear of it. */
function pinnedOf({ lossy, others }: Suspect): DnsServer | null {
  return lossy.length === 1 && others.length > 0 ? (lossy[0] ?? null) : null;
}

function nameOf(suspect: Suspect): string {
  const pinned = pinnedOf(suspect);
  if (pinned !== null) return `DNS server ${nameOfServer(pinned)}`;
  return suspect.others.length > 0 ? list(suspect.lossy.map(nameOfServer)) : 'The DNS servers';
}

function fixFor(pinned: DnsServer | null): string {
  const look =
    'CPU throttling and UDP receive errors (RcvbufErrors) of the DNS pods, conntrack -S (drop, insert_failed) and the packet limits of their nodes';
  const pod = pinned?.pod ?? null;
  return pod === null
    ? `Look for ${look}.`
    : `kubectl -n ${pod.namespace} delete pod ${pod.name} moves it; then look on ${pinned?.node ?? 'its node'} for ${look}.`;
}

function addressOf({ path: { to } }: PathEvidence): string {
  return 'address' in to ? to.address : '';
}
