/** Where the time of one run went, from the recording that it kept; and the shortest that its timers allow. Pure. */
import type { Recording } from '../../src/model/recording.ts';
import type { Verdict } from '../../src/model/verdict.ts';

/** Milliseconds since the command's first instruction. */
export interface Timeline {
  /** The program is loaded, and asks the API server. */
  readonly loaded: number;
  /** The first attempt of what the user does has begun: the cluster is read, the plan made, an agent runs. */
  readonly firstAsked: number;
  /** The last pod's agent runs. */
  readonly allHere: number;
  /** The first attempt between two agents has begun: they know each other. */
  readonly acquainted: number;
  /** Nothing more is measured. */
  readonly judged: number;
  /** The command has ended, its pods removed. */
  readonly ended: number;
  /** What `judged` could be at best, by the timers that this verdict waits for alone. */
  readonly floor: number;
}

export const STEPS = ['loaded', 'firstAsked', 'allHere', 'acquainted', 'judged', 'ended', 'floor'] as const;

/** How long what is silent must have waited to be called so: the kernel's third SYN, 2 s after the first, must be unanswered too (judge/evidence/usable.ts). */
const TELLING_WAIT_MS = 2500;
/** Between two attempts on one path (plan/schedules.ts), and how many of them a healthy verdict rests on (judge/engine/early-stop.ts). */
const EVERY_MS = 1000;
const CLEAN_EACH = 3;

export interface Ran {
  /** Unix milliseconds. */
  readonly beganMs: number;
  readonly endedMs: number;
}

export function timelineOf(recording: Recording, verdict: Verdict, { beganMs, endedMs }: Ran): Timeline {
  const paths = new Map(recording.plan.paths.map((path) => [path.id, path]));
  const first = (isAsked: (path: Recording['plan']['paths'][number]) => boolean) =>
    Math.min(
      ...recording.samples.flatMap(({ path: id, at }) => {
        const path = paths.get(id);
        return path !== undefined && isAsked(path) ? [at] : [];
      }),
    );
  const startedAt = Date.parse(recording.startedAt);
  const since = (at: number) => Math.round(at - beganMs);
  const firstAsked = since(first((path) => path.userFacing));
  const acquainted = since(first((path) => path.to.kind === 'agent'));
  return {
    loaded: since(startedAt),
    firstAsked,
    allHere: since(Math.max(...recording.hellos.map(({ at }) => at))),
    acquainted,
    judged: since(startedAt + recording.tookMs),
    ended: since(endedMs),
    floor: floorOf(recording, verdict, { firstAsked, acquainted }),
  };
}

/** The timer that the user met, seen once whole; the silence between agents, long enough to be one; a healthy path, tried three times. */
function floorOf(
  { samples }: Recording,
  { status, findings }: Verdict,
  { firstAsked, acquainted }: Pick<Timeline, 'firstAsked' | 'acquainted'>,
): number {
  if (status === 'healthy') return firstAsked + (CLEAN_EACH - 1) * EVERY_MS;
  const timer = findings[0]?.timer?.ms ?? 0;
  const isSilent = samples.some(({ outcome, synRetransmissions }) => outcome.kind === 'cut' && synRetransmissions > 1);
  const silence = isSilent ? acquainted + TELLING_WAIT_MS : 0;
  return Math.max(firstAsked + timer, silence);
}
