import { duration, list, percent } from '../../model/format.ts';
import { domainOf } from '../../model/resolver.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Contrast } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { dnsServersOf, frontPaths, isPlainQuery, nameOfServer } from '../views/dns.ts';
import type { DnsServer } from '../views/dns.ts';
import { nameAsked } from '../views/dns-loss.ts';
import { haveNoCpu, noCpuContrast } from '../views/node-cpu.ts';
import { line } from '../words/words.ts';

/** Answers of one server for one name: fewer are a busy moment. */
const FEWEST = 3;
/** Most of them are late: of a healthy server on two CPUs with a load of 17, up to four in ten answers were. */
const LATE_SHARE = 0.6;
/** A lookup asks twice at least, one name of the search list after the other: what takes half of what is slow is slow by then. */
const ASKED_AT_LEAST = 2;
/** Of kprobe's own answers on the same way, a part so many times smaller is as late: else it is the way, or a busy machine. */
const SELDOM = 3;
/** Late answers take, in the middle, so many times what kprobe's own take on the same way, or its connects to the server. */
const CLEARLY = 5;

interface Suspect {
  /** Servers that are late with names of the cluster. */
  readonly late: readonly DnsServer[];
  /** Servers that are not. */
  readonly prompt: readonly DnsServer[];
}

export default defineDiagnosis({
  id: 'slow-dns',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'The DNS servers themselves take long, also for names of the cluster',
  why: 'Names of the cluster are in the memory of its DNS servers: they take a millisecond, whatever the upstream does. A server that takes hundreds of them has too little CPU (a limit, a busy node), too much to do, or something in its way that it waits for with every question (a plugin, a log, an API server that does not answer). A lookup asks for one name of the search list after the other, so it takes a multiple of that.',
  test: "The same questions for a name of the cluster go straight to each server, by UDP and by TCP: the answer is late by both while the connect, which the server's kernel makes, is not, and while probe pods on the same nodes answer each other at once.",
  remedy:
    'Look at the CPU of the DNS pods (kubectl top, their limit, nr_throttled of their cpu.stat), at how many questions they get (search lists and ndots:5 make five of one), and at the plugins in the Corefile; more replicas, no CPU limit, a cache on each node (NodeLocal DNSCache).',
  limits:
    'What keeps the server busy is not seen; where its node has no CPU to spare, and probe pods there answer late as well, it is possible at most. A server that only the resolv.conf of the client names has no probe pod beside it: there it is likely at most. Slower than usual, and still below half of what counts as slow, is not reported.',
  experiments: ['dns-servers', 'dns-transports', 'client-resolution', 'node-pairs', 'datagrams'],
  suspects: (evidence): Suspect[] => {
    const late = dnsServersOf(evidence).filter((server) => isLate(evidence, server));
    if (late.length === 0) return [];
    const usual = usualMs(evidence, late);
    const others = dnsServersOf(evidence).filter((server) => !late.includes(server));
    return [{ late, prompt: others.filter((server) => isPrompt(evidence, server, usual)) }];
  },
  arm: ({ late }, evidence) => ({
    paths: latePaths(evidence, late),
    fails: isSlowBeside(evidence, late) && haveNoCpu(evidence, nodesOf(late)) ? null : true,
  }),
  contrasts: ({ late, prompt }, evidence) => [
    wayContrast(evidence, late),
    tcpContrast(evidence, late),
    ...(prompt.length === 0 ? [] : [othersContrast(evidence, prompt)]),
    ...(isSlowBeside(evidence, late) ? noCpuContrast(evidence, nodesOf(late)) : []),
  ],
  suffer: ({ late }, evidence) => [
    ...late
      .flatMap(({ all }) => all)
      .filter((path) => path.answered.some((attempt) => isLateAnswer(evidence, attempt))),
    ...frontPaths(evidence),
  ],
  shows: ({ late }, evidence) => {
    const quickest = Math.min(...lateAttempts(evidence, late).map(totalMs));
    return ({ kind, attempt }) => kind === 'slow' && totalMs(attempt) >= quickest;
  },
  blame: ({ late, prompt }, evidence) => {
    const [attempts, all] = [lateAttempts(evidence, late), late.flatMap((server) => answersOf(evidence, server))];
    const [low, high] = [Math.min(...attempts.map(totalMs)), Math.max(...attempts.map(totalMs))];
    const only = late.length === 1 ? (late[0] ?? null) : null;
    const pod = only !== null && (prompt.length > 0 || evidence.cluster.dnsService === null) ? only.pod : null;
    const { dnsService } = evidence.cluster;
    const ofClient = late.every((server) => server.pod === null);
    const isOne = only !== null && (pod !== null || ofClient);
    return {
      title: `${isOne ? `DNS server ${nameOfServer(only)} takes` : 'The DNS servers take'} ${duration(low)} to ${duration(high)} to answer for names of the cluster`,
      object:
        pod !== null
          ? { kind: 'Pod', ...pod }
          : dnsService === null || ofClient
            ? null
            : { kind: 'Service', ...dnsService },
      where: { from: 'all nodes', to: only?.node ?? only?.address ?? 'DNS' },
      lines: [
        line('Share', `${attempts.length} of ${all.length} answers (${percent(lateShare(evidence, all))}) are late`),
      ],
      fix: { says: fixFor(pod, dnsService?.namespace ?? 'kube-system'), manifest: null },
    };
  },
});

