/** The results of one target in a row → streaks of one state, as people remember them. */
import type { PastResult } from '../../model/history.ts';

/** Sweeps in a row that found the same. */
export interface Streak {
  readonly state: PastResult['state'];
  readonly diagnosis: string | null;
  /** Start of its first sweep, ISO 8601. */
  readonly from: string;
  /** Start of the first sweep of the next streak; null: it lasts. */
  readonly until: string | null;
  /** Start of its last sweep. */
  readonly seen: string;
  readonly sweeps: number;
  /** Median of the medians, and the highest of the high percentiles; null: never answered. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly lostShare: number | null;
  /** What the newest sweep that had something to say said. */
  readonly says: string | null;
}

/** `results` and what is returned are newest first. */
export function streaks(results: readonly PastResult[]): Streak[] {
  const groups: PastResult[][] = [];
  for (const result of results) {
    const group = groups.at(-1);
    if (group !== undefined && isAlike(group[0], result)) group.push(result);
    else groups.push([result]);
  }
  return groups.map((group, index) => streakOf(group, groups[index - 1]?.at(-1)?.startedAt ?? null));
}

function isAlike(a: PastResult | undefined, b: PastResult): boolean {
  return a?.state === b.state && a.diagnosis === b.diagnosis;
}

function streakOf(group: readonly PastResult[], until: string | null): Streak {
  const answered = group.flatMap(({ percentiles }) => percentiles ?? []);
  const medians = answered.map(({ p50Ms }) => p50Ms).toSorted((a, b) => a - b);
  const shares = group.flatMap(({ lostShare }) => lostShare ?? []);
  const [newest, oldest] = [group[0], group.at(-1)];
  return {
    state: newest?.state ?? 'unmeasured',
    diagnosis: newest?.diagnosis ?? null,
    from: oldest?.startedAt ?? '',
    until,
    seen: newest?.startedAt ?? '',
    sweeps: group.length,
    p50Ms: medians[Math.floor(medians.length / 2)] ?? null,
    p99Ms: highest(answered.map(({ p99Ms }) => p99Ms)),
    lostShare: highest(shares),
    says: group.find(({ says }) => says !== null)?.says ?? null,
  };
}

/** Not Math.max(...): a history may be longer than an argument list. */
export function highest(values: readonly number[]): number | null {
  return values.reduce<number | null>((most, value) => (most === null || value > most ? value : most), null);
}
