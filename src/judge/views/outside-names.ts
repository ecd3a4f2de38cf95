/** One name outside the cluster as a vantage in it meets it: with its search list, without it, and of each DNS server. */
import { derived } from '../derived.ts';
import { hellosOf } from '../evidence/delay.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { median } from '../evidence/median.ts';
import { candidatesOf, isOfCluster } from '../evidence/search-list.ts';
import { isUdpQuestion, nameAsked } from './dns-loss.ts';
import { writtenNameOf } from '../../model/written-name.ts';

export interface OutsideLookup {
  /** Without a trailing dot. */
  readonly name: string;
  /** getaddrinfo as applications call it. */
  readonly searched: PathEvidence;
  /** getaddrinfo of the name with a trailing dot, by the same vantage; null: not measured. */
  readonly absolute: PathEvidence | null;
  /** Questions for exactly this name to DNS servers, by the same vantage. */
  readonly asked: readonly PathEvidence[];
  /** Questions for what the search list makes of it, where the API told a domain outside the cluster. */
  readonly askedUnder: readonly PathEvidence[];
  /** Domains outside the cluster that its resolv.conf really has. */
  readonly domains: readonly string[];
  /** All names that a lookup tries, first to last; empty where its resolv.conf is not known. */
  readonly candidates: readonly string[];
}

export const outsideLookups = derived((evidence: Evidence): readonly OutsideLookup[] => {
  const name = writtenNameOf(evidence.target);
  if (name === null) return [];
  return evidence.paths.flatMap((path): OutsideLookup[] => {
    const { to } = path.path;
    if (to.kind !== 'resolver' || to.name !== name || path.state === 'unmeasured' || path.from.kind === 'local')
      return [];
    const own = evidence.paths.filter((other) => other.from.id === path.from.id && other.state !== 'unmeasured');
    const absolute =
      own.find((other) => other.path.to.kind === 'resolver' && other.path.to.name === `${name}.`) ?? null;
    // Of names of the cluster, and of hosts that it serves, only who has search domains of its own is asked.
    if (evidence.target.kind !== 'external' && absolute === null) return [];
    const resolver = hellosOf(evidence).get(path.from.id)?.resolver;
    return [
      {
        name,
        searched: path,
        absolute,
        asked: own.filter((other) => isUdpQuestion(other) && nameAsked(other) === name),
        askedUnder: own.filter((other) => isUdpQuestion(other) && nameAsked(other).startsWith(`${name}.`)),
        domains: (resolver?.search ?? []).filter((domain) => !isOfCluster(domain, resolver?.search ?? [])),
        candidates: resolver === undefined ? [] : candidatesOf(name, resolver),
      },
    ];
  });
});

/** All addresses that the answers of these paths held. */
export function addressesIn(paths: readonly PathEvidence[]): ReadonlySet<string> {
  return new Set(paths.flatMap(({ answered }) => answered.flatMap(({ sample }) => sample.dns?.answers ?? [])));
}

export function areDisjoint(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].every((address) => !other.has(address));
}

/**
 * Middle milliseconds of all that were answered, also by a prober that waited for a CPU: for what is compared with a sibling that the same
 * prober measured meanwhile. null: nothing was answered.
 */
export function middleOf(paths: readonly PathEvidence[]): number | null {
  return median(answerTimes(paths));
}

export function answerTimes(paths: readonly PathEvidence[]): number[] {
  return paths.flatMap(({ answered }) => answered.map(({ sample }) => sample.totalMs));
}
