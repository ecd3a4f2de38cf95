/** Which paths a trace of rules is asked about: their packets vanish or are rejected, and somebody has to answer for it. Pure. */
import type { Destination } from '../../model/plan.ts';
import type { Evidence, PathEvidence } from '../evidence/evidence.ts';
import { isMeantToFail } from '../evidence/failing.ts';
import { isBroken } from '../evidence/state.ts';

/** Each costs four attempts and a tracer or two. */
const MOST_PATHS = 4;

/** What users meet first; between kprobe's own pods last. */
const ORDER: readonly Destination['kind'][] = ['backend', 'dns-server', 'service', 'entry', 'external', 'agent'];

/**
 * Ids, the first few (`claimed`: ids of the paths that findings account for): of each node, far end and way of failing one. A path from this machine begins on no node; what a process refuses by
 * RST has passed all rules, but for one that sends RSTs, so it comes last.
 */
export function worthFollowing(evidence: Evidence, claimed: ReadonlySet<string>): string[] {
  // What policy denies is followed where a finding says that it should not.
  const isOdd = (path: PathEvidence) => claimed.has(idOf(path)) || !isMeantToFail(evidence, path);
  const failing = evidence.paths.filter((path) => isBroken(path) && canBeFollowed(path) && isOdd(path));
  const ordered = failing.toSorted((one, other) => rankOf(one) - rankOf(other) || idOf(one).localeCompare(idOf(other)));
  const firsts = new Map(ordered.toReversed().map((path) => [keyOf(path), path]));
  return ordered
    .filter((path) => firsts.get(keyOf(path)) === path)
    .map(idOf)
    .slice(0, MOST_PATHS);
}

function canBeFollowed({ from, path: { probe } }: PathEvidence): boolean {
  return from.node !== null && from.kind !== 'inside' && probe.kind !== 'resolver';
}

function rankOf({ path: { to }, state }: PathEvidence): number {
  return ORDER.indexOf(to.kind) + (state === 'refused' ? ORDER.length : 0);
}

function keyOf({ from, path: { to }, state }: PathEvidence): string {
  const far = 'node' in to ? to.node : 'address' in to ? to.address : to.name;
  return JSON.stringify([from.node, far, to.kind === 'agent', state]);
}

function idOf({ path }: PathEvidence): string {
  return path.id;
}
