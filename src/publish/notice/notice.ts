/** What a generic webhook is told: `kprobe/notice/v1`, a contract with those who receive it. Pure. */
import { z } from 'zod';
import { Change, type SweepReport, type TargetReport, TargetState } from '../../model/sweep.ts';
import { Certainty, DiagnosisClass } from '../../model/verdict.ts';
import { cleanLine } from '../../render/clean.ts';
import { newsOf, topFinding } from '../news.ts';

const NOTICE_SCHEMA = 'kprobe/notice/v1';
/** More changes than these are one incident, which the sweep's own report tells better. */
const MOST_CHANGES = 50;
/** Longest text of one field, in UTF-16 units: 50 changes stay well below the 256 kB that receivers commonly take. */
const LONGEST_TEXT = 500;

const text = z.string().max(LONGEST_TEXT);
const count = z.number().int().min(0);

export const Notice = z.strictObject({
  schema: z.literal(NOTICE_SCHEMA),
  cluster: text,
  /** Which of several sweeps. */
  sweep: text,
  /** `id` is the same in every repetition of a notice. */
  run: z.strictObject({ id: text, startedAt: text }),
  status: z.enum(['healthy', 'faulty', 'inconclusive']),
  /** One sentence. */
  summary: text,
  targets: z.strictObject({ healthy: count, faulty: count, inconclusive: count, unmeasured: count }),
  /** New faults first, then worse ones, then faults at a first look, then those that are gone. */
  changes: z.array(
    z.strictObject({
      target: text,
      change: Change,
      state: TargetState,
      /** One sentence. */
      says: text,
      /** ISO 8601: since when the state lasts; null where it is not known. */
      since: text.nullable(),
      /** What explains most. */
      finding: z
        .strictObject({
          diagnosis: text,
          class: DiagnosisClass,
          certainty: Certainty,
          title: text,
          fix: text.nullable(),
        })
        .nullable(),
    }),
  ),
  /** Changes beyond the first 50. */
  omitted: count,
});
export type Notice = z.infer<typeof Notice>;

export function noticeOf(report: SweepReport): Notice {
  const news = newsOf(report);
  const inState = (state: TargetState) => report.targets.filter((each) => each.state === state).length;
  return {
    schema: NOTICE_SCHEMA,
    cluster: short(report.cluster.name),
    sweep: short(report.series),
    run: { id: short(report.run.id), startedAt: short(report.run.startedAt) },
    status: report.status,
    summary: short(report.summary),
    targets: {
      healthy: inState('healthy'),
      faulty: inState('faulty'),
      inconclusive: inState('inconclusive'),
      unmeasured: inState('unmeasured'),
    },
    changes: news.slice(0, MOST_CHANGES).map(changeOf),
    omitted: Math.max(0, news.length - MOST_CHANGES),
  };
}

function changeOf(target: TargetReport): Notice['changes'][number] {
  const finding = topFinding(target);
  return {
    target: short(target.key),
    change: target.change,
    state: target.state,
    says: short(target.changeSays ?? target.says),
    since: target.since === null ? null : short(target.since),
    finding:
      finding === null
        ? null
        : {
            diagnosis: short(finding.diagnosis),
            class: finding.class,
            certainty: finding.certainty,
            title: short(finding.title),
            fix: finding.fix === null ? null : short(finding.fix.says),
          },
  };
}

function short(words: string): string {
  const clean = cleanLine(words);
  return clean.length > LONGEST_TEXT ? `${clean.slice(0, LONGEST_TEXT - 1).toWellFormed()}…` : clean;
}
