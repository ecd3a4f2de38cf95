/** Three-valued logic: what cannot be known is neither a match nor none. */
export type Match =
  | { readonly is: 'yes' }
  | { readonly is: 'no' }
  | { readonly is: 'unknown'; readonly because: string };

export const YES: Match = { is: 'yes' };
export const NO: Match = { is: 'no' };

export function unknown(because: string): Match {
  return { is: 'unknown', because };
}

export function matchIf(condition: boolean): Match {
  return condition ? YES : NO;
}

/** One yes suffices; without one, a single unknown leaves it open. */
export function anyOf(matches: readonly Match[]): Match {
  return decide(matches, 'yes') ?? NO;
}

/** One no suffices; without one, a single unknown leaves it open. */
export function allOf(matches: readonly Match[]): Match {
  return decide(matches, 'no') ?? YES;
}

/** What all of them say; unknown where they differ. The list must not be empty. */
export function agreement(matches: readonly Match[], because: string): Match {
  const [first] = matches;
  if (first === undefined) return unknown(because);
  return matches.every((match) => match.is === first.is) ? first : unknown(because);
}

function decide(matches: readonly Match[], decisive: 'yes' | 'no'): Match | undefined {
  return matches.find((match) => match.is === decisive) ?? matches.find((match) => match.is === 'unknown');
}
