/** Questions put to DNS servers by UDP, one by one, and those that nobody answered. */
import type { Sample } from '../../../probes/wire.ts';
import type { Evidence, PathEvidence, Proportion } from '../evidence/evidence.ts';
import { proportion } from '../evidence/intervals.ts';
import { isWorking } from '../evidence/state.ts';
import { expectationOf } from '../evidence/expected.ts';
import type { DnsServer } from './dns.ts';

type RecordType = 'A' | 'AAAA';

/**
 * Paths on which a lost answer is chance: that server answers their vantage, their name and their record type at other times. One that never
 * answers a vantage, a name or a type is another fault.
 */
export function chancePaths(evidence: Evidence, { all }: Pick<DnsServer, 'all'>): readonly PathEvidence[] {
  const asked = all.filter((path) => isUdpQuestion(path) && expectationOf(evidence, path).verdict !== 'deny');
  const reaching = new Set(asked.filter(isWorking).map(({ from }) => from.id));
  const types = new Set(asked.flatMap(answeredTypes));
  const names = new Set(asked.filter((path) => answeredTypes(path).length > 0).map(nameAsked));
  return asked.filter(
    (path) =>
      reaching.has(path.from.id) && names.has(nameAsked(path)) && typesOf(path).every((type) => types.has(type)),
  );
}

export function nameAsked({ path: { probe } }: PathEvidence): string {
  return probe.kind === 'dns' ? probe.name : '';
}

export function isUdpQuestion({ path: { probe } }: PathEvidence): boolean {
  return probe.kind === 'dns' && probe.transport === 'udp';
}

/** Lost of all that were asked. */
export function lostQuestions(paths: readonly PathEvidence[]): Proportion {
  const counts = paths.flatMap((path) =>
    path.attempts.map(({ sample }) => ({ lost: lostOf(path, sample), of: typesOf(path).length })),
  );
  return proportion(
    counts.reduce((sum, { lost }) => sum + lost, 0),
    counts.reduce((sum, { of }) => sum + of, 0),
  );
}

/** Only silence is loss: an error came back from somebody. */
function lostOf(path: PathEvidence, { outcome, dns }: Sample): number {
  if (outcome.kind !== 'silent' && outcome.kind !== 'cut') return 0;
  return dns === null ? typesOf(path).length : dns.questions.filter(({ rcode }) => rcode === null).length;
}

function typesOf({ path: { probe } }: PathEvidence): readonly RecordType[] {
  if (probe.kind !== 'dns') return [];
  return probe.type === 'A+AAAA' ? ['A', 'AAAA'] : [probe.type];
}

function answeredTypes(path: PathEvidence): readonly RecordType[] {
  const own = path.answered.length > 0 ? typesOf(path) : [];
  const half = path.attempts.flatMap(({ sample }) =>
    (sample.dns?.questions ?? []).filter(({ rcode }) => rcode !== null).map(({ type }) => type),
  );
  return [...own, ...half];
}
