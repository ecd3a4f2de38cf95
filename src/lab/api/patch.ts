/** The patch formats: JSON merge patch (RFC 7386), JSON patch (RFC 6902) and an approximation of strategic merge. */

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
  if (!Array.isArray(operations)) return { ok: false, problem: 'a JSON patch must be a list of operations' };
  const root: JsonObject = { '': structuredClone(target) };
  for (const operation of operations) {
    const problem = isObject(operation) ? applyOperation(root, operation) : 'an operation must be an object';
    if (problem !== null) return { ok: false, problem };
  }
  const value = root[''];
  return isObject(value) ? { ok: true, value } : { ok: false, problem: 'the patch leaves no object' };
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

function applyOperation(root: JsonObject, operation: JsonObject): string | null {
  const path = pointer(operation['path']);
  const said = JSON.stringify(operation['path']);
  if (path === null) return `invalid path ${said}`;
  switch (operation['op']) {
    case 'add':
      return write(root, path, { value: operation['value'], insert: true });
    case 'replace':
      return read(root, path) === undefined
        ? `replace operation does not apply: doc is missing path: ${said}`
        : write(root, path, { value: operation['value'], insert: false });
    case 'remove':
      return removeAt(root, path) === undefined
        ? `remove operation does not apply: doc is missing path: ${said}`
        : null;
    case 'test':
      return JSON.stringify(read(root, path)) === JSON.stringify(operation['value'])
        ? null
        : `testing value ${said} failed`;
    case 'move':
    case 'copy': {
      const from = pointer(operation['from']);
      if (from === null) return `invalid from ${JSON.stringify(operation['from'])}`;
      const value = operation['op'] === 'move' ? removeAt(root, from) : structuredClone(read(root, from));
      return value === undefined
        ? `doc is missing path: ${JSON.stringify(operation['from'])}`
        : write(root, path, { value, insert: true });
    }
    default:
      return `unexpected operation ${JSON.stringify(operation['op'])}`;
  }
}

/** Every path starts in a wrapper, so that the whole document can be replaced too. */
function pointer(text: Json): string[] | null {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) return null;
  const parts = text.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return parts.some((part) => UNSAFE.has(part)) ? null : parts;
}

function read(root: Json, path: readonly string[]): Json {
  let value: Json = root;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isObject(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

function write(root: Json, path: readonly string[], what: { value: Json; insert: boolean }): string | null {
  const parent = read(root, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) {
    const index = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(index) || index < 0 || index > parent.length) return `index out of range: ${last}`;
    parent.splice(index, what.insert ? 0 : 1, what.value);
    return null;
  }
  if (!isObject(parent)) return `doc is missing path: ${path.join('/')}`;
  parent[last] = what.value;
  return null;
}

function removeAt(root: Json, path: readonly string[]): Json {
  const parent = read(root, path.slice(0, -1));
  const last = path.at(-1) ?? '';
  const value = read(root, path);
  if (value === undefined) return undefined;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return value;
}

function asList(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
