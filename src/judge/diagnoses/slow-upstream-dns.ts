import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { Attempt, Evidence, PathEvidence } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { isWithin } from '../evidence/window.ts';
import { dnsServersOf, frontPaths, isPlainQuery, nameOfServer } from '../views/dns.ts';
import type { DnsServer } from '../views/dns.ts';
import { nameAsked } from '../views/dns-loss.ts';
import { answerTimes, middleOf, outsideLookups } from '../views/outside-names.ts';
import { line } from '../words/words.ts';

/** One late answer is a busy moment, the second a pattern. */
const FEWEST = 2;
/** Late answers take, in the middle, so many times the slowest one of a name of the cluster. */
const CLEARLY = 3;
/** How long CoreDNS' forward plugin waits for one upstream (plugin/forward, defaultTimeout), and how often it may within its 5 s; milliseconds. */
const FORWARD_TIMEOUT_MS = 2000;
const FORWARD_TRIES = 3;

interface Suspect {
  readonly name: string;
  /** Servers that are late, or fail, with the name. */
  readonly late: readonly DnsServer[];
  /** Servers that answer for it in good time. */
  readonly prompt: readonly DnsServer[];
}

export default defineDiagnosis({
  id: 'slow-upstream-dns',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'Names outside the cluster wait for the upstream of the DNS servers',
  why: "The cluster's DNS servers know its own names and ask others for the rest. Where the first of these upstreams is dead, CoreDNS waits 2 s for each try before it asks the next, until its health check has taken note; a slow or overloaded upstream is waited for all the time. Clients whose timeout is shorter ask again and add to it.",
  test: 'The same server is asked for a name of the cluster and for the one outside, by the same vantage: the first comes at once, the second late or never.',
  remedy:
    'Ask each upstream that stands in the Corefile behind `forward` (or in the resolv.conf of the nodes, where that says /etc/resolv.conf) by itself; take out the one that does not answer.',
  limits:
    'Which of several upstreams is slow cannot be seen from the cluster. What the servers have cached is fast for a while, so the first questions show it best.',
  experiments: ['outside-names', 'dns-servers', 'client-resolution'],
  suspects: (evidence): Suspect[] => {
    const [lookup] = outsideLookups(evidence);
    // Names of the cluster are asked of nobody else.
    if (lookup === undefined || evidence.target.kind === 'service') return [];
    const { name } = lookup;
    const asked = dnsServersOf(evidence).filter((server) => outside(server, name).length > 0);
    const late = asked.filter((server) => lateAttempts(evidence, server, name).length > 0);
    return late.length === 0 ? [] : [{ name, late, prompt: asked.filter((server) => !late.includes(server)) }];
  },
  arm: ({ name, late }, evidence) => ({
    paths: late.flatMap((server) => outside(server, name)).filter((path) => troubled(evidence, path).length > 0),
    fails: late.flatMap((server) => lateAttempts(evidence, server, name)).length >= FEWEST,
  }),
  contrasts: ({ name, late, prompt }, evidence) => {
    const own = besides(late, name);
    const answered = own.flatMap((path) => path.answered);
    const lost = own.flatMap((path) => path.unanswered).length;
    const slowest = Math.max(0, ...answerTimes(own));
    const usual = median(late.flatMap((server) => lateAttempts(evidence, server, name)).map(waited)) ?? 0;
    const isApart = slowest * CLEARLY <= usual && lost < FEWEST;
    return [
      {
        label: 'Own names',
        holds: answered.length === 0 || (isApart && lost > 0) ? null : isApart,
        says: `the same servers answer the same vantages for a name of the cluster in ${duration(middleOf(own) ?? 0)}`,
        attempts: answered.slice(0, 10),
        settles: 'Ask the same servers for a name of the cluster.',
      },
      ...(prompt.length === 0
        ? []
        : [
            {
              label: 'Others',
              holds: true,
              says: `${list(prompt.map(nameOfServer))}: in good time`,
              attempts: [],
              settles: '',
            },
          ]),
    ];
  },
  suffer: ({ name }, evidence) => [
    ...evidence.paths.filter((path) => nameAsked(path) === name && troubled(evidence, path).length > 0),
    ...frontPaths(evidence),
  ],
  blame: (suspect, evidence) => {
    const { name, late, prompt } = suspect;
    const attempts = late.flatMap((server) => lateAttempts(evidence, server, name));
    const times = attempts.filter(isAnswered).map(({ sample }) => sample.totalMs);
    const pod = late.length === 1 && prompt.length > 0 ? (late[0]?.pod ?? null) : null;
    const { dnsService } = evidence.cluster;
    const shown = times.length === 0 ? 'not at all' : `in ${duration(Math.max(...times))}`;
    const isForward = times.length > 0 && times.every(isForwardTimeout);
    return {
      title: `${pod === null ? 'The DNS servers answer' : `DNS server ${pod.name} answers`} for names of the cluster in ${duration(middleOf(besides(late, name)) ?? 0)}, for ${name} ${shown}`,
      object: pod !== null ? { kind: 'Pod', ...pod } : dnsService === null ? null : { kind: 'Service', ...dnsService },
      where: { from: pod?.name ?? 'DNS', to: 'upstream' },
      ...(isForward ? { timer: { name: 'CoreDNS forward read timeout', ms: FORWARD_TIMEOUT_MS } } : {}),
      lines: isForward
        ? [
            line(
              `Why ${duration(FORWARD_TIMEOUT_MS)}`,
              'CoreDNS waits so long for an upstream that is silent, then asks another',
            ),
          ]
        : [],
      fix: {
        says: `Ask each upstream by itself: those behind \`forward\` in the Corefile (kubectl -n ${dnsService?.namespace ?? 'kube-system'} get configmap coredns -o yaml), or in the resolv.conf of the DNS pods' nodes where it says /etc/resolv.conf; take out the one that is slow or silent.`,
        manifest: null,
      },
    };
  },
});

