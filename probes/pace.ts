/**
 * Open-loop pacing: each attempt has an instant at which it is due, whether or not earlier ones have ended. A closed
 * loop would ask less often exactly while the answers are slow, and hide what it is looking for.
 */
import type { Schedule } from './wire.ts';

/** One attempt whose time has come. `dueMs` is on the caller's monotonic clock. */
export interface Due {
  readonly schedule: Schedule;
  readonly attempt: number;
  readonly dueMs: number;
}

interface Series {
  readonly schedule: Schedule;
  readonly beginsMs: number;
  next: number;
  /** Attempts are numbered up to here, this one not included. */
  readonly end: number;
}

/** When everything is due. It has no clock: callers say what time it is. */
export class Pace {
  readonly #series = new Set<Series>();

  /** A series can begin at this instant; its first attempt is due `startMs` later. */
  add(schedule: Schedule, beginsMs: number): void {
    if (schedule.count > 0) this.#series.add({ schedule, beginsMs, next: 0, end: schedule.count });
  }

  /** The attempts that `again` promises, of a series that could begin at `beganMs`; the first is due now or later. */
  addAgain(schedule: Schedule, beganMs: number, nowMs: number): void {
    const { again, startMs, everyMs, count } = schedule;
    if (again === undefined) return;
    const firstMs = Math.max(nowMs, beganMs + again.afterMs, beganMs + startMs + count * everyMs);
    const beginsMs = firstMs - startMs - count * everyMs;
    this.#series.add({ schedule, beginsMs, next: count, end: count + again.count });
  }

  /** When the next attempt is due; null when none is left. */
  nextDueMs(): number | null {
    let earliest: number | null = null;
    for (const series of this.#series) {
      const due = dueMs(series);
      if (earliest === null || due < earliest) earliest = due;
    }
    return earliest;
  }

  /** Takes out all attempts due by `nowMs`, earliest first. */
  take(nowMs: number): Due[] {
    const due: Due[] = [];
    for (const series of this.#series) {
      while (series.next < series.end && dueMs(series) <= nowMs) {
        due.push({ schedule: series.schedule, attempt: series.next, dueMs: dueMs(series) });
        series.next += 1;
      }
      if (series.next >= series.end) this.#series.delete(series);
    }
    return due.toSorted((one, other) => one.dueMs - other.dueMs);
  }
}

function dueMs({ schedule, beginsMs, next }: Series): number {
  return beginsMs + schedule.startMs + next * schedule.everyMs;
}
