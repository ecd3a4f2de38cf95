/** When a verdict can no longer change: then a run need not go on. Pure. */
import type { Sample } from '../../../probes/wire.ts';
import { hasPodIdentity, isIdling, isToClosedPort } from '../../model/plan.ts';
import type { Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import type { Verdict } from '../../model/verdict.ts';
import { derived } from '../derived.ts';
import { tellsSomething } from '../evidence/usable.ts';

/** Attempts of a path that must have told something: the second one is not a coincidence. */
const ENOUGH = 2;
/**
 * A connect may still succeed on the third retransmission of the older schedule (7 s and a little). Only what policy says anyway is
 * believed sooner; whatever else is called dead has been waited for longer.
 */
const PATIENT_WAIT_MS = 7600;
/** A busy machine makes a slow answer of its own now and then; what is left over is said in the verdict. */
const MOST = 0.75;
/** Attempts of the user's that must be over (or hopelessly late) for the shares to be worth reading. */
const USERS_SHARE = 0.5;
const HOPELESS_WAIT_MS = 5500;

/** Attempts on each of the user's paths of a usual plan (COUNTS in plan/schedules.ts). */
const USUAL_EACH = 6;
/** Attempts on each of the user's paths that a clean run needs at least, */
const CLEAN_EACH = 3;
/** and on all of them: what hits one attempt in ten shows in so many with 95 % (1 - 0.9^29). */
const CLEAN_USERS = 29;

/** What a judgement says of itself. */
export interface Standing {
  readonly verdict: Verdict;
  /** A finding is about a share, and not a state: more attempts would still change it. */
  readonly isShare: boolean;
}

/** `planned`: how often each path is tried, by its id. */
export function mayStop(
  { verdict, isShare }: Standing,
  recording: Recording,
  planned: ReadonlyMap<string, number>,
): boolean {
  const paths = livePaths(recording);
  const told = tellingSamples(recording, planned);
  return verdict.status === 'healthy'
    ? staysHealthy(paths, told, planned)
    : !isShare && staysProven(verdict, paths, { told, planned });
}

/** Whether a run that goes on until it is sure has what it waits for: a proven cause, of a share as many attempts as a usual run has. */
export function isSure(
  { verdict, isShare }: Standing,
  recording: Recording,
  planned: ReadonlyMap<string, number>,
): boolean {
  const paths = livePaths(recording);
  const told = tellingSamples(recording, planned);
  const users = paths.filter((path) => path.userFacing);
  const isCounted = !isShare || users.every(({ id }) => (told.over.get(id) ?? 0) >= USUAL_EACH);
  return verdict.status === 'faulty' && isCounted && staysProven(verdict, paths, { told, planned });
}

/**
 * Whether a healthy run has shown enough to end before its plan: every path has answered twice, the user's three times, and not one attempt
 * was late, lost or repeated. The rest of the plan is for runs that show something. With twins a run goes on: what a newborn shows in its first
 * seconds proves nothing.
 */
export function isCleanEnough(
  { verdict }: Standing,
  recording: Recording,
  planned: ReadonlyMap<string, number>,
): boolean {
  return verdict.status === 'healthy' && isClean(recording, planned);
}

function isClean(recording: Recording, planned: ReadonlyMap<string, number>): boolean {
  const { plan, samples, slowAfterMs } = recording;
  if (plan.agents.some(hasPodIdentity)) return false;
  const paths = plan.paths.filter((path) => !isIdling(path));
  if (livePaths(recording).length < paths.length) return false;
  const told = tellingSamples(recording, planned);
  const users = paths.filter((path) => path.userFacing);
  const tried = users.reduce((sum, { id }) => sum + (told.answered.get(id) ?? 0), 0);
  const isAnswered = (path: Path) => hasTold(path, { told, planned }, path.userFacing ? CLEAN_EACH : ENOUGH);
  const refusing = new Set(paths.flatMap((path) => (isToClosedPort(path) ? [path.id] : [])));
  const isWell = ({ path, outcome, totalMs, synRetransmissions }: Sample) =>
    (outcome.kind === 'answered' || (outcome.kind === 'refused' && refusing.has(path))) &&
    totalMs < slowAfterMs &&
    synRetransmissions === 0;
  return tried >= CLEAN_USERS && paths.every(isAnswered) && samples.every((each) => isIdle(each) || isWell(each));
}

/** What a run has shown so far is enough for, at most: 0 for no end, whatever the verdict; 1 for a proven cause; 2 for a clean run; 3: its plan is over. */
export type Ripeness = 0 | 1 | 2 | 3;

/** How far a run is, by its samples alone: while nothing could end it, to judge it is of no use, and each further step is a reason to judge at once. */
export function ripenessOf(recording: Recording, planned: ReadonlyMap<string, number>): Ripeness {
  const paths = livePaths(recording);
  const told = tellingSamples(recording, planned);
  const users = paths.filter((path) => path.userFacing);
  if (staysHealthy(paths, told, planned)) return 3;
  if (!paths.every((path) => hasTold(path, { told, planned }))) return 0;
  if (isClean(recording, planned)) return 2;
  return isMostlyOver(users, told) ? 1 : 0;
}

/** Whether every connection that was to idle has done so. Who asked for a time waits for it; a usual run does not. */
export function hasIdled({ hellos, plan, samples }: Recording): boolean {
  const heard = new Set(hellos.map((hello) => hello.agent));
  const told = new Set(samples.flatMap(({ path, outcome }) => (outcome.kind === 'cut' ? [] : [path])));
  return plan.paths.every((path) => !isIdling(path) || !heard.has(path.from) || told.has(path.id));
}

/** Those whose ends have both begun to speak. What a connection is kept idle for may come or not: no verdict waits for it. */
function livePaths({ hellos, plan }: Recording): Path[] {
  const heard = new Set(hellos.map((hello) => hello.agent));
  const isLive = ({ from, to }: Path) => heard.has(from) && (to.kind !== 'agent' || heard.has(to.agent));
  return plan.paths.filter((path) => isLive(path) && !isIdling(path));
}

function isIdle({ outcome }: Sample): boolean {
  return outcome.kind === 'cut' && outcome.phase === 'idle';
}

function hasTold({ id }: Path, { told, planned }: Progress, enough = ENOUGH): boolean {
  return (told.telling.get(id) ?? 0) >= Math.min(planned.get(id) ?? enough, enough);
}

/**
 * A proven cause that accounts for what the user felt stays the cause, once each experiment that could contradict it has
 * spoken twice. Where a share is measured, every attempt is waited for.
 */
function staysProven(verdict: Verdict, paths: readonly Path[], { told, planned }: Progress): boolean {
  const [first] = verdict.findings;
  if (first === undefined || first.certainty !== 'proven') return false;
  const users = paths.filter((path) => path.userFacing);
  const explained = verdict.findings.reduce(
    (sum, { explains, certainty }) => sum + (certainty === 'proven' ? explains : 0),
    0,
  );
  if (explained < MOST && users.length > 0) return false;
  const isPatient =
    first.class === 'policy' || paths.every((path) => told.answered.has(path.id) || told.patient.has(path.id));
  return isPatient && paths.every((path) => hasTold(path, { told, planned })) && isMostlyOver(users, told);
}

function isMostlyOver(users: readonly Path[], told: Told): boolean {
  const sum = (counts: ReadonlyMap<string, number>) =>
    users.reduce((total, path) => total + (counts.get(path.id) ?? 0), 0);
  return sum(told.over) >= sum(told.begun) * USERS_SHARE;
}

/**
 * Everything planned has been tried, and what still waits are attempts that nobody answers and nobody needs: denied on purpose, or from
 * this machine, which may stand outside.
 */
function staysHealthy(paths: readonly Path[], told: Told, planned: ReadonlyMap<string, number>): boolean {
  return paths.every((path) => {
    const count = planned.get(path.id) ?? 0;
    const ended = path.userFacing && path.from !== 'local' ? told.ended : told.telling;
    return (ended.get(path.id) ?? 0) >= count;
  });
}

interface Progress {
  readonly told: Told;
  readonly planned: ReadonlyMap<string, number>;
}

type Told = Readonly<
  Record<'begun' | 'answered' | 'ended' | 'telling' | 'over' | 'patient', ReadonlyMap<string, number>>
>;

/** Asked several times of one recording. */
const toldIn = derived((recording: Recording) =>
  derived((planned: ReadonlyMap<string, number>) => countTold(recording, planned)),
);

function tellingSamples(recording: Recording, planned: ReadonlyMap<string, number>): Told {
  return toldIn(recording)(planned);
}

/** What is asked again of a young pod is not waited for. */
function countTold(recording: Recording, planned: ReadonlyMap<string, number>): Told {
  const count = (isCounted: (outcome: Sample['outcome']) => boolean) => {
    const counts = new Map<string, number>();
    for (const { path, attempt, outcome } of recording.samples) {
      if (attempt < (planned.get(path) ?? 0) && isCounted(outcome)) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    return counts;
  };
  return {
    begun: count(() => true),
    answered: count((outcome) => outcome.kind === 'answered'),
    ended: count((outcome) => outcome.kind !== 'cut'),
    telling: count(tellsSomething),
    over: count((outcome) => outcome.kind !== 'cut' || outcome.waitedMs >= HOPELESS_WAIT_MS),
    patient: count((outcome) => outcome.kind !== 'cut' || outcome.waitedMs >= PATIENT_WAIT_MS),
  };
}
