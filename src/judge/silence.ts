/** What a verdict may not pass over: symptoms that no finding explains, trouble nobody accounts for, and what was never measured. */
import type { Gap } from '../model/cluster.ts';
import { count, list } from '../model/format.ts';
import { hasPodIdentity } from '../model/plan.ts';
import type { Candidate } from './diagnoses/diagnosis.ts';
import { delayOf } from './evidence/delay.ts';
import type { Evidence, PathEvidence, Symptom } from './evidence/evidence.ts';
import { matchTimers } from './evidence/timers.ts';
import { expectationOf, isBroken } from './experiments.ts';
import { behaviour, ends } from './words.ts';

const MOST_LINES = 5;
/** One lost attempt is weather. */
const OFTEN = 2;

export function leftUnexplained(evidence: Evidence, shown: readonly Candidate[]): Gap[] {
  const explained = new Set(shown.flatMap(({ found }) => found.explained));
  const accounted = new Set(shown.flatMap(({ found }) => found.accounts));
  const left = evidence.symptoms.filter((symptom) => !explained.has(symptom.shot.index));
  const lines: Gap[] = [];
  if (left.length > 0) {
    lines.push({
      what: `the cause of ${left.length} of ${count(evidence.symptoms.length, 'slow or failed attempt')}`,
      because: `${shown.length > 0 ? 'the findings do not account for them' : 'no diagnosis of the catalogue fits what was measured'}${candidates(evidence, left)}`,
    });
  }
  if (shown.length > 0) return lines;
  const troubled = evidence.paths.filter((path) => isTrouble(evidence, path) && !accounted.has(path.path.id));
  return [
    ...lines,
    ...troubled.slice(0, MOST_LINES).map((path) => ({ what: `the cause of: ${ends(path)}`, because: behaviour(path) })),
  ];
}

/** At most this share of the user's attempts, and slow by less than this factor: a busy moment, told but no fault. */
const WEATHER_SHARE = 0.1;
const WEATHER_FACTOR = 2;

/** Of thousands of attempts, a few are always lost somewhere: at most so many, and never two on one path. */
const RARE_SHARE = 0.001;

/** All that was felt is a few answers a little late, each of them an answer; or next to nothing of a great many attempts. */
export function isWeather(evidence: Evidence): boolean {
  const users = evidence.paths.filter((path) => path.path.isUsers);
  const tried = users.reduce((sum, path) => sum + path.answered.length + path.unanswered.length, 0);
  const isMild = ({ kind, shot: { sample } }: Symptom) =>
    kind === 'slow' && sample.outcome.kind === 'answered' && sample.totalMs < WEATHER_FACTOR * evidence.slowAfterMs;
  const felt = evidence.symptoms.length;
  if (felt === 0) return false;
  const isScattered = new Set(evidence.symptoms.map(({ path }) => path)).size === felt;
  return (
    (felt <= RARE_SHARE * tried && isScattered) || (felt <= WEATHER_SHARE * tried && evidence.symptoms.every(isMild))
  );
}

/** The timers whose signature the left-over delays bear, most frequent first: candidates, not causes. */
function candidates(evidence: Evidence, left: readonly Symptom[]): string {
  const names = left.flatMap(
    ({ path, shot }) => matchTimers(delayOf(evidence, path, shot)).matches[0]?.timer.name ?? [],
  );
  const counted = [...Map.groupBy(names, (name) => name)].toSorted(([, a], [, b]) => b.length - a.length);
  if (counted.length === 0) return '';
  return `; their times fit ${list(
    counted.map(([name, all]) => `${name} (${all.length})`),
    3,
  )}`;
}

/** Fails, or loses attempts again and again, where nothing says that it should: between probes of our own, towards DNS, or where policy allows. */
function isTrouble(evidence: Evidence, path: PathEvidence): boolean {
  const isFailing = isBroken(path) || path.unanswered.length >= OFTEN;
  if (!isFailing || path.from.kind === 'local' || isSizeTrial(evidence, path)) return false;
  const { verdict } = expectationOf(evidence, path);
  // A denial of what the user asked for has been told already, as such.
  if (path.path.isUsers && verdict === 'deny') return false;
  const isOurs = path.to !== null && !hasPodIdentity(path.to) && !hasPodIdentity(path.from);
  const isDns = (path.path.to.kind === 'dns-server' || path.path.to.kind === 'resolver') && verdict !== 'deny';
  return isOurs || isDns || (path.from.asks && verdict === 'allow');
}

/** A matrix tries which packets pass whole: that a large one does not is an answer. */
function isSizeTrial({ target }: Evidence, { path }: PathEvidence): boolean {
  return target.kind === 'nodes' && path.to.kind === 'agent' && !path.isUsers;
}

export function notMeasured(evidence: Evidence): Gap[] {
  const { recording } = evidence;
  const heard = new Set(recording.hellos.map((hello) => hello.agent));
  const known = [...recording.cluster.unread, ...recording.plan.gaps, ...recording.gaps];
  const named = new Set(known.flatMap((gap) => gap.what.split(' ')));
  const isSaid = (id: string) => named.has(id) || known.some((gap) => gap.what.includes(id));
  const mute = recording.plan.agents.filter((agent) => !heard.has(agent.id) && !isSaid(agent.id));
  return [
    ...known.map(({ what, because }) => ({ what, because })),
    ...mute.map((agent) => ({ what: `the view of ${agent.id}`, because: 'its probe never reported' })),
  ];
}
