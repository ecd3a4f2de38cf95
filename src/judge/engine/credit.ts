/** Who is believed, and which symptom is whose: consequences are masked, each symptom is explained once. Pure. */
import type { Certainty } from '../../model/verdict.ts';
import type { Symptom } from '../evidence/evidence.ts';
import { wilson } from '../evidence/intervals.ts';
import { LAYERS } from './diagnosis.ts';
import type { Case } from './diagnosis.ts';

const WEIGHT: Readonly<Record<Certainty, number>> = { proven: 0, likely: 1, possible: 2 };

/**
 * How sure each is of the cause; the least is the surest. That packets are lost is proven by their times alone, which tell nothing of what loses
 * them: so an effect is no surer than likely where a likely cause that is nearer to the root claims some of its paths.
 */
function weigh(cases: readonly Case[], byDepth: Order): (each: Case) => number {
  const causes = cases.filter(({ diagnosis, certainty }) => diagnosis.isEffect !== true && certainty !== 'possible');
  return (each) => {
    const isTold = (cause: Case) => byDepth(cause, each) < 0 && [...each.claims].some((path) => cause.claims.has(path));
    const isMereEffect = each.diagnosis.isEffect === true && causes.some(isTold);
    return isMereEffect ? Math.max(WEIGHT.likely, WEIGHT[each.certainty]) : WEIGHT[each.certainty];
  };
}

/** Below zero: `a` is nearer to the root. Within a layer the order of the catalogue decides. */
type Order = (a: Case, b: Case) => number;

/** `ids` are the diagnoses in the order of the catalogue. */
export function depthOrder(ids: readonly string[]): Order {
  const place = new Map(ids.map((id, index) => [id, index]));
  return (a, b) =>
    LAYERS.indexOf(a.diagnosis.layer) - LAYERS.indexOf(b.diagnosis.layer) ||
    (place.get(a.diagnosis.id) ?? 0) - (place.get(b.diagnosis.id) ?? 0);
}

/** A case is a consequence where others that are nearer to the root, and at least as sure, claim all the paths that it rests on. */
export function unmask(cases: readonly Case[], byDepth: Order): Case[] {
  const weightOf = weigh(cases, byDepth);
  return cases.filter((low) => {
    if (low.claims.size === 0) return true;
    const above = cases.filter(
      (high) => high.diagnosis.id !== low.diagnosis.id && byDepth(high, low) < 0 && weightOf(high) <= weightOf(low),
    );
    return [...low.claims].some((path) => !above.some(({ claims }) => claims.has(path)));
  });
}

export interface Credit {
  /** Indices in the recording of the symptoms that are this case's. */
  readonly explained: readonly number[];
  /** Share of all symptoms, 0 to 1; those of several equal causes are divided among them. */
  readonly share: number;
}

/** Each symptom goes to the surest, then deepest cause that takes it; equal causes of one diagnosis share it. */
export function credit(cases: readonly Case[], symptoms: readonly Symptom[], byDepth: Order): Map<Case, Credit> {
  const weightOf = weigh(cases, byDepth);
  const order = cases.toSorted((a, b) => weightOf(a) - weightOf(b) || byDepth(a, b));
  const explained = new Map<Case, number[]>(cases.map((each) => [each, []]));
  const parts = new Map<Case, number>();
  for (const symptom of symptoms) {
    const first = order.find((each) => each.takes(symptom));
    if (first === undefined) continue;
    const equals = order.filter(
      (each) => each.diagnosis.id === first.diagnosis.id && each.certainty === first.certainty && each.takes(symptom),
    );
    for (const each of equals) {
      explained.get(each)?.push(symptom.attempt.index);
      parts.set(each, (parts.get(each) ?? 0) + 1 / equals.length);
    }
  }
  return new Map(
    cases.map((each) => [
      each,
      {
        explained: explained.get(each) ?? [],
        share: symptoms.length === 0 ? 0 : (parts.get(each) ?? 0) / symptoms.length,
      },
    ]),
  );
}

/**
 * What explains most comes first. Shares whose difference may be chance are equal: then the surest, then the deepest. `felt` is the number of
 * symptoms that they are shares of.
 */
export function rank(cases: readonly Case[], credits: ReadonlyMap<Case, Credit>, felt: number, byDepth: Order): Case[] {
  const share = (each: Case) => credits.get(each)?.share ?? 0;
  const weightOf = weigh(cases, byDepth);
  const byRoot: Order = (a, b) => weightOf(a) - weightOf(b) || byDepth(a, b);
  const ranked: Case[] = [];
  let left = cases.toSorted((a, b) => share(b) - share(a) || byRoot(a, b));
  while (left.length > 0) {
    const most = Math.max(...left.map(share));
    const [equals, rest] = [
      left.filter((each) => isAlike(share(each), most, felt)),
      left.filter((each) => !isAlike(share(each), most, felt)),
    ];
    ranked.push(...equals.toSorted(byRoot));
    left = rest;
  }
  return ranked;
}

/** The 95 % intervals of two shares overlap; none is never like some. */
function isAlike(share: number, most: number, felt: number): boolean {
  if (share === most) return true;
  const [low] = wilson(most * felt, felt);
  const [, high] = wilson(share * felt, felt);
  return share > 0 && high >= low;
}