/** Answers for names of the cluster, by UDP. */
function answersOf(evidence: Evidence, server: DnsServer): Attempt[] {
  return ownNames(evidence, server).flatMap(({ answered }) => answered);
}

function ownNames({ cluster }: Evidence, { all }: DnsServer): PathEvidence[] {
  const domain = `.${domainOf(cluster)}`;
  return all.filter((path) => isPlainQuery(path) && nameAsked(path).replace(/\.$/u, '').endsWith(domain));
}

/** Without what the prober itself waited for a CPU. */
function isLateAnswer({ slowAfterMs }: Evidence, attempt: Attempt): boolean {
  const { cpuWaitMs, stalledMs } = attempt.sample;
  return totalMs(attempt) - Math.max(cpuWaitMs, stalledMs) >= slowAfterMs / ASKED_AT_LEAST;
}

/** With any name of the cluster: it may know one at once and have to look for another. */
function isLate(evidence: Evidence, server: DnsServer): boolean {
  return [...Map.groupBy(ownNames(evidence, server), nameAsked).values()].some((paths) => {
    const answers = paths.flatMap((path) => path.answered);
    const late = answers.filter((attempt) => isLateAnswer(evidence, attempt)).length;
    return late >= FEWEST && late >= LATE_SHARE * answers.length;
  });
}

/** `usual` is what late answers of the others take, milliseconds. */
function isPrompt(evidence: Evidence, server: DnsServer, usual: number): boolean {
  const answers = answersOf(evidence, server);
  return answers.length >= FEWEST && (median(answers.map(totalMs)) ?? Infinity) * CLEARLY <= usual;
}

function latePaths(evidence: Evidence, late: readonly DnsServer[]): PathEvidence[] {
  return late
    .flatMap((server) => ownNames(evidence, server))
    .filter(({ answered }) => answered.some((attempt) => isLateAnswer(evidence, attempt)));
}

function lateAttempts(evidence: Evidence, late: readonly DnsServer[]): Attempt[] {
  return late.flatMap((server) => answersOf(evidence, server)).filter((attempt) => isLateAnswer(evidence, attempt));
}

function lateShare(evidence: Evidence, attempts: readonly Attempt[]): number {
  return attempts.filter((attempt) => isLateAnswer(evidence, attempt)).length / Math.max(1, attempts.length);
}

function usualMs(evidence: Evidence, late: readonly DnsServer[]): number {
  return median(lateAttempts(evidence, late).map(totalMs)) ?? 0;
}

