import { duration, list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import { hellosOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { ndotsOf, questionsOf } from '../evidence/search-list.ts';
import { nameAsked } from '../views/dns-loss.ts';
import { answerTimes, middleOf, outsideLookups } from '../views/outside-names.ts';
import type { OutsideLookup } from '../views/outside-names.ts';
import { line, nameOfClient } from '../words/words.ts';

/** The search list is the cause where it makes at least this share of the time. */
const MOST_OF_IT = 0.5;

export default defineDiagnosis({
  id: 'search-expansion',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'Lookups wait for names that the search list makes up',
  why: 'With ndots:5, a name with fewer than five dots is first tried under every domain of the search list, one after the other, each with A and AAAA: a name outside the cluster costs eight questions or more instead of two. As long as the cluster answers these from its own data they cost about a millisecond each; a domain that it has to ask others for costs whatever they take.',
  test: 'getaddrinfo of the name as applications write it, and with a trailing dot, which leaves the search list alone: the first is slow, the second fast. The made-up name asked for by itself is slow as well.',
  remedy:
    'Write names outside the cluster with a trailing dot, or set `ndots` to 1 or 2 in dnsConfig of their clients, or take the domain out of the search list (dnsConfig.searches, or resolv.conf of the nodes).',
  limits:
    'Asked for a host outside the cluster, and for other hosts where a client was named whose dnsConfig adds search domains. Where the search list costs little, that is said and no fault.',
  experiments: ['outside-names', 'client-resolution'],
  suspects: (evidence) => {
    const slow = outsideLookups(evidence).filter((lookup) => isTroubled(evidence, lookup.searched));
    return slow.length === 0 ? [] : [slow];
  },
  arm: (slow) => ({
    paths: slow.map(({ searched }) => searched),
    fails: slow.every(({ candidates }) => candidates.length !== 1),
  }),
  contrasts: (slow, evidence) => {
    const absolute = slow.flatMap((lookup) => lookup.absolute ?? []);
    const under = slow.flatMap(({ askedUnder }) => askedUnder);
    const slowUnder = under.filter((path) => isTroubled(evidence, path));
    const domains = domainsOf(slow);
    return [
      {
        label: 'With a dot',
        holds: absolute.length < slow.length ? null : slow.every((lookup) => isMostlySearch(evidence, lookup)),
        says: `the same name with a trailing dot takes ${duration(middleOf(absolute) ?? 0)}`,
        attempts: absolute.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Look the name up with a trailing dot.',
      },
      {
        label: 'Made up',
        holds: slowUnder.length > 0 ? true : null,
        says: `${list([...new Set(slowUnder.map(nameAsked))])} by itself: ${cost(slowUnder)}`,
        attempts: slowUnder.flatMap(({ attempts }) => attempts).slice(0, 10),
        settles: `Ask the DNS servers for the names under ${domains.length === 0 ? 'each search domain' : list(domains)}, each by itself.`,
      },
    ];
  },
  suffer: (slow, evidence) => slow.flatMap(({ askedUnder }) => askedUnder).filter((path) => isTroubled(evidence, path)),
  blame: (slow, evidence) => {
    const [first] = slow;
    const client = first?.searched.from ?? null;
    const domains = domainsOf(slow);
    const pod = clientWith(evidence, slow, domains);
    return {
      title: `${first?.name ?? 'A name'} waits for ${domains.length === 0 ? 'names that the search list makes up' : `names under ${list(domains)}, which the search list makes up`}`,
      object: pod,
      where: { from: client === null ? 'the client' : nameOfClient(client), to: 'DNS' },
      lines: slow.slice(0, 1).flatMap((lookup) => priceLines(evidence, lookup)),
      fix: {
        says: `Write ${first?.name ?? 'it'} with a trailing dot, or set spec.dnsConfig.options: [{name: ndots, value: "1"}] in the client${domains.length === 0 ? '' : `, or take ${list(domains)} out of ${pod === null ? "the nodes' resolv.conf" : 'its dnsConfig.searches'}`}.`,
        manifest: null,
      },
    };
  },
});

/** Slow, or without an answer, in the middle of its attempts. */
function isTroubled(evidence: Evidence, path: PathEvidence): boolean {
  return path.unanswered.length > path.answered.length || (middleOf([path]) ?? Infinity) >= evidence.slowAfterMs;
}

/** Every lookup with the list takes longer than any without: the same prober made both, on the same node. */
function isMostlySearch(evidence: Evidence, { searched, absolute }: OutsideLookup): boolean {
  if (absolute === null || isTroubled(evidence, absolute)) return false;
  const [all, alone] = [middleOf([searched]) ?? Infinity, middleOf([absolute]) ?? Infinity];
  const isApart = Math.min(...answerTimes([searched])) > Math.max(...answerTimes([absolute]));
  return isApart && alone <= (1 - MOST_OF_IT) * all;
}

function domainsOf(slow: readonly OutsideLookup[]): string[] {
  return [...new Set(slow.flatMap(({ domains }) => domains))];
}

function cost(paths: readonly PathEvidence[]): string {
  const times = answerTimes(paths);
  return times.length === 0 ? 'no answer' : duration(Math.max(...times));
}

/** The client, where its own dnsConfig brought the domains. */
function clientWith(evidence: Evidence, slow: readonly OutsideLookup[], domains: readonly string[]) {
  const of = slow[0]?.searched.from.of ?? null;
  const pod = evidence.cluster.pods.find(({ namespace, name }) => namespace === of?.namespace && name === of.name);
  const own = new Set(pod?.dnsConfig?.searches);
  return of !== null && domains.some((domain) => own.has(domain)) ? { kind: 'Pod', ...of } : null;
}

function priceLines(evidence: Evidence, { name, searched, absolute, candidates }: OutsideLookup) {
  const resolver = hellosOf(evidence).get(searched.from.id)?.resolver;
  if (resolver === undefined) return [];
  const [all, alone] = [middleOf([searched]), absolute === null ? null : middleOf([absolute])];
  const made = candidates.filter((candidate) => candidate !== name).length;
  const time = all === null || alone === null ? '' : `; ${duration(all - alone)} of ${duration(all)} are for those`;
  return [
    line(
      'Price',
      `a lookup sends ${questionsOf(name, resolver)} questions for ${candidates.length} names (ndots:${ndotsOf(resolver)}), ${made} of them made up${time}`,
    ),
  ];
}
