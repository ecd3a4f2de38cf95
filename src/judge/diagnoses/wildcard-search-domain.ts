import { list } from '../../model/format.ts';
import { defineDiagnosis } from '../engine/diagnosis.ts';
import type { PathEvidence } from '../evidence/evidence.ts';
import { nameAsked } from '../views/dns-loss.ts';
import { addressesIn, areDisjoint, outsideLookups } from '../views/outside-names.ts';
import type { OutsideLookup } from '../views/outside-names.ts';
import { line, nameOfClient } from '../words/words.ts';

const MOST_ADDRESSES = 3;

export default defineDiagnosis({
  id: 'wildcard-search-domain',
  class: 'dns-fallback',
  layer: 'dns',
  title: 'A search domain answers for every name, and names outside lead to the wrong place',
  why: 'With ndots:5 a name outside the cluster is first tried under every domain of the search list. Where one of them has a wildcard record, that made-up name exists, and its address is taken: connections go to a strange server, with certificate errors, "not found" or somebody else\'s page, and no lookup ever fails.',
  test: 'getaddrinfo of the name as applications write it, and with a trailing dot, which leaves the search list alone: no address in common. The made-up name asked for by itself has the wrong address.',
  remedy:
    'Take the domain out of the search list (dnsConfig.searches, or resolv.conf of the nodes), or its wildcard record out of DNS; until then write the name with a trailing dot, or set `ndots` to 1.',
  limits:
    'Asked for a host outside the cluster, and for other hosts where a client was named whose dnsConfig adds search domains. A name that has other addresses at each answer looks alike until the made-up name was asked for.',
  experiments: ['outside-names', 'client-resolution'],
  suspects: (evidence) => {
    const wrong = outsideLookups(evidence).filter(isElsewhere);
    return wrong.length === 0 ? [] : [wrong];
  },
  arm: (wrong) => ({ paths: wrong.map(({ searched }) => searched), fails: true }),
  contrasts: (wrong) => {
    const absolute = wrong.flatMap((lookup) => lookup.absolute ?? []);
    const known = wrong.flatMap(({ askedUnder }) => askedUnder);
    const made = wrong.flatMap(madeUp);
    const domains = [...new Set(wrong.flatMap((each) => each.domains))];
    return [
      {
        label: 'With a dot',
        holds: true,
        says: `the same name with a trailing dot has ${addresses(absolute)}`,
        attempts: absolute.flatMap(({ answered }) => answered).slice(0, 10),
        settles: 'Look the name up with a trailing dot.',
      },
      {
        label: 'Made up',
        holds: made.length > 0 ? true : known.length > 0 && domains.length === 1 ? false : null,
        says: `${list([...new Set(made.map(nameAsked))])} exists, with ${addresses(made)}`,
        attempts: made.flatMap(({ answered }) => answered).slice(0, 10),
        settles: `Ask for the name under ${domains.length === 0 ? 'each search domain' : list(domains)}: it should not exist.`,
      },
    ];
  },
  blame: (wrong, evidence) => {
    const [first] = wrong;
    const of = first?.searched.from.of ?? null;
    const pod = evidence.cluster.pods.find(({ namespace, name }) => namespace === of?.namespace && name === of.name);
    const own = new Set(pod?.dnsConfig?.searches);
    const culprits = culpritsOf(wrong);
    const isOwn = of !== null && culprits.some((domain) => own.has(domain));
    const name = first?.name ?? '';
    return {
      title: `${name} leads to ${addresses(wrong.map(({ searched }) => searched))}: ${culprits.length === 0 ? 'a search domain' : list(culprits)} answers for every name`,
      object: isOwn ? { kind: 'Pod', ...of } : null,
      where: { from: first === undefined ? 'the client' : nameOfClient(first.searched.from), to: name },
      lines: [
        line(
          'Why',
          `the search list comes first: a lookup tries ${list(first?.candidates ?? [], 6)}, and takes the first that exists`,
        ),
      ],
      fix: {
        says: `Take ${culprits.length === 0 ? 'the domain with the wildcard' : list(culprits)} out of ${isOwn ? "the client's spec.dnsConfig.searches" : "the nodes' resolv.conf"}, or the wildcard out of DNS; until then write "${name}." or set spec.dnsConfig.options: [{name: ndots, value: "1"}].`,
        manifest: null,
      },
    };
  },
});

/** Not one address in common, neither with getaddrinfo of the name as it is nor with what the servers say of it. */
function isElsewhere({ searched, absolute, asked }: OutsideLookup): boolean {
  const [found, real] = [addressesIn([searched]), addressesIn([...(absolute === null ? [] : [absolute]), ...asked])];
  const isMeasured = found.size > 0 && absolute !== null && addressesIn([absolute]).size > 0;
  return isMeasured && areDisjoint(found, real);
}

/** Questions for made-up names that were answered with the wrong address. */
function madeUp({ searched, askedUnder }: OutsideLookup): PathEvidence[] {
  const found = addressesIn([searched]);
  return askedUnder.filter((path) => !areDisjoint(addressesIn([path]), found));
}

/** The domains with a wildcard where that was asked; else those that it can be. */
function culpritsOf(wrong: readonly OutsideLookup[]): string[] {
  const made = wrong.flatMap((lookup) => madeUp(lookup).map((path) => nameAsked(path).slice(lookup.name.length + 1)));
  return [...new Set(made.length > 0 ? made : wrong.flatMap(({ domains }) => domains))];
}

function addresses(paths: readonly PathEvidence[]): string {
  return list([...addressesIn(paths)].toSorted(), MOST_ADDRESSES);
}
