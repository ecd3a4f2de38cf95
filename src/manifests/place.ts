/** Where a part of an object is written. The document is read once more, for the few objects that there is something to say of. */
import { isMap, isNode, isPair, isScalar, isSeq, type ParsedNode, parseDocument, visit } from 'yaml';
import type { FieldPath, Place } from '../model/lint.ts';
import { type Source, YAML_OPTIONS } from './documents.ts';

/** What to point at: the deepest part of `path` that is there; below it, where `value` is given, the first scalar that has it. */
export interface Spot {
  readonly path: FieldPath;
  readonly value?: string | number;
}

export function placeOf(source: Source, spot: Spot): Place {
  const { file, text, start, end, within } = source;
  const document = parseDocument(text.slice(start, end), YAML_OPTIONS);
  const offset = start + offsetIn(document.contents, [...within, ...spot.path], spot.value);
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { file, line: countOf(before, '\n') + 1, column: offset - lastBreak };
}

function offsetIn(contents: ParsedNode | null, path: FieldPath, value: Spot['value']): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const key of path) {
    const next = childOf(node, key);
    if (next === null) break;
    ({ node } = next);
    offset = next.offset;
  }
  return (value === undefined ? null : offsetOfValue(node, value)) ?? offset;
}

/** Of a field its key is pointed at, of an item of a list the item. */
function childOf(node: unknown, key: string | number): { node: unknown; offset: number } | null {
  if (isMap(node)) {
    const pair = node.items.find(
      (each) => isPair(each) && isScalar(each.key) && String(each.key.value) === String(key),
    );
    if (pair === undefined || !isNode(pair.key)) return null;
    return { node: pair.value, offset: pair.key.range?.[0] ?? 0 };
  }
  if (isSeq(node) && typeof key === 'number') {
    const item = node.items[key];
    return isNode(item) ? { node: item, offset: item.range?.[0] ?? 0 } : null;
  }
  return null;
}

function offsetOfValue(node: unknown, value: string | number): number | null {
  if (!isNode(node)) return null;
  let found: number | null = null;
  visit(node, {
    Scalar: (key, scalar) => {
      if (key === 'key' || scalar.value !== value) return undefined;
      found = scalar.range?.[0] ?? null;
      return found === null ? undefined : visit.BREAK;
    },
  });
  return found;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count += 1;
  return count;
}
