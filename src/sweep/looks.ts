/**
 * The two looks of a sweep: a first, cheap one at all targets, and the full plan for those that did not look healthy. Each has its own
 * pods, because what an agent does is fixed when it starts, and both keep to the same budget.
 */
import { mayStop } from '../judge/engine/early-stop.ts';
import { examine, judge } from '../judge/judge.ts';
import { type Limits, within } from '../measure.ts';
import type { Limitation } from '../model/cluster.ts';
import { count } from '../model/format.ts';
import type { Recording } from '../model/recording.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Plan } from '../model/plan.ts';
import { fitFirst, fitScreen } from '../plan/fit.ts';
import type { Budget, Merged } from '../plan/merge.ts';
import { isSeen } from './cut.ts';
import { measureRound, type RoundOptions, type RoundResult } from './round.ts';

export interface LookOptions extends Omit<RoundOptions, 'merged' | 'isEnough' | 'limits'> {
  readonly limits: Limits;
  readonly budget: Budget;
  /** What is left of the sweep's time. */
  readonly leftMs: number;
}

/** One candidate's result of a look; null: there was no time for it. */
export type Seen = { readonly verdict: Verdict; readonly recording: Recording } | null;

export interface Look {
  /** In the order of the candidates. */
  readonly seen: readonly Seen[];
  readonly pods: number;
  readonly attempts: number;
  readonly notes: readonly Limitation[];
}

/** Until pods run, and after the last attempt until it is clear that nobody answers. */
const START_MS = 6000;
const LAST_WORDS_MS = 6000;
/** A first look may take this part of the time: faults want the rest. */
const FIRST_SHARE = 0.45;
/** After the first agent has said hello, this long for the others. */
const PATIENCE_MS = 15_000;

/** At all of them: what the user does, a few times, and the DNS on the way. */
export async function firstLook(options: LookOptions): Promise<Look> {
  const { candidates, budget, leftMs } = options;
  const plans = candidates.map(({ screen }) => screen);
  const mayTakeMs = leftMs * FIRST_SHARE;
  const { merged, fitting } = fitScreen(plans, budget, forAttempts(mayTakeMs));
  const planned = plannedBy(merged.plan);
  let firstHelloAt: number | null = null;
  const isEnough = ({ index }: RoundResult) => {
    if (index.hellos.size > 0) firstHelloAt ??= Date.now();
    const isLate = firstHelloAt !== null && Date.now() - firstHelloAt > PATIENCE_MS;
    return isSeen(index, isLate ? plannedOf(merged.plan, new Set(index.hellos.keys())) : planned);
  };
  using limits = within(options.limits, mayTakeMs);
  const result = await measureRound({ ...options, limits, merged, isEnough });
  return lookOf({ options, merged, result, fitting, what: 'not looked at' });
}

/** At these, with everything that a diagnosis of each alone would do; until each verdict is settled. */
export async function secondLook(options: LookOptions): Promise<Look> {
  const { candidates, budget, leftMs } = options;
  const plans = candidates.map(({ plan }) => plan());
  const { merged, fitting } = fitFirst(plans, budget, forAttempts(leftMs));
  const planned = plans.map((plan) => plannedBy(plan));
  const settled = new Set<number>();
  const isEnough = (now: RoundResult) => {
    for (let position = 0; position < fitting; position += 1) {
      if (settled.has(position)) continue;
      const recording = now.recording(position);
      const judgement = examine(recording);
      if (!mayStop(judgement, recording, planned[position] ?? new Map())) continue;
      settled.add(position);
      tellOf(options, position, judgement.verdict);
    }
    return settled.size === fitting;
  };
  const result = await measureRound({ ...options, merged, isEnough });
  const look = lookOf({ options, merged, result, fitting, what: 'not looked at again' });
  look.seen.forEach((seen, position) => {
    if (seen !== null && !settled.has(position)) tellOf(options, position, seen.verdict);
  });
  return look;
}

function tellOf(
  { reportProgress, candidates }: LookOptions,
  position: number,
  { status, findings, summary }: Verdict,
): void {
  const key = candidates[position]?.asked.key ?? '';
  reportProgress({ kind: 'target', key, status, says: findings[0]?.title ?? summary });
}

/** What of a look's time attempts may begin in; of a short time half, and the last of them are cut. */
function forAttempts(ms: number): number {
  return Math.max(ms / 2, ms - START_MS - LAST_WORDS_MS);
}

/** Whether there is time for pods to start and for loss to be told from silence. */
export function isTimeFor(leftMs: number): boolean {
  return leftMs > START_MS + LAST_WORDS_MS;
}

function plannedBy(plan: Plan): Map<string, number> {
  return plannedOf(plan, new Set(Object.keys(plan.assignments)));
}

/** How often each path is tried by these agents, without those to agents that are not there. */
function plannedOf({ assignments, paths }: Plan, agents: ReadonlySet<string>): Map<string, number> {
  const isThere = new Set(paths.flatMap(({ id, to }) => (to.kind !== 'agent' || agents.has(to.agent) ? [id] : [])));
  const schedules = Object.values(assignments).flatMap((each) => (agents.has(each.agent) ? each.schedules : []));
  return new Map(schedules.flatMap(({ path, count }) => (isThere.has(path) ? [[path, count]] : [])));
}

interface LookParts {
  readonly options: LookOptions;
  readonly merged: Merged;
  readonly result: RoundResult;
  readonly fitting: number;
  readonly what: string;
}

function lookOf({ options: { candidates, budget }, merged, result, fitting, what }: LookParts): Look {
  const seen = candidates.map((_, position): Seen => {
    if (position >= fitting) return null;
    const recording = result.recording(position);
    return { verdict: judge(recording), recording };
  });
  const left = candidates.length - fitting;
  const notes: Limitation[] = [];
  if (left > 0) notes.push({ what: `${left} of ${candidates.length} targets, ${what}`, because: NO_TIME });
  if (merged.leftOut > 0) {
    const because = `the sweep may make ${budget.pods} probe pods (budget.pods)`;
    notes.push({ what: `the view of ${count(merged.leftOut, 'vantage')}`, because });
  }
  return { seen, pods: result.pods, attempts: result.attempts, notes };
}

const NO_TIME =
  'they do not fit into the time; give it more (budget.timeout) or more attempts a second (budget.probesPerSecondPerNode)';
