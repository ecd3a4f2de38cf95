/** Recording → verdict: gather evidence, ask every diagnosis, hide what is a mere consequence, rank, and say what was ruled out. Pure. */
import type { Recording } from '../model/recording.ts';
import { VERDICT_SCHEMA } from '../model/verdict.ts';
import type { Certainty, Finding, Verdict } from '../model/verdict.ts';
import { clear } from './engine/acquittal.ts';
import { derived } from './derived.ts';
import { diagnoses } from './diagnoses/index.ts';
import type { Candidate, Found } from './engine/diagnosis.ts';
import type { Evidence } from './evidence/evidence.ts';
import { gatherEvidence } from './evidence/gather.ts';
import { isWeather, leftUnexplained, notMeasured } from './engine/unclaimed.ts';
import { settle } from './engine/set-apart.ts';
import type { Settled } from './engine/set-apart.ts';
import { summarise, summarisePath } from './words/summary.ts';

export function judge(recording: Recording): Verdict {
  return examine(recording, (paths) => paths).verdict;
}

/** The verdict with the evidence that it rests on, for what is told beside it; `chosen` are the paths that the verdict tells. */
export function examine(
  recording: Recording,
  chosen: (paths: Evidence['paths']) => Evidence['paths'],
): { readonly verdict: Verdict; readonly evidence: Evidence } {
  const settled = settle(gatherEvidence(recording));
  return { verdict: conclude(settled, chosen(settled.evidence.paths)), evidence: settled.evidence };
}

function conclude({ evidence, gaps, isUnasked }: Settled, paths: Evidence['paths']): Verdict {
  const { recording } = evidence;
  const { candidates, broken } = ask(evidence);
  const shown = rank(unmask(candidates), evidence);
  const findings = shown.map((candidate) => finish(candidate, evidence));
  const unexplained = leftUnexplained(evidence, shown);
  // One line is about symptoms; any other is about paths that fail.
  const isOpen = unexplained.length > (isWeather(evidence) ? 1 : 0);
  const status = statusOf(evidence, findings, isOpen || isUnasked);
  return {
    schema: VERDICT_SCHEMA,
    target: recording.target.input,
    status,
    summary: summarise(evidence, status, findings),
    findings,
    ruledOut: clear(evidence, findings),
    notMeasured: [...unexplained, ...gaps, ...broken, ...notMeasured(evidence)],
    paths: paths.map(summarisePath),
    run: {
      id: recording.run,
      startedAt: recording.startedAt,
      tookMs: recording.tookMs,
      ended: recording.ended,
      kprobe: recording.kprobe,
    },
  };
}

/** A diagnosis that crashes is a bug; it costs its own opinion and is said, but it does not silence the others. */
function ask(evidence: Evidence): { candidates: Candidate[]; broken: Verdict['notMeasured'] } {
  const candidates: Candidate[] = [];
  const broken: Verdict['notMeasured'] = [];
  for (const diagnosis of diagnoses) {
    try {
      candidates.push(...diagnosis.find(evidence).map((found) => ({ diagnosis, found })));
    } catch (error) {
      broken.push({
        what: diagnosis.id,
        because: `a bug in kprobe: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  }
  return { candidates, broken };
}

/** A finding is a consequence where one that masks it accounts for all the paths that it rests on. */
function unmask(candidates: readonly Candidate[]): Candidate[] {
  const accounts = new Map(candidates.map((each) => [each, new Set(each.found.accounts)]));
  const isMaskedBy = (low: Candidate, high: Candidate) =>
    low.diagnosis.maskedBy.includes(high.diagnosis.id) &&
    low.found.accounts.every((path) => accounts.get(high)?.has(path) === true);
  return candidates.filter((low) => !candidates.some((high) => high !== low && isMaskedBy(low, high)));
}

const WEIGHT: Readonly<Record<Certainty, number>> = { proven: 0, likely: 1, possible: 2 };

/** What explains most comes first; among equals the surest, then the order of the catalogue. */
function rank(candidates: readonly Candidate[], evidence: Evidence): Candidate[] {
  const shares = new Map(candidates.map((each) => [each, shareOf(each.found, evidence)]));
  const share = (each: Candidate) => shares.get(each) ?? 0;
  const place = ({ diagnosis }: Candidate) => diagnoses.findIndex((each) => each.id === diagnosis.id);
  return candidates.toSorted(
    (a, b) => share(b) - share(a) || WEIGHT[a.found.certainty] - WEIGHT[b.found.certainty] || place(a) - place(b),
  );
}

function shareOf(found: Found, evidence: Evidence): number {
  const all = symptomsOf(evidence);
  return all.size === 0 ? 0 : found.explained.filter((index) => all.has(index)).length / all.size;
}

const symptomsOf = derived((evidence: Evidence) => new Set(evidence.symptoms.map((symptom) => symptom.shot.index)));

function finish({ diagnosis, found }: Candidate, evidence: Evidence): Finding {
  const { accounts: _accounts, explained: _explained, ...rest } = found;
  return {
    diagnosis: diagnosis.id,
    class: diagnosis.class,
    ...rest,
    explains: Math.round(shareOf(found, evidence) * 1000) / 1000,
  };
}

function statusOf(evidence: Evidence, findings: readonly Finding[], isOpen: boolean): Verdict['status'] {
  if (findings.some((finding) => finding.certainty !== 'possible')) return 'faulty';
  if (findings.length > 0 || isOpen) return 'inconclusive';
  return evidence.paths.some((path) => path.path.isUsers && path.answered.length > 0) ? 'healthy' : 'inconclusive';
}
