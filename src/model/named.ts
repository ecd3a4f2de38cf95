/** Objects by their namespace and name. Pure. */
import type { ObjectName } from './cluster.ts';

export function isSameName(one: ObjectName, other: ObjectName): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}

/** null: there is none of that name, or it has none. */
export function named<T extends ObjectName>(all: readonly T[], name: ObjectName | null | undefined): T | null {
  if (name === null || name === undefined) return null;
  return all.find((each) => isSameName(each, name)) ?? null;
}

/** What tells it from others of its kind, for maps and sets; '': it has no name. */
export function keyOf(name: ObjectName | null): string {
  return name === null ? '' : `${name.namespace}/${name.name}`;
}
