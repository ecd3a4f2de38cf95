/** When each path is tried: open loop, one second between connects of one vantage to one destination. */
import { WIRE_VERSION } from '../../probes/wire.ts';
import type { Assignment, Schedule } from '../../probes/wire.ts';
import type { Agent, Destination, Path } from '../model/plan.ts';
import type { Weight, WeightedPath } from '../experiments/path.ts';

/**
 * Faster probing of one destination would meet the kernel's limit of one ICMP error a second
 * (icmp_ratelimit, Documentation/networking/ip-sysctl.rst) and so make the one-second mode it looks for.
 */
const EVERY_MS = 1000;
/** In this time all paths of a vantage have begun, milliseconds: not at once, for each would time the others' start; and no later, for a verdict waits for the last. */
const WITHIN_MS = 600;

/** Longer than the plateaus to be named (15 s of three proxy tries), and no timer of anybody's. */
const LIMIT_MS = 16_700;

/** What the user does is tried most: shares are read from it. An experiment needs few: it works or it does not. */
const COUNTS: Readonly<Record<Weight, number>> = { user: 6, hop: 5, experiment: 4, single: 1 };

/**
 * A pod that was just made may be treated otherwise than it will be (policy reference 7: up to 2 s on real engines, more where an agent is
 * slow): where it was hindered, it tries again when it is older than that. Of what works at once nothing is repeated.
 */
const GROWN_MS = 4500;
/** Two that end alike are a state; what the user does is a share, and wants one more. */
const AGAIN: Readonly<Record<Weight, number>> = { user: 3, hop: 2, experiment: 2, single: 2 };

export interface Timing {
  readonly run: string;
  /** The agents leave by themselves this long after their start, milliseconds. */
  readonly deadlineMs: number;
  /** What is tried more than once goes on for this long, milliseconds. Absent or null: as often as is usual. */
  readonly lastingMs?: number | null;
}

export function assignSchedules(
  agents: readonly Agent[],
  paths: readonly WeightedPath[],
  timing: Timing,
): Record<string, Assignment> {
  const answered = new Map<string, Set<number>>();
  for (const { path } of paths) {
    if (path.to.kind === 'agent' && path.to.port !== null) {
      answered.set(path.to.agent, (answered.get(path.to.agent) ?? new Set()).add(path.to.port));
    }
  }
  const own = Map.groupBy(paths, ({ path }) => path.from);
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  return Object.fromEntries(
    agents.map((agent) => [
      agent.id,
      {
        version: WIRE_VERSION,
        run: timing.run,
        agent: agent.id,
        answers:
          agent.kind === 'local' || agent.kind === 'inside'
            ? { tcp: [], udp: [] }
            : { tcp: [0, ...(answered.get(agent.id) ?? [])], udp: [0] },
        schedules: spread(own.get(agent.id) ?? [], timing.lastingMs ?? 0, (path) => isYoung(agent, path, byId)),
        deadlineMs: timing.deadlineMs,
        ...(agent.kind === 'host' ? { tellsNode: true } : {}),
      },
    ]),
  );
}

/** One of its ends is a pod that this run makes, with a network of its own; a container in a pod that was there is none. */
function isYoung(from: Agent, { to }: Path, agents: ReadonlyMap<string, Agent>): boolean {
  const far = to.kind === 'agent' ? agents.get(to.agent) : undefined;
  return [from, far].some((agent) => agent?.kind === 'control' || agent?.kind === 'twin');
}

/** Paths that share a destination are spread over the time in which all begin, and so are the vantage's paths as a whole. */
function spread(paths: readonly WeightedPath[], lastingMs: number, mayBeHindered: (path: Path) => boolean): Schedule[] {
  const perDestination = Map.groupBy(paths, ({ path }) => hostOf(path.to));
  return [...perDestination.values()].flatMap((siblings, position) =>
    siblings.map((each, place) => {
      const { path, weight, attempts, delayMs = 0, everyMs, withinMs = WITHIN_MS, limitMs, isCounted } = each;
      const schedule = {
        path: path.id,
        probe: path.probe,
        startMs: Math.round(delayMs + (withinMs / siblings.length) * (place + position / perDestination.size)),
        everyMs: everyMs ?? EVERY_MS,
        count: attempts ?? COUNTS[weight],
        limitMs: limitMs ?? LIMIT_MS,
        ...(mayBeHindered(path) ? { again: { afterMs: GROWN_MS, count: AGAIN[weight] } } : {}),
      };
      return isCounted === true ? schedule : lasting(schedule, lastingMs);
    }),
  );
}

/** An experiment that is made once is a look at a state; everything else may see what comes and goes. */
function lasting(schedule: Schedule, lastingMs: number): Schedule {
  const { startMs, everyMs, count } = schedule;
  return count < 2
    ? schedule
    : { ...schedule, count: Math.max(count, Math.floor((lastingMs - startMs) / everyMs) + 1) };
}

function hostOf(to: Destination): string {
  switch (to.kind) {
    case 'agent':
      return to.agent;
    case 'resolver':
      return 'resolver';
    case 'entry':
    case 'service':
    case 'backend':
    case 'dns-server':
    case 'external':
      return to.address;
    default:
      return to satisfies never;
  }
}
