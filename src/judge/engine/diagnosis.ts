/** The shape of a diagnosis: its words and one pure function from evidence to findings. */
import type { DiagnosisClass, Finding } from '../../model/verdict.ts';
import type { Evidence } from '../evidence/evidence.ts';

export interface Diagnosis {
  /** A noun phrase for the failing state; equals the file name. */
  readonly id: string;
  readonly class: DiagnosisClass;
  /** What it means, for someone who meets it for the first time. */
  readonly title: string;
  /** Why it hurts, and by which timer. */
  readonly why: string;
  /** The controlled experiment that proves it. */
  readonly test: string;
  /** What to do about it. */
  readonly remedy: string;
  /** When it stays silent or can be wrong. */
  readonly limits: string;
  /** Ids of diagnoses of which this one is a mere consequence, where both account for the same paths. */
  readonly maskedBy: readonly string[];
  find(evidence: Evidence): readonly Found[];
}

/** A finding before judge.ts has filled in what is common to all. */
export type Found = Omit<Finding, 'diagnosis' | 'class' | 'explains'> & {
  /** Ids of the paths whose trouble this accounts for. */
  readonly accounts: readonly string[];
  /** Indices, in the recording, of the symptoms that this explains. */
  readonly explained: readonly number[];
};

/** Who found what. */
export interface Candidate {
  readonly diagnosis: Diagnosis;
  readonly found: Found;
}

export function defineDiagnosis<const D extends Diagnosis>(diagnosis: D): D {
  return diagnosis;
}
