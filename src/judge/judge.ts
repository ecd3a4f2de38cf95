/** Recording → verdict: gather evidence, ask every diagnosis, mask what is a mere consequence, credit, rank, and say what was ruled out. Pure. */
import type { Recording } from '../model/recording.ts';
import { VERDICT_SCHEMA } from '../model/verdict.ts';
import type { Finding, Verdict } from '../model/verdict.ts';
import { diagnoses } from './diagnoses/index.ts';
import { ruledOut } from './engine/acquittal.ts';
import { credit, depthOrder, rank, unmask } from './engine/credit.ts';
import type { Credit } from './engine/credit.ts';
import type { Case } from './engine/diagnosis.ts';
import { setApart } from './engine/set-apart.ts';
import type { SetApart } from './engine/set-apart.ts';
import { isOpen, notMeasured, unclaimedIn, unclaimedLines } from './engine/unclaimed.ts';
import type { Evidence } from './evidence/evidence.ts';
import { gatherEvidence } from './evidence/gather.ts';
import { nodeFactLimits } from './evidence/node-facts.ts';
import { probersOf } from './words/probers.ts';
import { unmeasuredAtVantages } from './evidence/unmeasured.ts';
import { trustLimits } from './views/certificates.ts';
import { redirectLimits } from './views/redirecting.ts';
import { unaskedShares } from './views/other-backends.ts';
import { traceLimits } from './traces/lines.ts';
import { summarise, summarisePath } from './words/summary.ts';
import { ofBothFamilies } from './evidence/families.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** What the verdict rests on, for what is told beside it. */
  readonly evidence: Evidence;
  /** A finding is about a share: more attempts would still change it. */
  readonly isShare: boolean;
  /** Ids of the paths whose trouble findings account for. */
  readonly claimed: ReadonlySet<string>;
}

export function judge(recording: Recording): Verdict {
  return examine(recording).verdict;
}

/** `chosen` are the paths that the verdict lists; absent: all. */
export function examine(
  recording: Recording,
  chosen: (paths: Evidence['paths']) => Evidence['paths'] = (paths) => paths,
): Judgement {
  const apart = setApart(gatherEvidence(recording));
  const { evidence } = apart;
  const { cases, broken } = ask(evidence);
  const shown = unmask(cases, byDepth);
  const credits = credit(shown, evidence.symptoms, byDepth);
  const ranked = rank(shown, credits, evidence.symptoms.length, byDepth);
  const explained = new Set(ranked.flatMap((each) => credits.get(each)?.explained ?? []));
  const claimed = new Set([...ranked.flatMap(({ claims }) => [...claims]), ...explainedPaths(evidence, explained)]);
  const conclusion = {
    apart,
    broken,
    ranked,
    credits,
    explained,
    claimed,
    paths: chosen(ofBothFamilies(evidence)),
  };
  return {
    verdict: conclude(conclusion),
    evidence,
    isShare: ranked.some(({ diagnosis }) => diagnosis.isShare === true),
    claimed,
  };
}

const byDepth = depthOrder(diagnoses.map(({ id }) => id));

interface Conclusion {
  readonly apart: SetApart;
  readonly broken: Verdict['notMeasured'];
  readonly ranked: readonly Case[];
  readonly credits: ReadonlyMap<Case, Credit>;
  /** Indices in the recording of the symptoms that findings explain. */
  readonly explained: ReadonlySet<number>;
  readonly claimed: ReadonlySet<string>;
  readonly paths: Evidence['paths'];
}

function conclude({
  apart: { evidence, limitations, isUnasked },
  broken,
  ranked,
  credits,
  explained,
  claimed,
  paths,
}: Conclusion): Verdict {
  const { recording } = evidence;
  const findings = ranked.map((each) => findingOf(each, credits.get(each)));
  const unclaimed = unclaimedIn(evidence, explained, claimed);
  const status = statusOf(evidence, findings, isUnasked || isOpen(evidence, unclaimed));
  return {
    schema: VERDICT_SCHEMA,
    target: recording.target.input,
    status,
    summary: summarise(evidence, status, findings),
    findings,
    ruledOut: ruledOut(
      evidence,
      claimed,
      ranked.map(({ diagnosis }) => diagnosis),
    ),
    notMeasured: [
      ...unclaimedLines(evidence, unclaimed, findings.length > 0),
      ...limitations,
      ...broken,
      ...notMeasured(evidence),
      // Where all is well, nothing was needed of them.
      ...(status === 'healthy'
        ? []
        : [...unaskedShares(evidence), ...unmeasuredAtVantages(evidence), ...nodeFactLimits(evidence)]),
      ...trustLimits(evidence),
      ...redirectLimits(evidence),
      ...traceLimits(evidence),
    ].map(({ what, because }) => ({ what, because })),
    paths: paths.map(summarisePath),
    run: {
      id: recording.run,
      startedAt: recording.startedAt,
      tookMs: recording.tookMs,
      ended: recording.ended,
      kprobe: recording.kprobe,
      probers: probersOf(recording),
    },
  };
}

/** Ids of the user's paths of which every symptom is explained, be it by a cause behind them. */
function explainedPaths({ symptoms }: Evidence, explained: ReadonlySet<number>): string[] {
  return [...Map.groupBy(symptoms, ({ path }) => path.path.id)]
    .filter(([, all]) => all.every(({ attempt }) => explained.has(attempt.index)))
    .map(([id]) => id);
}

/** A diagnosis that crashes is a bug; it costs its own opinion and is said, but it does not silence the others. */
function ask(evidence: Evidence): { cases: Case[]; broken: Verdict['notMeasured'] } {
  const cases: Case[] = [];
  const broken: Verdict['notMeasured'] = [];
  for (const diagnosis of diagnoses) {
    try {
      cases.push(...diagnosis.cases(evidence));
    } catch (error) {
      const says = error instanceof Error ? error.message : String(error);
      broken.push({ what: diagnosis.id, because: `a bug in kprobe: ${says}` });
    }
  }
  return { cases, broken };
}

function findingOf(each: Case, { explained, share }: Credit = { explained: [], share: 0 }): Finding {
  const { id, class: kind } = each.diagnosis;
  // Rounded down, so that shares never add up to more than all.
  return { diagnosis: id, class: kind, ...each.report(explained), explains: Math.floor(share * 1000 + 1e-6) / 1000 };
}

/** Healthy is earned: every planned path of the user's was measured and answered, and nothing is open. */
function statusOf(evidence: Evidence, findings: readonly Finding[], isLeftOpen: boolean): Verdict['status'] {
  if (findings.some((finding) => finding.certainty !== 'possible')) return 'faulty';
  if (findings.length > 0 || isLeftOpen) return 'inconclusive';
  const users = ofBothFamilies(evidence).filter((path) => path.path.userFacing);
  return users.length > 0 && users.every((path) => path.answered.length > 0) ? 'healthy' : 'inconclusive';
}
