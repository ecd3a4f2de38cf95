/** Which timers of the catalogue may have made modes of somebody else's timings, and which may not, and why. Pure. */
import { duration, list } from '../model/format.ts';
import type { TimerCandidate } from '../model/timings.ts';
import { type Asked, type Fit, isExact, timersOf } from './mode-timers.ts';
import { isKernel, LADDERS, lateness, scoreOf } from './ranking.ts';
import type { SeenMode } from './seen-modes.ts';

export interface Doubt {
  readonly suspect: string;
  readonly because: string;
}

interface Found {
  /** Likeliest first. */
  readonly candidates: readonly TimerCandidate[];
  readonly doesNotFit: readonly Doubt[];
}

/** From the second SYN on, earlier ones have to be seen too; but where checksums are spoilt, all are lost until the last ones (31, 35, 63, 67 s). */
const LAST_STEPS_MS = 31_000;
/** From this many milliseconds of rounding on, nothing can be said of how late a timer was. */
const COARSE_MS = 10;

export function candidatesFor(modes: readonly SeenMode[], asked: Asked): Found {
  const slow = modes.filter(({ isSlow }) => isSlow);
  const base = modes.find(({ isSlow }) => !isSlow)?.ms ?? 0;
  const judged = modes.flatMap((mode, index) => (mode.isSlow ? [timersOf(mode, index, base, asked)] : []));
  const all = Map.groupBy(
    judged.flatMap(({ fits }) => fits),
    ({ match }) => match.timer.id,
  );
  const { kept, lone } = partLone([...all.values()]);
  const ranked = kept.map((own) => ({ own, score: scoreOf(own, slow) })).toSorted((a, b) => b.score - a.score);
  const misses = new Map(
    judged.flatMap(({ nearMisses }) =>
      nearMisses.map(({ timer, because }) => [timer.id, { suspect: timer.name, because }]),
    ),
  );
  for (const { match } of kept.flat()) misses.delete(match.timer.id);
  return {
    candidates: ranked.flatMap(({ own }) => candidate(own, asked)),
    doesNotFit: [...lone, ...misses.values()],
  };
}

/** A k-th retransmission without any first one is no chance loss. Where the phase is not known either, that rules it out. */
function partLone(byTimer: readonly (readonly Fit[])[]): { kept: (readonly Fit[])[]; lone: Doubt[] } {
  const isLone = (own: readonly Fit[]) => {
    const isFirst = own.some(({ match }) => match.step === 1);
    const isLast = own.every(({ match }) => match.nominalMs >= LAST_STEPS_MS);
    const isLadder = own.some(({ match }) => LADDERS.includes(match.timer.id));
    return isLadder && !isFirst && !isLast && own.every(({ mode }) => mode.phase === null);
  };
  const lone = byTimer
    .filter(isLone)
    .flatMap((own) => own.slice(0, 1))
    .map(({ match: { timer, nominalMs } }): Doubt => {
      const because = `${duration(nominalMs)} is a later step of it: by chance the earlier ones would be more frequent, and none is here`;
      return { suspect: timer.name, because };
    });
  return { kept: byTimer.filter((own) => !isLone(own)), lone };
}

function candidate(own: readonly Fit[], asked: Asked): TimerCandidate[] {
  const [first] = own;
  if (first === undefined) return [];
  const { timer } = first.match;
  return [
    {
      timer: timer.id,
      name: timer.name,
      nominalMs: [...new Set(own.map(({ match }) => match.nominalMs))].toSorted((a, b) => a - b),
      phases: [...timer.phases],
      modes: own.map(({ index }) => index),
      certainty: 'possible',
      because: reasons(own, first, asked),
      distinguishedBy: timer.distinguishedBy,
      backing: timer.backing,
      source: timer.source,
    },
  ];
}

function reasons(own: readonly Fit[], { match: { timer, nominalMs, isAnywhere } }: Fit, { slackMs }: Asked): string[] {
  const phases = [...new Set(own.flatMap(({ mode }) => mode.phase ?? []))];
  const isUntold = own.every(({ mode }) => mode.outcome === null);
  const ends = { failed: 'if these attempts failed', answered: 'if they were answered', either: null }[timer.ends];
  const isSharp = own.every(({ mode }) => isExact(mode)) && slackMs < COARSE_MS && lateness(own) === 1;
  return [
    phases.length > 0 ? `the time is spent in ${list(phases)}` : `if the time is spent in ${either(timer.phases)}`,
    ...(isUntold && ends !== null ? [ends] : []),
    ...(own.some(({ isLoose }) => isLoose) ? ['with some other work on top'] : []),
    ...(isAnywhere ? [`anywhere up to ${duration(nominalMs)}`] : []),
    ...(own.length > 1 ? [`${own.length} modes are steps of it`] : []),
    ...(isSharp ? [isKernel(timer) ? 'late as the kernel’s timers are' : 'sharp as a program’s timer is'] : []),
  ];
}

function either(phases: readonly string[]): string {
  return phases.length < 2 ? phases.join('') : `${phases.slice(0, -1).join(', ')} or ${phases.at(-1)}`;
}
