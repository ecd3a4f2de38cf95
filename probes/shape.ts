/**
 * Checks of untrusted values, built from small parts. A check returns a fresh value that holds nothing but what it knows,
 * or one line that says where and what was expected. No dependency, because the agent must stay one small file.
 */
import type { Parsed } from './wire.ts';

export type Check<T> = (value: unknown, where: string) => Parsed<T>;

function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}
function wrong(where: string, expected: string): Parsed<never> {
  return { ok: false, problem: `${where}: expected ${expected}` };
}

/** A string of at most `longest` UTF-16 code units. */
export function text(longest: number): Check<string> {
  return (value, where) =>
    typeof value === 'string' && value.length <= longest
      ? accept(value)
      : wrong(where, `a string of at most ${longest} characters`);
}

/** A finite number within bounds. JSON can still carry 1e999, which is read as Infinity. */
export function number(lowest: number, highest: number): Check<number> {
  return (value, where) =>
    typeof value === 'number' && value >= lowest && value <= highest
      ? accept(value)
      : wrong(where, `a number from ${lowest} to ${highest}`);
}

/** A whole number within bounds. */
export function integer(lowest: number, highest: number): Check<number> {
  return (value, where) =>
    Number.isSafeInteger(value) ? number(lowest, highest)(value, where) : wrong(where, 'a whole number');
}

export const boolean: Check<boolean> = (value, where) =>
  typeof value === 'boolean' ? accept(value) : wrong(where, 'true or false');

/** One of a few literal values. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Check<T> {
  return (value, where) => {
    const found = values.find((candidate) => candidate === value);
    return found === undefined ? wrong(where, `one of ${values.join(', ')}`) : accept(found);
  };
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, where) => (value === null ? accept(null) : check(value, where));
}

/** A field that may be absent. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, where) => (value === undefined ? accept(value) : check(value, where));
}

/** The first of two checks that accepts; the problem told is the second one's. */
export function either<A, B>(first: Check<A>, second: Check<B>): Check<A | B> {
  return (value, where) => {
    const tried = first(value, where);
    return tried.ok ? tried : second(value, where);
  };
}

/** An array of at most `most` items. */
export function list<T>(check: Check<T>, most: number): Check<readonly T[]> {
  return (value, where) => {
    if (!Array.isArray(value) || value.length > most) return wrong(where, `a list of at most ${most}`);
    const items: T[] = [];
    for (const [index, item] of value.entries()) {
      const checked = check(item, `${where}[${index}]`);
      if (!checked.ok) return checked;
      items.push(checked.value);
    }
    return accept(items);
  };
}

/** An object with any keys, at most `most` of them. `__proto__` is refused: assigning it would change the object itself. */
export function dictionary<T>(check: Check<T>, most: number): Check<Record<string, T>> {
  return (value, where) => {
    if (!isObject(value)) return wrong(where, 'an object');
    const entries = Object.entries(value);
    if (entries.length > most) return wrong(where, `at most ${most} entries`);
    const result: Record<string, T> = {};
    for (const [key, item] of entries) {
      if (key === '__proto__' || key.length > LONGEST_KEY) return wrong(where, 'ordinary keys');
      const checked = check(item, `${where}.${key}`);
      if (!checked.ok) return checked;
      result[key] = checked.value;
    }
    return accept(result);
  };
}
/** As long as a Kubernetes object name may be (RFC 1123 subdomain), the longest key that anything here uses. */
const LONGEST_KEY = 253;

/** An object with these fields; others are left out of the result. */
export function object<T>(fields: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> {
  return (value, where) => {
    if (!isObject(value)) return wrong(where, 'an object');
    const result: Partial<T> = {};
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      const checked = fields[key](value[key], `${where}.${key}`);
      if (!checked.ok) return checked;
      result[key] = checked.value;
    }
    return accept(result as T);
  };
}

/** A closed union distinguished by one field. */
export function tagged<T>(tag: string, variants: Readonly<Record<string, Check<T>>>): Check<T> {
  return (value, where) => {
    const name = isObject(value) ? value[tag] : undefined;
    const check = typeof name === 'string' && Object.hasOwn(variants, name) ? variants[name] : undefined;
    return check === undefined ? wrong(`${where}.${tag}`, Object.keys(variants).join(', ')) : check(value, where);
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
