/** When a verdict can no longer change: then a run need not go on. Pure. */
import type { Recording } from '../model/recording.ts';
import type { Verdict } from '../model/verdict.ts';

/** Attempts of a path that must have told something: the second one is not a coincidence. */
const ENOUGH = 2;
/** A busy machine makes a slow answer of its own now and then; what is left over is said in the verdict. */
const MOST = 0.75;
/** An attempt without an answer tells something after this long: the second SYN has been sent and lost as well. */
const TELLING_WAIT_MS = 2500;
/** Attempts of the user's that must be over (or hopelessly late) for the shares to be worth reading. */
const USERS_SHARE = 0.6;
const HOPELESS_WAIT_MS = 5500;

/**
 * A proven cause that accounts for everything the user felt stays the cause, once each experiment that could contradict it
 * has spoken twice. Loss is a share and not a state: where it is at work, every attempt is waited for.
 */
export function isSettled(verdict: Verdict, recording: Recording): boolean {
  const [first] = verdict.findings;
  if (first === undefined || first.certainty !== 'proven') return false;
  if (first.explains < MOST && recording.plan.paths.some((path) => path.isUsers)) return false;
  if (verdict.findings.some((finding) => finding.diagnosis === 'lost-syn')) return false;
  const heard = new Set(recording.hellos.map((hello) => hello.agent));
  const told = tellingSamples(recording);
  const paths = recording.plan.paths.filter(
    (path) => heard.has(path.from) && (path.to.kind !== 'agent' || heard.has(path.to.agent)),
  );
  const users = paths.filter((path) => path.isUsers);
  const over = users.reduce((sum, path) => sum + (told.over.get(path.id) ?? 0), 0);
  const begun = users.reduce((sum, path) => sum + (told.begun.get(path.id) ?? 0), 0);
  return (
    paths.every((path) => (told.telling.get(path.id) ?? 0) >= (isSingle(path) ? 1 : ENOUGH)) &&
    over >= begun * USERS_SHARE
  );
}

/** Paths that are tried once: large bodies and DNS over TCP. */
function isSingle(path: Recording['plan']['paths'][number]): boolean {
  const { probe } = path;
  return (probe.kind === 'tcp' && probe.bytes > 0) || (probe.kind === 'dns' && probe.transport === 'tcp');
}

function tellingSamples(recording: Recording): Record<'telling' | 'over' | 'begun', Map<string, number>> {
  const counts = {
    telling: new Map<string, number>(),
    over: new Map<string, number>(),
    begun: new Map<string, number>(),
  };
  const add = (map: Map<string, number>, path: string) => map.set(path, (map.get(path) ?? 0) + 1);
  for (const { path, outcome } of recording.samples) {
    const isCut = outcome.kind === 'cut';
    add(counts.begun, path);
    if (!isCut || outcome.waitedMs >= TELLING_WAIT_MS) add(counts.telling, path);
    if (!isCut || outcome.waitedMs >= HOPELESS_WAIT_MS) add(counts.over, path);
  }
  return counts;
}
