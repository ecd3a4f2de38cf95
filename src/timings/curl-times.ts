/** curl's times since the start of a request → the time that each phase took by itself (everything.curl.dev, "available --write-out variables"). */
import { attempt, endedBy, type TimedAttempt } from './timings.ts';

/** Milliseconds since the start; what was not told or not reached is left out or 0. */
export interface CurlTimes {
  readonly namelookup?: number | undefined;
  readonly connect?: number | undefined;
  readonly appconnect?: number | undefined;
  readonly pretransfer?: number | undefined;
  readonly starttransfer?: number | undefined;
  readonly redirect?: number | undefined;
  readonly total?: number | undefined;
  readonly status?: number | undefined;
  /** curl's exit code: 28 is its own time limit. */
  readonly exit?: number | undefined;
}

const STEPS = [
  ['namelookup', 'dns'],
  ['connect', 'connect'],
  ['appconnect', 'tls'],
  ['pretransfer', 'send'],
  ['starttransfer', 'first-byte'],
  ['total', 'body'],
] as const;

/** null where not even one time was told. */
export function curlAttempt(times: CurlTimes): TimedAttempt | null {
  const told = STEPS.filter(([name]) => times[name] !== undefined);
  const total = times.total ?? Math.max(0, ...told.map(([name]) => times[name] ?? 0));
  if (told.length === 0) return null;
  const isFailed = times.exit !== undefined && times.exit !== 0;
  const ended = isFailed ? 'failed' : endedBy(times.status ?? null);
  return attempt(total, { phases: phasesOf(times, total), ended, status: times.status ?? null });
}

/** A phase that was not reached has 0; then what is left of the total was spent in it. A step that was not told merges into the next. */
function phasesOf(times: CurlTimes, total: number): TimedAttempt['phases'] {
  const phases: Partial<Record<(typeof STEPS)[number][1], number>> = {};
  let before = 0;
  let isUnknown = false;
  for (const [name, phase] of STEPS) {
    const at = times[name];
    if (at === undefined) {
      // TLS and sending may be left out: they are then in the first byte. Without lookup or connect the next phase is not its own.
      if (name === 'namelookup' || name === 'connect') isUnknown = true;
      continue;
    }
    if (name !== 'total' && at === 0 && before < total) {
      if (name === 'appconnect' || (name === 'namelookup' && (times.connect ?? 0) > 0)) continue;
      return { ...phases, [phase]: total - before };
    }
    const isOwn =
      !(isUnknown && (name === 'connect' || name === 'appconnect')) &&
      !(name === 'total' && times.starttransfer === undefined);
    if (isOwn) phases[phase] = Math.max(0, at - before);
    if (name !== 'namelookup' && name !== 'connect') isUnknown = false;
    before = Math.max(before, at);
  }
  return phases;
}
