/** Which of the things that are suspected by habit is the cause when a diagnosis is true: it must not be called ruled out. */
import type { DiagnosisClass, Verdict } from '../src/model/verdict.ts';
import { diagnoses } from '../src/judge/diagnoses/index.ts';

/** By the class of a diagnosis; a Service or an ingress at fault is on nobody's list of suspects. */
const BY_CLASS: Readonly<Record<DiagnosisClass, readonly string[]>> = {
  policy: ['NetworkPolicy'],
  'dns-fallback': ['DNS'],
  'retransmit-drop': ['packet loss'],
  'cross-node-overlay': ['overlay'],
  service: [],
  ingress: [],
  application: ['application'],
};

/** Where a diagnosis convicts others than its class does. */
const BY_DIAGNOSIS: Readonly<Record<string, readonly string[]>> = {
  'policy-denies-dns': ['NetworkPolicy', 'DNS'],
  'policy-denies-tcp-dns': ['NetworkPolicy', 'DNS'],
  // The port refuses at once: nothing is lost on the way.
  'refused-connection': [],
  // Neither is: who should answer drops or rejects, or is not there.
  'rate-limited-reject': [],
  'full-accept-queue': [],
  'unreachable-neighbor': [],
  'dropped-large-hello': [],
  'mtu-black-hole': ['MTU'],
  'mismatched-overlay-mtu': ['MTU', 'overlay'],
};

/** The suspects that are the cause where this diagnosis is true. */
export function convictedBy(diagnosis: string): readonly string[] {
  const found = diagnoses.find(({ id }) => id === diagnosis);
  return BY_DIAGNOSIS[diagnosis] ?? (found === undefined ? [] : BY_CLASS[found.class]);
}

/** Those of the guilty whom the verdict acquits. A line may say more than the bare word: `DNS (2 of 2 servers)`. */
export function acquitted(guilty: readonly string[], { ruledOut }: Pick<Verdict, 'ruledOut'>): string[] {
  const isOf = (suspect: string, word: string): boolean =>
    suspect.toLowerCase() === word.toLowerCase() || suspect.toLowerCase().startsWith(`${word.toLowerCase()} `);
  return [...new Set(guilty)].filter((word) => ruledOut.some(({ suspect }) => isOf(suspect, word)));
}
