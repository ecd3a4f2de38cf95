/** Every string of a value with what it means, replaced by another or only looked at. Pure. */
import { type At, type Meaning, meaningOf, meaningOfKeys } from './fields.ts';

export type Replace = (text: string, meaning: Meaning) => string;

/** The same shape, with other strings. */
export function replaced<T>(value: T, replace: Replace): T {
  return walk(value, { field: '', around: '' }, replace) as T;
}

function walk(value: unknown, at: At, replace: Replace): unknown {
  if (typeof value === 'string') return replace(value, meaningOf(value, at));
  if (Array.isArray(value)) return value.map((item) => walk(item, at, replace));
  if (typeof value !== 'object' || value === null) return value;
  const keys = meaningOfKeys(at.field);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      keys === null ? key : replace(key, keys),
      walk(item, { field: key, around: at.field }, replace),
    ]),
  );
}
