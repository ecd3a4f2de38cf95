/** Selectors: the query forms (`app=web,tier in (a,b)`, `spec.nodeName=x`) and the object form (matchLabels, matchExpressions). */
import type { KubeObject } from '../model.ts';

/** Says whether an object is meant. */
export type Matches = (object: KubeObject) => boolean;

export type ParsedSelector =
  | { readonly ok: true; readonly matches: Matches }
  | { readonly ok: false; readonly problem: string };

/** The object form, as ReplicaSets, NetworkPolicies and affinities carry it. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const SET_TERM = /^(?<key>[^\s!=]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const EQUAL_TERM = /^(?<key>[^\s!=]+)\s*(?<operator>!=|==|=)\s*(?<value>[^\s!=]*)$/;
const EXISTS_TERM = /^(?<not>!?)\s*(?<key>[^\s!=()]+)$/;

/** Parses the `labelSelector` query parameter. */
export function parseLabelSelector(text: string): ParsedSelector {
  const requirements: Requirement[] = [];
  for (const term of splitTerms(text)) {
    const requirement = parseTerm(term);
    if (requirement === null) return { ok: false, problem: `unable to parse requirement: ${term}` };
    requirements.push(requirement);
  }
  return { ok: true, matches: (object) => requirements.every((holds) => holds(object.metadata.labels ?? {})) };
}

/** Parses the `fieldSelector` query parameter: any dotted path with `=`, `==` or `!=`. */
export function parseFieldSelector(text: string): ParsedSelector {
  const tests: Matches[] = [];
  for (const term of splitTerms(text)) {
    const groups = EQUAL_TERM.exec(term)?.groups;
    if (groups === undefined) return { ok: false, problem: `invalid selector: '${term}'; can't understand '${term}'` };
    const path = (groups['key'] ?? '').split('.');
    const wanted = groups['value'] ?? '';
    const negated = groups['operator'] === '!=';
    tests.push((object) => (fieldText(object, path) === wanted) !== negated);
  }
  return { ok: true, matches: (object) => tests.every((holds) => holds(object)) };
}

/** The object form against labels. An absent selector matches nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelector | null | undefined, labels: Labels | undefined): boolean {
  if (selector === null || selector === undefined) return false;
  const had = labels ?? {};
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => had[key] === value) &&
    (selector.matchExpressions ?? []).every((term) => expressionHolds(term.operator, had[term.key], term.values ?? []))
  );
}

/** One expression of a label selector or of a node selector term (`Gt` and `Lt` compare integers). */
export function expressionHolds(operator: string, value: string | undefined, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

function parseTerm(term: string): Requirement | null {
  const set = SET_TERM.exec(term)?.groups;
  if (set !== undefined) {
    const values = (set['values'] ?? '').split(',').map((value) => value.trim());
    const operator = set['operator'] === 'in' ? 'In' : 'NotIn';
    return (labels) => expressionHolds(operator, labels[set['key'] ?? ''], values);
  }
  const equal = EQUAL_TERM.exec(term)?.groups;
  if (equal !== undefined) {
    const operator = equal['operator'] === '!=' ? 'NotIn' : 'In';
    return (labels) => expressionHolds(operator, labels[equal['key'] ?? ''], [equal['value'] ?? '']);
  }
  const exists = EXISTS_TERM.exec(term)?.groups;
  if (exists === undefined) return null;
  const operator = exists['not'] === '!' ? 'DoesNotExist' : 'Exists';
  return (labels) => expressionHolds(operator, labels[exists['key'] ?? ''], []);
}

/** Commas inside parentheses belong to the set. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let current = '';
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      terms.push(current.trim());
      current = '';
    } else current += character;
  }
  terms.push(current.trim());
  return terms.filter((term) => term !== '');
}

function fieldText(object: KubeObject, path: readonly string[]): string {
  let value: unknown = object;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Record<string, unknown>)[part];
  }
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
}
