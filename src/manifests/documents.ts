/** The text of a file → the Kubernetes objects in it, each with where it stands. */
import { Composer, type Document, isCollection, LineCounter, Parser, visit } from 'yaml';
import type { ApiObject } from '../api/cluster-client.ts';
import { listAt, textAt } from '../api/fields.ts';
import type { FieldPath } from '../model/lint.ts';
import { UserError } from '../model/user-error.ts';

/** The part of a file that one YAML document is; an object of a List stands at `within`. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly within: FieldPath;
}

export interface Manifest {
  readonly object: ApiObject;
  readonly source: Source;
}

export interface Documents {
  readonly manifests: readonly Manifest[];
  /** Documents that are no Kubernetes objects: values of a chart, settings of a tool. Where they begin, `file:line:column`. */
  readonly strange: readonly string[];
}

/** As Kubernetes reads it: merge keys are YAML 1.1's. Mistakes are told as one line each, and only by us. */
export const YAML_OPTIONS = { merge: true, prettyErrors: false, logLevel: 'error' } as const;
/** What an anchor may be repeated; a file of a few lines must not become gigabytes (yaml, "maxAliasCount"). */
const MOST_ALIASES = 100;
/** More mistakes than these are told as one: it is another kind of file. */
const MOST_PROBLEMS = 10;
/** A mistake of the parser's may quote the whole text around it. */
const LONGEST_PROBLEM = 120;

/** Throws UserError where it is no YAML: a line for each mistake, with its place. */
export function readDocuments(text: string, file: string): Documents {
  const lines = new LineCounter();
  const composer = new Composer(YAML_OPTIONS);
  const manifests: Manifest[] = [];
  const strange: string[] = [];
  const problems: string[] = [];
  // One document after the other, so that only one tree is in memory.
  for (const document of composer.compose(new Parser(lines.addNewLine).parse(text))) {
    const at = (offset: number) => placeAt(lines, file, offset);
    problems.push(...document.errors.map(({ message, pos: [offset] }) => `${at(offset)}: ${worded(message)}`));
    problems.push(...unrendered(document, text).map((offset) => `${at(offset)}: a template that was not rendered`));
    if (problems.length > 0) continue;
    const [start, , end] = document.range;
    const value = valueOf(document, at(start));
    if (value === null || value === undefined) continue;
    const found = objectsIn(value, { file, text, start, end, within: [] });
    if (found === null) strange.push(at(document.contents?.range?.[0] ?? start));
    else manifests.push(...found);
  }
  if (problems.length > 0) throw notYaml(problems, text);
  return { manifests, strange };
}

/** `name: {{ .Release.Name }}` is valid YAML: a map whose key is a map. Where these are; Kubernetes has none. */
function unrendered(document: Document.Parsed, text: string): number[] {
  const [start, , end] = document.range;
  if (!text.slice(start, end).includes('{{')) return [];
  const found: number[] = [];
  visit(document, {
    Pair: (_, { key }) => {
      if (isCollection(key)) found.push(key.range?.[0] ?? start);
    },
  });
  return found;
}

function placeAt(lines: LineCounter, file: string, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
}

function worded(message: string): string {
  const line = message.split('\n')[0] ?? message;
  return line.length > LONGEST_PROBLEM ? `${line.slice(0, LONGEST_PROBLEM)}…` : line;
}

function valueOf(document: Document.Parsed, place: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (cause) {
    const because = cause instanceof Error ? worded(cause.message) : String(cause);
    throw new UserError(`${place}: ${because}`, { cause, hint: 'write it without anchors and aliases' });
  }
}

/** null: it is no Kubernetes object. A List is its items (kubectl get -o yaml; meta/v1 List). */
function objectsIn(value: unknown, source: Source): readonly Manifest[] | null {
  const kind = textAt(value, 'kind');
  if (!isObject(value) || kind === null || textAt(value, 'apiVersion') === null) return null;
  if (!kind.endsWith('List') || !Array.isArray(value['items'])) return [{ object: value, source }];
  return listAt(value, 'items').flatMap((item, index) => {
    const within = [...source.within, 'items', index];
    // Items of a typed list may leave out what the list says already.
    const typed = isObject(item)
      ? { apiVersion: value['apiVersion'], kind: kind.slice(0, -'List'.length), ...item }
      : item;
    return objectsIn(typed, { ...source, within }) ?? [];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notYaml(problems: readonly string[], text: string): UserError {
  const [first = '', ...rest] = problems;
  const hint = text.includes('{{')
    ? 'a chart is rendered first: helm template CHART | kprobe lint -f -'
    : 'kubectl apply --dry-run=client -f FILE says the same';
  if (problems.length > MOST_PROBLEMS)
    return new UserError(`${first}, and ${rest.length} more: this is no YAML`, { hint });
  return new UserError(first, { more: rest, hint });
}
