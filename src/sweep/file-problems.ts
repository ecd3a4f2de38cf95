/** What is wrong with a sweep file, each thing in a line with its place. */
import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import type { z } from 'zod';
import { nearestNames } from '../model/nearest.ts';
import { FIELDS } from './file-shape.ts';

/** A YAML document with where it came from. */
export interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

type Place = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** One line each, in the order of the file. */
export function problemsOf(source: Source, { issues }: z.ZodError): string[] {
  const found = issues.flatMap((issue) => linesOf(source, issue));
  return found.toSorted((a, b) => a.offset - b.offset).map(({ offset, says }) => `${placeAt(source, offset)}: ${says}`);
}

interface Found {
  readonly offset: number;
  readonly says: string;
}

function linesOf(source: Source, issue: Issue): Found[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      offset: offsetOf(source, [...issue.path, key], true),
      says: unknown(issue.path, key),
    }));
  }
  if (issue.code === 'invalid_union') return linesOfUnion(source, issue);
  const name = nameOf(issue.path);
  return [
    { offset: offsetOf(source, issue.path, false), says: name === '' ? worded(issue) : `${name}: ${worded(issue)}` },
  ];
}

/** `history` is a word or a map: what is a map is told as a map. */
function linesOfUnion(source: Source, issue: Issue & { code: 'invalid_union' }): Found[] {
  const ofMap = issue.errors.find((each) =>
    each.every(({ code, path }) => code !== 'invalid_value' && (path.length > 0 || code === 'unrecognized_keys')),
  );
  if (ofMap !== undefined)
    return ofMap.flatMap((each) => linesOf(source, { ...each, path: [...issue.path, ...each.path] } as Issue));
  return [{ offset: offsetOf(source, issue.path, false), says: `${nameOf(issue.path)}: takes none, or keep and file` }];
}

function unknown(path: Place, key: string): string {
  const known = FIELDS[path.map((part) => (typeof part === 'number' ? '*' : String(part))).join('.')] ?? [];
  const [nearest] = nearestNames(key, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `${path.length === 0 ? '' : `${nameOf(path)}: `}there is no field ${JSON.stringify(key.slice(0, 60))}; ${hint}`;
}

const KINDS: Readonly<Record<string, string>> = { object: 'a map of fields', array: 'a list', string: 'text' };

function worded(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.includes('undefined')
        ? 'is missing'
        : `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `it takes ${issue.values.map(String).join(' or ')}`;
    case 'too_big':
      return `more than ${issue.maximum} entries`;
    default:
      return issue.message;
  }
}

/** `targets[3].expect[0]` */
function nameOf(path: Place): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Where the deepest part of the path that is there begins; the key itself rather than its value where `isKey`. */
function offsetOf({ document }: Source, path: Place, isKey: boolean): number {
  if (isKey) {
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
      : undefined;
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

/** `file:line:column` */
export function placeAt({ file, lines }: Pick<Source, 'file' | 'lines'>, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
}
