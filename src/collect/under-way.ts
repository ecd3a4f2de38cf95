/** Attempts that are certainly under way: due, begun, and without an outcome yet. Pure. */
import type { Assignment, Hello, Phase, Probe, Sample, Shots } from '../../probes/wire.ts';

export interface UnderWayQuestion {
  readonly assignment: Assignment;
  readonly hello: Hello;
  /** What the agent has told until now. */
  readonly samples: readonly Sample[];
  /** On the agent's own clock, Unix milliseconds: what ended before then has been heard. See `heardUntil`. */
  readonly nowMs: number;
}

/** Younger ones may not have begun: agents start what is due one after the other. */
const YOUNGEST_MS = 200;
/** A log takes this long to reach us at most, as seen on a machine with ten times more work than processors. */
const LONGEST_LAG_MS = 3000;

/**
 * Until when, on the agent's own clock, everything it said is known to us: its log is in order, so until its latest line;
 * and where it says nothing, until as long ago as a log can lag.
 */
export function heardUntil(hello: Hello, latestSaidAt: number, sinceHelloMs: number): number {
  return Math.max(latestSaidAt, hello.at + sinceHelloMs - LONGEST_LAG_MS);
}

/**
 * A `cut` sample for each attempt that must have begun and has no outcome, with how long it waits: what is known of a silent path
 * before its own limit. Series that wait for a peer's address have an unknown beginning; it is taken from a sibling
 * series that has begun, the latest of them, or nothing is said.
 */
export function attemptsUnderWay({ assignment, hello, samples, nowMs }: UnderWayQuestion): Sample[] {
  const told = Map.groupBy(samples, (sample) => sample.path);
  const beginnings = assignment.shots.map((shots) => beginningOf(shots, hello, told.get(shots.path)));
  const late = lateBeginning(assignment, beginnings);
  const youngest = YOUNGEST_MS + Math.max(0, ...samples.map((sample) => sample.lateMs));
  return assignment.shots.flatMap((shots, index) => {
    const beganAt = beginnings[index] ?? late;
    if (beganAt === null) return [];
    const done = new Set(told.get(shots.path)?.map((sample) => sample.attempt));
    return Array.from({ length: shots.count }, (_, attempt) => ({
      attempt,
      at: beganAt + shots.startMs + attempt * shots.everyMs,
    }))
      .filter(({ attempt, at }) => !done.has(attempt) && nowMs - at >= youngest && nowMs - at < shots.limitMs)
      .map(({ attempt, at }) => cut(shots, { attempt, at, waitedMs: nowMs - at }));
  });
}

/** When a series began: with the agent where it needs no peer, else as its own samples tell. */
function beginningOf(shots: Shots, hello: Hello, samples: readonly Sample[] | undefined): number | null {
  const first = samples?.[0];
  if (first !== undefined) return first.at - first.lateMs - shots.startMs - first.attempt * shots.everyMs;
  return isLate(shots.probe) ? null : hello.at;
}

/** Needs the address of another agent. */
function isLate(probe: Probe): boolean {
  return probe.kind !== 'resolver' && 'agent' in probe.to;
}

/** The latest of the series that had to wait like this one. */
function lateBeginning({ shots }: Assignment, beginnings: readonly (number | null)[]): number | null {
  const late = beginnings.filter((began, index): began is number => {
    const probe = shots[index]?.probe;
    return began !== null && probe !== undefined && isLate(probe);
  });
  return late.length === 0 ? null : Math.max(...late);
}

/** Nothing of it is known but the waiting: which phase it is in follows from its kind only for the first. */
function cut(shots: Shots, { attempt, at, waitedMs }: { attempt: number; at: number; waitedMs: number }): Sample {
  const phase = firstPhase(shots.probe);
  return {
    type: 'sample',
    path: shots.path,
    attempt,
    at,
    lateMs: 0,
    outcome: { kind: 'cut', phase, waitedMs },
    phases: { [phase]: waitedMs },
    totalMs: waitedMs,
    local: null,
    seen: null,
    synRetransmissions: 0,
    dataRetransmissions: 0,
    counters: {},
    concurrent: 0,
    http: null,
    dns: null,
    stalledMs: 0,
    throttledMs: 0,
  };
}

function firstPhase(probe: Probe): Phase {
  switch (probe.kind) {
    case 'resolver':
      return 'dns';
    case 'udp':
      return 'first-byte';
    case 'dns':
      return probe.transport === 'udp' ? 'first-byte' : 'connect';
    case 'tcp':
    case 'http':
      return 'connect';
    default:
      return probe satisfies never;
  }
}
