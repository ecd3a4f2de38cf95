/**
 * The shape of a diagnosis: what it suspects, what must fail if it is right, what must then work, and its words. What follows from
 * these is the engine's: certainty, evidence, what is explained, what is masked, what is ruled out.
 */
import type { ExperimentId } from '../../model/experiment.ts';
import type { Certainty, DiagnosisClass, Finding } from '../../model/verdict.ts';
import type { Evidence, PathEvidence, Attempt, Symptom } from '../evidence/evidence.ts';
import { traceLines } from '../traces/lines.ts';
import { line, pathLines, symptomLines } from '../words/words.ts';
import { isAbove } from './reach.ts';
import { otherFamilyOf } from '../evidence/families.ts';

/** From the root upward: what is cut at a lower one makes the upper ones fail too. */
export const LAYERS = ['node', 'network', 'policy', 'service', 'dns', 'ingress', 'application'] as const;
export type Layer = (typeof LAYERS)[number];

/** The side of an experiment that fails if the cause is true. */
export interface Arm {
  readonly paths: readonly PathEvidence[];
  /** false: it does not fail, the suspect is clear. null: what was read does not tell, and the cause is a mere possibility. */
  readonly fails: boolean | null;
}

/** A side that works, or fails alike, if the cause is true; it differs from the arm in one thing. */
export interface Contrast {
  /** The word before the line: Control, Twin, Others, Under it. */
  readonly label: string;
  /** false contradicts the cause. null: not measured. */
  readonly holds: boolean | null;
  /** What was seen, told where it holds. */
  readonly says: string;
  readonly attempts: readonly Attempt[];
  /** The test to make where it was not measured. */
  readonly settles: string;
}

/** The words of a finding, and the object at fault. */
export interface Blame extends Pick<Finding, 'title' | 'object' | 'where' | 'fix'> {
  /** The timer that makes the delay; absent: none does. */
  readonly timer?: Finding['timer'];
  /** Why users wait that long. */
  readonly why?: Line | null;
  /** The label of the lines that tell the arm; `Where` unless given. */
  readonly armLabel?: string;
  /** Lines after those of arm and contrasts. */
  readonly lines?: readonly Line[];
}

type Line = Finding['evidence'][number];

/** What everybody may read of a diagnosis. */
export interface Doc {
  /** A noun phrase for the failing state; equals the file name. */
  readonly id: string;
  readonly class: DiagnosisClass;
  readonly layer: Layer;
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
  /** What it rests on: the plan makes the union of what all diagnoses name. */
  readonly experiments: readonly ExperimentId[];
  /** It measures a share and not a state: a run that shows it goes on to its end. */
  readonly isShare?: true;
  /** It tells what happens (packets get lost) and not who does it: its proof is no rival of a cause that is likely. */
  readonly isEffect?: true;
}

/** `S` is whatever can be at fault: a node pair, an endpoint, a server, a policy. */
export interface Declaration<S> extends Doc {
  suspects(evidence: Evidence): Iterable<S>;
  arm(suspect: S, evidence: Evidence): Arm;
  contrasts(suspect: S, evidence: Evidence): readonly Contrast[];
  /** Further paths that fail for the same reason; absent: none. */
  suffer?(suspect: S, evidence: Evidence): readonly PathEvidence[];
  /** Whether a symptom further up can be of its making, by kind and delay; absent: any can. */
  shows?(suspect: S, evidence: Evidence): (symptom: Symptom) => boolean;
  blame(suspect: S, evidence: Evidence): Blame;
}

/** One suspect found guilty, before it is known what others account for. */
export interface Case {
  readonly diagnosis: Diagnosis;
  readonly certainty: Certainty;
  /** Ids of the paths whose trouble this accounts for. */
  readonly claims: ReadonlySet<string>;
  takes(symptom: Symptom): boolean;
  /** The finding, once it is known which symptoms (indices in the recording) are credited to it. */
  report(explained: readonly number[]): Omit<Finding, 'diagnosis' | 'class' | 'explains'>;
}

export interface Diagnosis extends Doc {
  cases(evidence: Evidence): readonly Case[];
}

/** Contrasts that were not measured: none is a proof, one leaves it likely. */
const CERTAINTY: readonly Certainty[] = ['proven', 'likely'];

export function defineDiagnosis<S>(declaration: Declaration<S>): Diagnosis {
  const diagnosis: Diagnosis = {
    ...declaration,
    cases: (evidence) =>
      [...declaration.suspects(evidence)].flatMap((suspect) => caseOf(declaration, diagnosis, suspect, evidence)),
  };
  return diagnosis;
}

/** What fails by one address family for a cause that spares none fails by the other as well. */
function alikeByOtherFamily(evidence: Evidence, claimed: readonly PathEvidence[]): PathEvidence[] {
  const others = otherFamilyOf(evidence);
  return claimed.filter(isTroubled).flatMap(({ path }) => (others.get(path.id) ?? []).filter(isTroubled));
}

function isTroubled({ unanswered }: PathEvidence): boolean {
  return unanswered.length > 0;
}

function caseOf<S>(declaration: Declaration<S>, diagnosis: Diagnosis, suspect: S, evidence: Evidence): Case[] {
  const arm = declaration.arm(suspect, evidence);
  if (arm.fails === false) return [];
  const contrasts = declaration.contrasts(suspect, evidence);
  if (contrasts.some(({ holds }) => holds === false)) return [];
  const open = contrasts.filter(({ holds }) => holds === null);
  const certainty = arm.fails === null ? 'possible' : (CERTAINTY[open.length] ?? 'possible');
  const claimed = [...arm.paths, ...(declaration.suffer?.(suspect, evidence) ?? [])];
  const claims = new Set([...claimed, ...alikeByOtherFamily(evidence, claimed)].map(({ path }) => path.id));
  const shows = declaration.shows?.(suspect, evidence) ?? (() => true);
  return [
    {
      diagnosis,
      certainty,
      claims,
      takes: (symptom) => claims.has(symptom.path.path.id) || (isAbove(evidence, symptom, claimed) && shows(symptom)),
      report: (explained) => {
        const {
          title,
          object,
          where,
          fix,
          timer = null,
          why = null,
          armLabel = 'Where',
          lines = [],
        } = declaration.blame(suspect, evidence);
        const told = contrasts.filter(({ holds }) => holds === true);
        return {
          certainty,
          title,
          object,
          where,
          timer,
          evidence: [
            ...symptomLines(evidence, explained),
            ...(why === null ? [] : [why]),
            ...pathLines(armLabel, arm.paths),
            ...told.map(({ label, says, attempts }) => line(label, says, attempts)),
            ...lines,
            ...traceLines(evidence, claims),
          ],
          fix,
          wouldSettle: certainty === 'proven' ? null : (open[0]?.settles ?? declaration.test),
        };
      },
    },
  ];
}
