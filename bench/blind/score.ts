/** A verdict against what was drawn. */
import type { Finding, Verdict } from '../../src/model/verdict.ts';
import type { Draw, Truth } from './draw.ts';

export const OUTCOMES = [
  /** The first finding is true and surer than possible; in a healthy draw, healthy. */
  'right',
  /** The first finding is true, but only possible. */
  'unsure',
  /** A true finding is there, another one leads that is surer than possible. */
  'behind',
  /** The first finding is surer than possible and not true, and no true one is there. */
  'wrong',
  /** Faulty or inconclusive, and nothing wrong was said. */
  'inconclusive',
  /** Called healthy, and broken. */
  'healthy',
  /** The command gave no verdict. */
  'no verdict',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export function outcomeOf({ truths }: Pick<Draw, 'truths'>, verdict: Verdict | null): Outcome {
  if (verdict === null) return 'no verdict';
  if (truths.length === 0) return ofHealthy(verdict);
  if (verdict.status === 'healthy') return 'healthy';
  const [first] = verdict.findings;
  const isTrue = (finding: Finding): boolean => truths.some((truth) => agrees(truth, finding));
  if (first === undefined) return 'inconclusive';
  if (isTrue(first)) return isSure(first) ? 'right' : 'unsure';
  if (!isSure(first)) return 'inconclusive';
  return verdict.findings.some(isTrue) ? 'behind' : 'wrong';
}

/** How many of what was broken are among the findings. */
export function toldOf({ truths }: Pick<Draw, 'truths'>, verdict: Verdict | null): number {
  return truths.filter((truth) => verdict?.findings.some((finding) => agrees(truth, finding))).length;
}

function ofHealthy({ status, findings }: Verdict): Outcome {
  if (findings.some(isSure)) return 'wrong';
  return status === 'healthy' && findings.length === 0 ? 'right' : 'inconclusive';
}

function agrees({ accepts, names }: Truth, { diagnosis, object, where }: Finding): boolean {
  if (!accepts.includes(diagnosis)) return false;
  const told = [object?.name, where?.from, where?.to].filter((name) => name !== undefined);
  return names.length === 0 || names.some((name) => told.some((one) => one.includes(name)));
}

function isSure({ certainty }: Finding): boolean {
  return certainty !== 'possible';
}
