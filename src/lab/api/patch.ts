/** The patch formats: JSON merge patch (RFC 7386), JSON patch (RFC 6902) and an approximation of strategic merge. */
import { applyPatch as applyOperations } from 'rfc6902';
import type { Operation } from 'rfc6902';

type Json = unknown;
type JsonObject = Record<string, Json>;

export type Patched =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly problem: string };

/** The key by which items of a list are distinguished, by the list's path without indexes; other lists are replaced whole. */
const MERGE_KEYS: readonly (readonly [path: RegExp, key: string])[] = [
  [/(^|\.)(containers|initContainers|ephemeralContainers|volumes|env|imagePullSecrets)$/, 'name'],
  [/(^|\.)volumeMounts$/, 'mountPath'],
  [/ontainers\.ports$/, 'containerPort'],
  [/^spec\.ports$/, 'port'],
  [/(^|\.)hostAliases$/, 'ip'],
  [/(^|\.)topologySpreadConstraints$/, 'topologyKey'],
  [/^status\.(conditions|addresses)$/, 'type'],
  [/^metadata\.ownerReferences$/, 'uid'],
  [/^secrets$/, 'name'],
];

/** Names that would reach the prototype chain instead of data. */
const UNSAFE = new Set(['__proto__', 'constructor', 'prototype']);

/** JSON merge patch: objects merge, null deletes, everything else replaces. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (UNSAFE.has(key)) continue;
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** Strategic merge: as above, but lists of named things merge by their key, and `$patch` directives are honoured. */
export function strategicMerge(target: Json, patch: Json, path = ''): Json {
  if (!isObject(patch)) return patch;
  const directive = patch['$patch'];
  if (directive === 'delete') return undefined;
  const kept: JsonObject = isObject(target) && directive !== 'replace' ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (UNSAFE.has(key) || key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/')) continue;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const list = key.slice('$deleteFromPrimitiveList/'.length);
      const gone = Array.isArray(value) ? value : [];
      kept[list] = asList(kept[list]).filter((item) => !gone.includes(item));
    } else if (value === null) delete kept[key];
    else kept[key] = mergeField(kept[key], value, path === '' ? key : `${path}.${key}`);
    if (kept[key] === undefined) delete kept[key];
  }
  return kept;
}

/** JSON patch. The whole fails when one operation does. */
export function jsonPatch(target: JsonObject, operations: Json): Patched {
  if (!Array.isArray(operations) || !operations.every(isObject))
    return { ok: false, problem: 'a JSON patch must be a list of operations' };
  if (operations.some(({ path, from }) => isUnsafe(path) || isUnsafe(from)))
    return { ok: false, problem: 'invalid path' };
  const value = structuredClone(target);
  try {
    // The library looks itself whether they are operations.
    const problems = applyOperations(value, operations as unknown as Operation[]);
    const [first] = problems.filter((problem) => problem !== null);
    return first === undefined ? { ok: true, value } : { ok: false, problem: first.message };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function isUnsafe(pointer: Json): boolean {
  return typeof pointer === 'string' && pointer.split('/').some((part) => UNSAFE.has(part));
}

function mergeField(had: Json, value: Json, path: string): Json {
  if (!Array.isArray(value)) return strategicMerge(had, value, path);
  const key = MERGE_KEYS.find(([pattern]) => pattern.test(path))?.[1];
  if (path === 'metadata.finalizers') return [...new Set([...asList(had), ...value])];
  return key === undefined ? value : mergeList(asList(had), value, { key, path });
}

function mergeList(had: readonly Json[], patch: readonly Json[], how: { key: string; path: string }): Json[] {
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return patch.filter((item) => isObject(item) && item['$patch'] === undefined);
  }
  const result = [...had];
  for (const item of patch) {
    const id = isObject(item) ? item[how.key] : undefined;
    const index = result.findIndex((other) => isObject(other) && other[how.key] === id);
    const merged = strategicMerge(index < 0 ? undefined : result[index], item, how.path);
    if (merged === undefined) {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(merged);
    else result[index] = merged;
  }
  return result;
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