function outside({ all }: DnsServer, name: string): PathEvidence[] {
  return all.filter((path) => isPlainQuery(path) && nameAsked(path) === name);
}

function lateAttempts(evidence: Evidence, server: DnsServer, name: string): Attempt[] {
  return outside(server, name).flatMap((path) => troubled(evidence, path));
}

/** Plain questions for a name of the cluster to the same servers, by the vantages that asked for the one outside. */
function besides(late: readonly DnsServer[], name: string): readonly PathEvidence[] {
  const vantages = new Set(late.flatMap((server) => outside(server, name)).map(({ from }) => from.id));
  const isOther = (asked: string) => asked !== name && !asked.startsWith(`${name}.`);
  return late
    .flatMap(({ all }) => all)
    .filter((path) => isPlainQuery(path) && isOther(nameAsked(path)) && vantages.has(path.from.id));
}

/** Late, never, or with a word that says that the server itself got no answer (RFC 1035, 4.1.1: SERVFAIL). */
function troubled(evidence: Evidence, path: PathEvidence): Attempt[] {
  const late = path.answered.filter(({ sample }) => sample.totalMs >= evidence.slowAfterMs);
  const failed = path.answered.filter(({ sample }) => sample.dns?.rcode === 'SERVFAIL');
  return [...new Set([...late, ...failed, ...path.unanswered])];
}

function isAnswered({ sample }: Attempt): boolean {
  return sample.outcome.kind === 'answered';
}

function isForwardTimeout(ms: number): boolean {
  return Array.from({ length: FORWARD_TRIES }, (_, index) => FORWARD_TIMEOUT_MS * (index + 1)).some((each) =>
    isWithin(ms, each),
  );
}

function waited({ sample: { totalMs, outcome, dns } }: Attempt): number {
  return outcome.kind === 'answered' && dns?.rcode === 'SERVFAIL' ? Infinity : totalMs;
}
