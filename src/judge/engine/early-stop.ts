/** When a verdict can no longer change: then a run need not go on. Pure. */
import type { Sample } from '../../../probes/wire.ts';
import type { Path } from '../../model/plan.ts';
import type { Recording } from '../../model/recording.ts';
import type { Verdict } from '../../model/verdict.ts';

/** Attempts of a path that must have told something: the second one is not a coincidence. */
const ENOUGH = 2;
/**
 * A connect may still succeed on the third retransmission of the older schedule (7 s and a little). Only what policy says anyway is
 * believed sooner; whatever else is called dead has been waited for longer.
 */
const PATIENT_WAIT_MS = 7600;
/** A busy machine makes a slow answer of its own now and then; what is left over is said in the verdict. */
const MOST = 0.75;
/** An attempt without an answer tells something after this long: the second SYN has been sent and lost as well. */
const TELLING_WAIT_MS = 2500;
/** Attempts of the user's that must be over (or hopelessly late) for the shares to be worth reading. */
const USERS_SHARE = 0.6;
const HOPELESS_WAIT_MS = 5500;

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
  const heard = new Set(recording.hellos.map((hello) => hello.agent));
  const isLive = ({ from, to }: Path) => heard.has(from) && (to.kind !== 'agent' || heard.has(to.agent));
  const paths = recording.plan.paths.filter(isLive);
  const told = tellingSamples(recording, planned);
  return verdict.status === 'healthy'
    ? staysHealthy(paths, told, planned)
    : !isShare && staysProven(verdict, paths, { told, planned });
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
  const sum = (counts: ReadonlyMap<string, number>) =>
    users.reduce((total, path) => total + (counts.get(path.id) ?? 0), 0);
  const isTold = (path: Path) => (told.telling.get(path.id) ?? 0) >= Math.min(planned.get(path.id) ?? ENOUGH, ENOUGH);
  const isPatient =
    first.class === 'policy' || paths.every((path) => told.answered.has(path.id) || told.patient.has(path.id));
  return isPatient && paths.every(isTold) && sum(told.over) >= sum(told.begun) * USERS_SHARE;
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

/** What is asked again of a young pod is not waited for. */
function tellingSamples(recording: Recording, planned: ReadonlyMap<string, number>): Told {
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
    telling: count((outcome) => outcome.kind !== 'cut' || outcome.waitedMs >= TELLING_WAIT_MS),
    over: count((outcome) => outcome.kind !== 'cut' || outcome.waitedMs >= HOPELESS_WAIT_MS),
    patient: count((outcome) => outcome.kind !== 'cut' || outcome.waitedMs >= PATIENT_WAIT_MS),
  };
}
