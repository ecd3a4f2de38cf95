/** Flags with a few known values, and flags with many. */
import { nearestNames } from '../model/nearest.ts';
import { UserError } from '../model/user-error.ts';
import { type Flags, text } from '../options.ts';

/** One of the known values; null where the flag is absent. Throws UserError. */
export function choice<T extends string>(flags: Flags, name: string, known: readonly T[]): T | null {
  const value = text(flags, name);
  if (value === null) return null;
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  const [nearest] = nearestNames(value, known);
  const takes = `it takes ${known.join(', ')}`;
  const hint = nearest === undefined ? takes : `did you mean ${nearest}? ${takes}`;
  throw new UserError(`--${name} ${value} is not known`, { hint });
}

/** `--twins shop checkout`, `--twins shop,checkout`: each value once. Throws UserError for an empty one. */
export function values(flags: Flags, name: string): string[] {
  const given = flags[name];
  const list = (Array.isArray(given) ? given : given === undefined ? [] : [given]).flatMap((each) =>
    String(each).split(','),
  );
  if (list.some((each) => each.trim() === '') || (Array.isArray(given) && given.length === 0))
    throw new UserError(`--${name} is empty`, { hint: 'give it a value or leave it out' });
  return [...new Set(list)];
}
