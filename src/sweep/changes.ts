/** What is different since the last sweep. Pure. A difference counts only where chance does not explain it: who is alarmed by noise stops reading. */
import { count, duration, interval, list } from '../model/format.ts';
import type { Change, Latency, SweepReport, TargetReport } from '../model/sweep.ts';

/** A median that doubled within a few milliseconds is felt by nobody. */
const FELT_MS = 100;
const CLEARLY = 2;
/** Of fewer attempts, the ninetieth percentile is one or two of them. */
const ENOUGH_FOR_P90 = 20;

interface Difference {
  readonly change: Change;
  readonly says: string | null;
}

/** Fills in `change`, `changeSays`, `since`, `dropped`, `before` and the summary. `before`: the last sweep of the same series. */
export function compare(before: SweepReport | null, now: SweepReport): SweepReport {
  const past = new Map(before?.targets.map((target) => [target.key, target]));
  const targets = now.targets.map((target): TargetReport => {
    const last = past.get(target.key);
    const { change, says } = last === undefined ? { change: 'first' as const, says: null } : differenceOf(last, target);
    const lasts = last?.state === target.state ? (last.since ?? before?.run.startedAt) : undefined;
    return { ...target, change, changeSays: says, since: lasts ?? now.run.startedAt };
  });
  const keys = new Set(now.targets.map(({ key }) => key));
  return {
    ...now,
    targets,
    dropped: [...past.keys()].filter((key) => !keys.has(key)),
    before: before === null ? null : { id: before.run.id, startedAt: before.run.startedAt },
    summary: summaryOf(targets),
  };
}

function differenceOf(last: TargetReport, now: TargetReport): Difference {
  if (last.state === 'unmeasured' || now.state === 'unmeasured') return unmeasured(last, now);
  if (now.state === 'faulty' && last.state !== 'faulty') return { change: 'new', says: `was ${last.state}` };
  if (last.state === 'faulty' && now.state === 'healthy') return { change: 'gone', says: `was: ${last.says}` };
  const other = now.state === 'faulty' && last.state === 'faulty' ? replacedBy(last, now) : null;
  const trend = trendOf(last.latency, now.latency);
  if (other !== null) return { change: trend?.change === 'better' ? 'better' : 'worse', says: other };
  return trend ?? { change: 'same', says: null };
}

function unmeasured(last: TargetReport, now: TargetReport): Difference {
  if (last.state === now.state) return { change: 'unknown', says: null };
  const says =
    now.state === 'unmeasured' ? `was ${last.state}, and could not be measured` : 'could not be measured before';
  return { change: 'unknown', says };
}

/** Another fault in the place of the one there was: neither names what the other one names. */
function replacedBy(last: TargetReport, now: TargetReport): string | null {
  const [was, is] = [causesOf(last), causesOf(now)];
  const isOther = was.length > 0 && is.length > 0 && !was.includes(is[0] ?? '') && !is.includes(was[0] ?? '');
  return isOther ? `was: ${last.says}` : null;
}

function causesOf({ verdict }: TargetReport): string[] {
  return (verdict?.findings ?? []).map(({ diagnosis, object }) => JSON.stringify([diagnosis, object]));
}

/** Loss whose intervals do not overlap, or a typical time that is another one altogether; null: nothing clear. */
function trendOf(last: Latency | null, now: Latency | null): Difference | null {
  if (last === null || now === null) return null;
  const [was, is] = [last.lost.interval, now.lost.interval];
  const says = `lost ${interval(is)}, before ${interval(was)}`;
  if (is[0] > was[1]) return { change: 'worse', says };
  if (is[1] < was[0]) return { change: 'better', says };
  const [before, after] = [last.percentiles, now.percentiles];
  if (before === null || after === null) return null;
  const isEnough = Math.min(last.attempts, now.attempts) >= ENOUGH_FOR_P90;
  return (
    shift('typically', before.p50Ms, after.p50Ms) ??
    (isEnough ? shift('one in ten not before', before.p90Ms, after.p90Ms) : null)
  );
}

function shift(what: string, wasMs: number, isMs: number): Difference | null {
  const isClear = Math.abs(isMs - wasMs) >= FELT_MS && Math.max(isMs, wasMs) > CLEARLY * Math.min(isMs, wasMs);
  if (!isClear) return null;
  return { change: isMs > wasMs ? 'worse' : 'better', says: `${what} ${duration(isMs)}, before ${duration(wasMs)}` };
}

const LEADING = ['new', 'worse', 'gone', 'better'] as const;

function summaryOf(targets: readonly TargetReport[]): string {
  const of = (state: TargetReport['state']) => targets.filter((target) => target.state === state);
  const states = (['faulty', 'inconclusive', 'unmeasured', 'healthy'] as const).flatMap((state) => {
    const number = of(state).length;
    return number > 0 ? [`${number} ${state}`] : [];
  });
  const changes = LEADING.flatMap((change) => {
    const keys = targets.filter((target) => target.change === change).map(({ key }) => key);
    return keys.length > 0 ? [`${change}: ${list(keys, 3)}`] : [];
  });
  return [`${count(targets.length, 'target')}: ${list(states)}`, ...changes].join('; ');
}
