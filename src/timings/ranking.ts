/** Which of several timers that fit is the likelier. Pure. */
import type { Fit } from './mode-timers.ts';
import type { SeenMode } from './seen-modes.ts';
import type { Timer } from '../judge/evidence/timer.ts';

/** Timers whose later steps are by chance rarer than the earlier ones. */
export const LADDERS: readonly string[] = [
  'syn-retransmission',
  'synack-retransmission',
  'rate-limited-reject',
  'lost-request-segment',
  'lost-answer-segment',
  'jndi-dns-timeout',
];
/** What people meet most where they ask why something takes 1 s, 5 s or 15 s; it only parts candidates that fit alike. */
const MET_MOST: readonly string[] = [
  'glibc-resend',
  'nginx-connect-timeout',
  'syn-retransmission',
  'nginx-connect-give-up',
];
/** A program's timer is late by less than this share, the kernel's by more (seen: 5.000 to 5.03 s against 5.05 to 5.2 s). */
const SHARP = 0.008;

/** What each ground weighs, in parts of "it fits everything that is slow", which is 3. */
const WEIGHT = {
  covers: 3,
  furtherStep: 1,
  open: -0.15,
  anywhere: -1.5,
  loose: -0.5,
  onlyIfFailed: -1,
  late: 0.3,
  loneLaterStep: -0.5,
  metMost: 0.5,
  measured: 0.1,
} as const;
const MOST_FURTHER_STEPS = 2;

/** Higher is likelier. `own`: the modes that one timer fits; `slow`: all slow modes. */
export function scoreOf(own: readonly Fit[], slow: readonly SeenMode[]): number {
  const [first] = own;
  const all = slow.reduce((sum, mode) => sum + weightOf(mode), 0);
  if (first === undefined || all === 0) return 0;
  const { timer, isAnywhere, open } = first.match;
  const isLaterStep = own.length === 1 && first.match.step > 1 && LADDERS.includes(timer.id);
  const isUntold = own.every(({ mode }) => mode.outcome === null);
  const parts = [
    (WEIGHT.covers * own.reduce((sum, { mode }) => sum + weightOf(mode), 0)) / all,
    WEIGHT.furtherStep * Math.min(MOST_FURTHER_STEPS, own.length - 1),
    WEIGHT.open * open,
    WEIGHT.late * lateness(own),
    isAnywhere ? WEIGHT.anywhere : 0,
    own.every(({ isLoose }) => isLoose) ? WEIGHT.loose : 0,
    timer.ends === 'failed' && isUntold ? WEIGHT.onlyIfFailed : 0,
    isLaterStep ? WEIGHT.loneLaterStep : 0,
    MET_MOST.includes(timer.id) ? WEIGHT.metMost : 0,
    timer.backing === 'measured' ? WEIGHT.measured : 0,
  ];
  return parts.reduce((sum, part) => sum + part, 0);
}

function weightOf({ count, share }: SeenMode): number {
  return count ?? (share[0] + share[1]) / 2;
}

/** 1: as late as timers of this kind are, -1: not, 0: cannot be told. */
export function lateness(own: readonly Fit[]): -1 | 0 | 1 {
  const exact = own.filter(({ match, isLoose }) => !match.isAnywhere && !isLoose);
  const seen = exact.flatMap(({ mode, match }) =>
    mode.delays.filter(({ low, high }) => low === high).map(({ low }) => low / match.nominalMs - 1),
  );
  const late = seen.toSorted((a, b) => a - b)[Math.floor(seen.length / 2)];
  if (late === undefined) return 0;
  return late >= SHARP === isKernel(own[0]?.match.timer) ? 1 : -1;
}

export function isKernel(timer: Timer | undefined): boolean {
  return timer?.of === 'kernel';
}
