/** What a rule is: words that teach, and a look at the objects. */
import type { FieldPath } from '../model/lint.ts';
import type { DiagnosisClass, Finding } from '../model/verdict.ts';
import type { Material, ObjectRef } from './material.ts';

/** Something that a rule has to say of one object. */
export interface Remark {
  /** The id of the diagnosis that the mistake would become. */
  readonly diagnosis: string;
  readonly title: string;
  readonly object: ObjectRef;
  /** The part that is to be changed; `value`: the scalar below it that is meant. */
  readonly at: { readonly path: FieldPath; readonly value?: string | number };
  /** What distinguishes it from other remarks of this diagnosis on the same object: it goes into a baseline. */
  readonly about: string;
  readonly where?: Finding['where'];
  readonly evidence: readonly (readonly [label: string, says: string])[];
  readonly fix: { readonly says: string; readonly manifest: string | null } | null;
  /** The test that would prove it. */
  readonly settles: string;
}

/** What a rule could not look at, and why: said, so that silence is not taken for more than it is. */
export interface Unlooked {
  readonly what: string;
  readonly because: string;
}

export interface Rule {
  /** A noun phrase for the mistake. */
  readonly name: string;
  /** Ids of diagnoses that its remarks carry. */
  readonly ids: readonly string[];
  readonly class: DiagnosisClass;
  readonly title: string;
  readonly why: string;
  /** What it compares. */
  readonly looks: string;
  readonly remedy: string;
  /** When it is silent, and when it can be wrong. */
  readonly limits: string;
  check(material: Material): Iterable<Remark>;
  unlooked?(material: Material): Iterable<Unlooked>;
}
