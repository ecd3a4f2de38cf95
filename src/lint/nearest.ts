/** What a selector that means nothing was probably meant to say. */
import type { LabelSelector } from '../model/cluster.ts';
import { list } from '../model/format.ts';
import { nearestNames } from '../model/nearest.ts';

type Labels = Readonly<Record<string, string>>;

export interface Bearer {
  readonly labels: Labels;
  /** Who has them, for people: `Deployment web`. */
  readonly who: string;
}

export interface Near {
  /** The selector as it would have to be. */
  readonly labels: Labels;
  readonly who: string;
  /** `app=wbe: nobody has it; Deployment web has app=web` */
  readonly says: string;
}

/** A selector in the words of kubectl: `app=web,tier in (a,b)`. */
export function saySelector(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values }) => {
    const all = (values ?? []).join(',');
    return (
      { In: `${key} in (${all})`, NotIn: `${key} notin (${all})`, Exists: key, DoesNotExist: `!${key}` }[operator] ??
      key
    );
  });
  const parts = [...equal, ...others];
  return parts.length === 0 ? '{}' : parts.join(',');
}

/**
 * The bearer that agrees in most pairs, with the pairs in which it does not, corrected: another value of the same key, or a key and value
 * that are spelled almost alike. null: nobody comes near, and a guess would mislead.
 */
export function nearestLabels(wanted: Labels, bearers: readonly Bearer[]): Near | null {
  const pairs = Object.entries(wanted);
  const scored = bearers
    .flatMap((bearer) => {
      const fixed = pairs.map(([key, value]) => corrected(key, value, bearer.labels));
      if (pairs.length === 0 || fixed.some((each) => each === null)) return [];
      const exact = pairs.filter(([key, value]) => bearer.labels[key] === value).length;
      const edits = fixed.reduce((sum, each) => sum + (each?.cost ?? 0), 0);
      return [
        {
          bearer,
          exact,
          edits,
          labels: Object.fromEntries(fixed.flatMap((each) => (each === null ? [] : [each.pair]))),
        },
      ];
    })
    .toSorted((a, b) => b.exact - a.exact || a.edits - b.edits);
  const [best] = scored;
  if (best === undefined) return null;
  const same = scored.filter(({ labels }) => JSON.stringify(labels) === JSON.stringify(best.labels));
  const who = list([...new Set(same.map(({ bearer }) => bearer.who))], 3);
  const wrong = pairs.filter(([key, value]) => best.labels[key] !== value).map(([key, value]) => `${key}=${value}`);
  const right = Object.entries(best.labels)
    .filter(([key, value]) => wanted[key] !== value)
    .map(([key, value]) => `${key}=${value}`);
  // Quite another value, and nothing that agrees: somebody else of the same neighbourhood.
  if (best.exact === 0 && best.edits > wrong.length) return null;
  return {
    labels: best.labels,
    who,
    says: `${list(wrong)}: nobody has ${wrong.length === 1 ? 'it' : 'them'}; ${who} has ${list(right)}`,
  };
}

interface Corrected {
  readonly pair: readonly [string, string];
  /** 0: as wanted; 1: spelled almost alike, or under another key; 2: another value. */
  readonly cost: number;
}

function corrected(key: string, value: string, labels: Labels): Corrected | null {
  const its = labels[key];
  if (its === value) return { pair: [key, value], cost: 0 };
  if (its !== undefined) return { pair: [key, its], cost: isAlike(value, its) ? 1 : 2 };
  const nearKey = Object.keys(labels).find((each) => labels[each] === value && isAlike(key, each));
  if (nearKey !== undefined) return { pair: [nearKey, value], cost: 1 };
  // The same word under another key of the usual ones: app=web where pods carry app.kubernetes.io/name=web.
  const [same] = Object.entries(labels).filter(([, each]) => each === value);
  return same === undefined ? null : { pair: same, cost: 1 };
}

/** Few edits apart, and with the same beginning: of short words, few edits alone make any word of any other. */
function isAlike(a: string, b: string): boolean {
  return a[0]?.toLowerCase() === b[0]?.toLowerCase() && nearestNames(a, [b]).length > 0;
}
