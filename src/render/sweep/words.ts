/** What a sweep says, in the order in which one wants to read it; shared by the terminal and Markdown. */
import { count, duration, list } from '../../model/format.ts';
import type { Change, SweepReport, TargetReport } from '../../model/sweep.ts';

/** What leads the page, and the heading over it. */
export const CHANGES = [
  { change: 'new', title: 'New' },
  { change: 'worse', title: 'Worse' },
  { change: 'gone', title: 'Gone' },
  { change: 'better', title: 'Better' },
] as const satisfies readonly { change: Change; title: string }[];

export const MARKS: Readonly<Record<TargetReport['state'], string>> = {
  healthy: '✓',
  faulty: '✗',
  inconclusive: '?',
  unmeasured: '-',
};

export const TABLE_COLUMNS = ['Target', 'State', 'Typical', 'p99', 'Lost', 'Why'] as const;

const ORDER: readonly TargetReport['state'][] = ['faulty', 'inconclusive', 'unmeasured', 'healthy'];

/** What is wrong stands above what is not; otherwise as in the file. */
export function inOrder(targets: readonly TargetReport[]): TargetReport[] {
  return targets.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

/** All of them, or those with something to tell since the last sweep: of a first one, that is everybody. */
export function shownTargets({ targets, before }: SweepReport, onlyChanges: boolean): readonly TargetReport[] {
  if (!onlyChanges || before === null) return targets;
  return targets.filter(
    ({ change, changeSays }) => !QUIET.has(change) || (change === 'unknown' && changeSays !== null),
  );
}
const QUIET: ReadonlySet<Change> = new Set(['same', 'first', 'unknown']);

/** Targets that say the same, together: one cause often has many targets. */
export function alike(targets: readonly TargetReport[]): { readonly keys: string; readonly first: TargetReport }[] {
  const groups = Map.groupBy(targets, ({ state, says, changeSays }) => JSON.stringify([state, says, changeSays]));
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ keys: list(same.map(({ key }) => key)), first }];
  });
}

/** Cells in the order of TABLE_COLUMNS. */
export function row(target: TargetReport): string[] {
  const { key, state, latency } = target;
  const percentiles = latency?.percentiles ?? null;
  return [
    `${MARKS[state]} ${key}`,
    state,
    percentiles === null ? '' : duration(percentiles.p50Ms),
    percentiles === null ? '' : duration(percentiles.p99Ms),
    latency === null ? '' : lost(latency),
    why(target),
  ];
}

/** As narrow as it can be: everything else of the table is worth more room. */
function lost({ lost: { share }, attempts }: NonNullable<TargetReport['latency']>): string {
  return `${Math.round(share * attempts)}/${attempts}`;
}

/** A healthy target needs no sentence, unless there is more to it than that. */
export function why({ state, says, expectations, verdict }: TargetReport): string {
  if (state !== 'healthy' || says !== verdict?.summary) return says;
  return expectations.map((each) => `${each.says} ${each.met === null ? 'cannot be told yet' : 'holds'}`).join(', ');
}

/** Those whose cause is shown in full: faults that are not known yet. */
export function toldInFull(report: SweepReport, isVerbose: boolean): TargetReport[] {
  const faulty = report.targets.filter(
    ({ state, verdict }) => state === 'faulty' && (verdict?.findings.length ?? 0) > 0,
  );
  const fresh = faulty.filter(({ change }) => change === 'new' || change === 'worse' || change === 'first');
  return isVerbose ? faulty : fresh.slice(0, MOST_IN_FULL);
}
/** One cause often has many targets; three pages of fixes are enough to begin with. */
const MOST_IN_FULL = 3;

/** `compared with 10:20 UTC, 12 minutes before`: which sweep `new` is measured by. */
export function comparedWith({ before, run }: SweepReport): string {
  if (before === null) return 'nothing to compare with yet';
  const ageMs = Date.parse(run.startedAt) - Date.parse(before.startedAt);
  return `compared with the sweep of ${clock(before.startedAt)}${ageMs >= 0 ? `, ${age(ageMs)} before` : ''}`;
}

/** ISO 8601 to the minute, as people write it. */
export function clock(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/u.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;
}

function age(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return duration(ms);
  if (minutes < 120) return count(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? count(hours, 'hour') : count(Math.round(hours / 24), 'day');
}

/** `200 targets, 2,010 attempts from 9 pods in 42 s, at most 20 a second and node`. */
export function extent({ targets, run }: SweepReport): string {
  const { attempts, pods, tookMs, probesPerSecondPerNode } = run;
  const work = `${count(attempts, 'attempt')} from ${count(pods, 'pod')} in ${duration(tookMs)}`;
  return `${count(targets.length, 'target')}, ${work}, at most ${probesPerSecondPerNode} a second and node`;
}

export function cutShort({ run }: SweepReport): string | null {
  const by = { timeout: 'time was up', interrupted: 'interrupted' }[run.ended];
  return by === undefined ? null : `${by} after ${duration(run.tookMs)}; judged from what had been measured until then`;
}
