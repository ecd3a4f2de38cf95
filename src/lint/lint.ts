/** Objects → what is wrong with them: every rule once. */
import type { LintFinding, Place } from '../model/lint.ts';
import { rules } from './index.ts';
import { type Given, materialOf, type ObjectRef, sayObject } from './material.ts';
import type { Remark, Rule, Unlooked } from './rule.ts';

/** Where a part of an object was written; null for one that was read from a cluster. */
export type Locate = (object: ObjectRef, at: Remark['at']) => Place | null;

export interface Linted {
  readonly findings: readonly LintFinding[];
  readonly notChecked: readonly Unlooked[];
}

export function lint(given: Given, locate: Locate): Linted {
  const material = materialOf(given);
  const findings = rules.flatMap((rule) =>
    [...rule.check(material)].map((remark) => findingOf(rule, remark, locate)).toSorted(byPlace),
  );
  const notChecked = rules.flatMap((rule) => [...(rule.unlooked?.(material) ?? [])]);
  return { findings, notChecked };
}

function findingOf(rule: Rule, remark: Remark, locate: Locate): LintFinding {
  const { diagnosis, title, object, at, about, evidence, fix, settles, where = null } = remark;
  return {
    diagnosis,
    class: rule.class,
    certainty: 'possible',
    title,
    object,
    where,
    timer: null,
    explains: 0,
    evidence: evidence.map(([label, says]) => ({ label, says, samples: [] })),
    fix,
    wouldSettle: settles,
    place: locate(object, at),
    key: `${diagnosis} ${sayObject(object)} ${about}`,
    accepted: false,
  };
}

function byPlace(a: LintFinding, b: LintFinding): number {
  const [left, right] = [a.place, b.place];
  if (left === null || right === null) return a.key.localeCompare(b.key);
  return left.file.localeCompare(right.file) || left.line - right.line || left.column - right.column;
}
