/**
 * Verdicts as JUnit XML, for CI systems: a suite for each target, a case for each cause, each expectation, and each thing that was ruled
 * out or could not be measured. The elements and attributes are those that all readers of this format know (testsuites,
 * testsuite, testcase, failure, error, skipped, system-out).
 */
import type { SweepReport, TargetReport } from '../model/sweep.ts';
import type { Finding, Verdict } from '../model/verdict.ts';
import { cleanLine } from './clean.ts';
import * as say from './sections.ts';

/** One test case. */
export interface Case {
  readonly name: string;
  readonly result: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  /** In full, by lines. */
  readonly text: readonly string[];
}

export interface Suite {
  readonly name: string;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly cases: readonly Case[];
}

export function renderJunit(verdict: Verdict): string {
  return document([suite(verdict.target, verdict, verdictCases(verdict, verdict.status))]);
}

export function renderSweepJunit(report: SweepReport): string {
  return document(report.targets.map((target) => sweptSuite(target, report)));
}

function suite(name: string, { run }: Pick<Verdict, 'run'>, cases: readonly Case[]): Suite {
  return { name, startedAt: run.startedAt, tookMs: run.tookMs, cases };
}

function sweptSuite(target: TargetReport, report: SweepReport): Suite {
  const { verdict, state, says, change, changeSays } = target;
  const said = changeSays === null ? says : `${says} (${change}: ${changeSays})`;
  const own: Case[] =
    verdict === null || state === 'unmeasured'
      ? [{ name: 'measured', result: 'error', message: said, text: [] }]
      : verdictCases({ ...verdict, summary: said }, isMissedOnly(target) ? verdict.status : state);
  const expected = target.expectations.map(({ says: wanted, met, measured }): Case => {
    const result = met === null ? 'skipped' : met ? 'passed' : 'failure';
    return { name: `expected: ${wanted}`, result, message: measured, text: [] };
  });
  const cases = [...own, ...expected];
  return verdict === null
    ? { name: target.key, startedAt: report.run.startedAt, tookMs: 0, cases }
    : suite(target.key, verdict, cases);
}

/** Whether nothing but its expectations, which are cases of their own, makes this target faulty. */
function isMissedOnly({ verdict, state, expectations }: TargetReport): boolean {
  return state === 'faulty' && verdict?.status !== 'faulty' && expectations.some(({ met }) => met === false);
}

/** `status` may differ from the verdict's: an expectation decides over a target of a sweep. */
function verdictCases(verdict: Verdict, status: Verdict['status']): Case[] {
  const { summary, findings } = verdict;
  const all = findings.flatMap(findingLines);
  const whole: Readonly<Record<Verdict['status'], readonly Case[]>> = {
    healthy: [{ name: 'verdict', result: 'passed', message: summary, text: all }],
    inconclusive: [{ name: 'verdict', result: 'error', message: summary, text: all }],
    faulty:
      findings.length === 0
        ? [{ name: 'verdict', result: 'failure', message: summary, text: [] }]
        : findings.map((finding) => ({
            name: finding.diagnosis,
            result: 'failure',
            message: `${finding.title} (${finding.certainty})`,
            text: findingLines(finding),
          })),
  };
  return [
    ...whole[status],
    ...verdict.ruledOut.map(({ suspect, because }): Case => ({
      name: `ruled out: ${suspect}`,
      result: 'passed',
      message: because,
      text: [],
    })),
    ...verdict.notMeasured.map(({ what, because }): Case => ({
      name: `not measured: ${what}`,
      result: 'skipped',
      message: because,
      text: [],
    })),
  ];
}

function findingLines(finding: Finding): string[] {
  const sections = [
    ...say.evidenceSections(finding),
    ...say.explains(finding),
    ...say.wouldSettle(finding),
    ...say.fix(finding),
  ];
  return [
    `${finding.title} (${finding.certainty})`,
    ...sections.flatMap(({ label, items, block }) => [
      ...items.map((item) => `${label}: ${item}`),
      ...(block === undefined ? [] : block.trimEnd().split('\n')),
    ]),
  ];
}

/** The whole file. */
export function document(suites: readonly Suite[]): string {
  const cases = suites.flatMap((each) => each.cases);
  const tookMs = suites.reduce((longest, each) => Math.max(longest, each.tookMs), 0);
  const head = `<testsuites name="kprobe" ${counts(cases)} time="${seconds(tookMs)}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${suites.map(suiteXml).join('')}</testsuites>\n`;
}

function suiteXml({ name, startedAt, tookMs, cases }: Suite): string {
  // The format has a date and time without zone or fraction.
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u.exec(startedAt)?.[0];
  const stamp = at === undefined ? '' : ` timestamp="${at}"`;
  const skipped = cases.filter(({ result }) => result === 'skipped').length;
  const head = `<testsuite name="${xml(name)}" ${counts(cases)} skipped="${skipped}" time="${seconds(tookMs)}"${stamp}>`;
  return `  ${head}\n${cases.map((each) => caseXml(each, name)).join('')}  </testsuite>\n`;
}

/** `a.b` would be read as package and class: dots are kept out of the name of the class. */
function caseXml({ name, result, message, text }: Case, target: string): string {
  const head = `    <testcase name="${xml(name)}" classname="kprobe.${xml(target.replaceAll('.', '_'))}" time="0"`;
  const body = text.map(xml).join('\n');
  if (result === 'passed') {
    const said = [...(message === '' ? [] : [xml(message)]), ...(body === '' ? [] : [body])].join('\n');
    return said === '' ? `${head}/>\n` : `${head}><system-out>${said}</system-out></testcase>\n`;
  }
  const type = result === 'failure' ? ` type="${xml(name)}"` : result === 'error' ? ' type="inconclusive"' : '';
  return `${head}><${result} message="${xml(message)}"${type}>${body}</${result}></testcase>\n`;
}

function counts(cases: readonly Case[]): string {
  const number = (wanted: Case['result']): number => cases.filter(({ result }) => result === wanted).length;
  return `tests="${cases.length}" failures="${number('failure')}" errors="${number('error')}"`;
}

function seconds(ms: number): string {
  return (Number.isFinite(ms) && ms > 0 ? ms / 1000 : 0).toFixed(3);
}

/** Harmless one-line text for content and attributes. XML 1.0 (section 2.2) knows no U+FFFE and U+FFFF either. */
function xml(text: string): string {
  return cleanLine(text.replace(/\t/gu, '  '))
    .replace(/[\ufffe\uffff]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
