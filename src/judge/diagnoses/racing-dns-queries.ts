import { count, duration, percent } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { PathEvidence, Attempt } from '../evidence/evidence.ts';
import { isUdpQuestion, lostQuestions } from '../views/dns-loss.ts';
import { frontPaths, replicasOf, resolverWaitMs } from '../views/dns.ts';
import { line } from '../words/words.ts';

/** One lost datagram is chance, the second is a pattern. */
const FEWEST = 2;

export default defineDiagnosis({
  id: 'racing-dns-queries',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'Of two DNS questions from one socket, one gets lost at the node',
  why: "getaddrinfo sends A and AAAA at once from one socket. Both packets are new to the node, which translates the DNS Service's address and enters each into its connection table: the second to arrive finds the place taken and is dropped. glibc asks again after 5 s, musl after 2.5 s.",
  test: 'A and AAAA from one socket to the DNS Service, each alone to the same Service, and both straight to its pods: only the pair through the Service loses one of its answers, never both. The count of failed insertions on the node (conntrack -S, insert_failed) would prove it.',
  remedy:
    'Ask without the translation (NodeLocal DNSCache), or from two sockets: `options single-request-reopen` in dnsConfig (glibc; musl has no such option). Newer kernels resolve most such clashes.',
  limits:
    "The node's count of failed insertions is not held against these questions, so this stays likely. A firewall on the node that drops a second packet looks the same.",
  experiments: ['record-types', 'dns-servers', 'client-resolution'],
  suspects: (evidence) => {
    const pairs = evidence.paths.filter((path) => isPair(path) && isThroughService(path));
    return pairs.length === 0 ? [] : [pairs];
  },
  arm: (pairs) => ({
    paths: pairs.filter((path) => halved(path).length > 0),
    fails: pairs.flatMap(halved).length >= FEWEST,
  }),
  contrasts: (pairs, evidence) => {
    const alone = evidence.paths.filter((path) => isUdpQuestion(path) && isThroughService(path) && !isPair(path));
    const straight = replicasOf(evidence)
      .flatMap(({ all }) => all)
      .filter(isPair);
    return [
      contrast('Alone', alone, {
        says: 'to the same address, one from each socket',
        settles: 'Ask for A alone: `dig A`, or getaddrinfo for IPv4 only.',
      }),
      contrast('No NAT', straight, {
        says: 'to the DNS pods themselves, both from one socket',
        settles: 'Ask the DNS pods for both by their own addresses.',
      }),
      {
        label: 'Counter',
        holds: null,
        says: '',
        attempts: [],
        settles: `Read insert_failed of \`conntrack -S\` on ${nodesOf(pairs)} before and after.`,
      },
    ];
  },
  suffer: (_pairs, evidence) => frontPaths(evidence),
  blame: (pairs, evidence) => {
    const [broken, waitMs] = [pairs.flatMap(halved), resolverWaitMs(evidence)];
    const tried = pairs.flatMap(({ attempts }) => attempts).length;
    const { dnsService } = evidence.cluster;
    return {
      title: `A and AAAA asked at once through the DNS Service: in ${percent(broken.length / tried)} of the pairs one is lost`,
      object: dnsService === null ? null : { kind: 'Service', ...dnsService },
      where: { from: nodesOf(pairs), to: 'DNS' },
      timer: { name: 'resolver timeout', ms: waitMs },
      lines: [
        line(
          `Why ${duration(waitMs)}`,
          `getaddrinfo asks for both at once, and again only after the resolver's timeout (${count(broken.length, 'pair')} of ${tried} had one answer)`,
        ),
      ],
      fix: {
        says: 'spec.dnsConfig.options: [{name: single-request-reopen}] in the pods that use glibc, or NodeLocal DNSCache for all.',
        manifest: null,
      },
    };
  },
});

function isPair({ path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'dns' && probe.transport === 'udp' && probe.type === 'A+AAAA';
}

function isThroughService({ path: { to }, state }: PathEvidence): boolean {
  return to.kind === 'dns-server' && to.service !== null && state !== 'unmeasured';
}

/** Attempts of which one question was answered and the other never. */
function halved({ unanswered }: PathEvidence): Attempt[] {
  return unanswered.filter(({ sample: { dns } }) => dns?.questions.filter(({ rcode }) => rcode === null).length === 1);
}

function contrast(label: string, paths: readonly PathEvidence[], words: { says: string; settles: string }) {
  const loss = lostQuestions(paths);
  return {
    label,
    holds: loss.of === 0 ? null : loss.count === 0,
    says: `${words.says}: all ${loss.of} questions answered`,
    attempts: paths.flatMap(({ answered }) => answered).slice(0, 10),
    settles: words.settles,
  };
}

function nodesOf(pairs: readonly PathEvidence[]): string {
  const nodes = new Set(pairs.filter((path) => halved(path).length > 0).map(({ from }) => from.node));
  const [only] = nodes;
  return nodes.size === 1 && typeof only === 'string' ? only : 'all nodes';
}