/** kprobe's own answers on the nodes of these servers, to those who asked them: what is late as well is the way, or the node. */
function wayContrast(evidence: Evidence, servers: readonly DnsServer[]): Contrast {
  const nodes = nodesOf(servers);
  const answered = answersBeside(evidence, servers);
  const usual = median(answered.map(totalMs));
  const asked = servers.flatMap((server) => answersOf(evidence, server));
  const isSeldom = lateShare(evidence, answered) * SELDOM <= lateShare(evidence, asked);
  const isApart = (usual ?? 0) * CLEARLY <= usualMs(evidence, servers) && isSeldom;
  const isWhole = servers.every(({ node }) => node !== null);
  return {
    label: 'Same way',
    holds: usual === null ? null : !isApart ? false : isWhole ? true : null,
    says: `probe pods on ${nodes.size === 1 ? 'its node' : 'their nodes'} answer each other in ${duration(usual ?? 0)}`,
    attempts: answered.slice(0, 10),
    settles: 'Ask a probe pod on the node of the server, from where the server is asked.',
  };
}

function answersBeside({ paths }: Evidence, servers: readonly DnsServer[]): Attempt[] {
  const nodes = nodesOf(servers);
  const beside = paths.filter(
    ({ to, from, path: { probe } }) =>
      to !== null &&
      nodes.has(to.node ?? '') &&
      from.kind !== 'local' &&
      (probe.kind === 'udp' || probe.kind === 'tcp'),
  );
  return beside.flatMap((path) => path.answered);
}

function nodesOf(servers: readonly DnsServer[]): Set<string> {
  return new Set(servers.flatMap(({ node }) => node ?? []));
}

/** kprobe's own answers there are themselves so late that a machine without a CPU to spare may be all there is to it. */
function isSlowBeside(evidence: Evidence, servers: readonly DnsServer[]): boolean {
  const usual = median(answersBeside(evidence, servers).map(totalMs)) ?? 0;
  return usual * CLEARLY >= evidence.slowAfterMs / ASKED_AT_LEAST;
}

/** The kernel of the server makes the connect, whatever its process does; the answer over it is the process's again. */
function tcpContrast(evidence: Evidence, late: readonly DnsServer[]): Contrast {
  const answers = late
    .flatMap(({ all }) => all)
    .filter(({ path: { probe } }) => probe.kind === 'dns' && probe.transport === 'tcp')
    .flatMap((path) => path.answered)
    .filter(({ sample }) => sample.synRetransmissions === 0 && sample.phases.connect !== undefined);
  const [connect, whole] = [
    median(answers.map(({ sample }) => sample.phases.connect ?? 0)),
    median(answers.map(totalMs)),
  ];
  const isLateByTcp = answers.some((attempt) => isLateAnswer(evidence, attempt));
  return {
    label: 'By TCP',
    holds: connect === null ? null : connect * CLEARLY > usualMs(evidence, late) ? false : isLateByTcp ? true : null,
    says: `the connect to the server takes ${duration(connect ?? 0)}, its answer ${duration(whole ?? 0)}`,
    attempts: answers.slice(0, 10),
    settles: 'Ask the same servers over TCP: the connect in time and the answer late shows that it is their process.',
  };
}

function othersContrast(evidence: Evidence, prompt: readonly DnsServer[]): Contrast {
  const answers = prompt.flatMap((server) => answersOf(evidence, server));
  return {
    label: 'Others',
    holds: true,
    says: `${list(prompt.map(nameOfServer))}: ${duration(median(answers.map(totalMs)) ?? 0)}`,
    attempts: answers.slice(0, 10),
    settles: '',
  };
}

function fixFor(pod: DnsServer['pod'], namespace: string): string {
  const look = `kubectl -n ${namespace} top pod; then the CPU limit of the DNS pods, nr_throttled in their cpu.stat, and the plugins of the Corefile`;
  return pod === null
    ? `Look at the DNS servers: ${look}.`
    : `Look at ${pod.name} beside its siblings: ${look}. Deleting it starts another in its place.`;
}

function totalMs({ sample }: Attempt): number {
  return sample.totalMs;
}
