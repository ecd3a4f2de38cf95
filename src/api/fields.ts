/**
 * Reading API objects without trusting them: each reader checks the type it returns, so that a strange object (a controller's
 * own CRD, a proxy's error page, an attack) yields null or nothing, never a crash.
 */

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || Array.isArray(here) || !Object.hasOwn(here, key)) return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

/** A string that is not empty, or null. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : null;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | null {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

/** True only where it says true. */
export function flagAt(value: unknown, ...path: readonly string[]): boolean {
  return at(value, ...path) === true;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The strings of a list; anything else in it is left out. */
export function textsAt(value: unknown, ...path: readonly string[]): string[] {
  return listAt(value, ...path).filter((each): each is string => typeof each === 'string' && each !== '');
}

/** A map of strings: labels, annotations, selectors, ConfigMap data. */
export function mapAt(value: unknown, ...path: readonly string[]): Record<string, string> {
  const found = at(value, ...path);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return {};
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A port as Kubernetes writes it: a number, or the name of one. */
export function portAt(value: unknown, ...path: readonly string[]): number | string | null {
  return numberAt(value, ...path) ?? textAt(value, ...path);
}

/** Name and namespace of an object; null where it has no name. Cluster-scoped objects have namespace ''. */
export function nameOf(object: unknown): { readonly namespace: string; readonly name: string } | null {
  const name = textAt(object, 'metadata', 'name');
  return name === null ? null : { namespace: textAt(object, 'metadata', 'namespace') ?? '', name };
}

export const labelsOf = (object: unknown): Record<string, string> => mapAt(object, 'metadata', 'labels');
export const annotationsOf = (object: unknown): Record<string, string> => mapAt(object, 'metadata', 'annotations');
