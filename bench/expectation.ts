/** Holds a verdict against what is true of the scenario: every finding, what was ruled out, and the shares. */
import { expectedFindings, type ExpectedFinding, type Expectation } from '../src/lab/scenario/scenario.ts';
import type { Finding, Verdict } from '../src/model/verdict.ts';
import { acquitted, convictedBy } from './suspects.ts';

/** A verdict's shares are rounded to three digits: so much may one of them be too large. */
const ROUNDING = 0.0005;

/** What a scenario wants to hear: its diagnoses, or the status where there are none. */
export function expectedAnswer(expected: Expectation): string {
  return answer(expectedFindings(expected), expected.status);
}

/** What a verdict says: the diagnoses of all findings that are surer than `possible`, or the status where there are none. */
export function answerOf({ findings, status }: Verdict): string {
  return answer(findings.filter(isSure), status);
}

/** In what a verdict differs from what the scenario expects, each a short sentence; empty when it is right. */
export function differences(expected: Expectation, verdict: Verdict): string[] {
  const wanted = expectedFindings(expected);
  const { pairs, missing, extra } = matched(wanted, verdict.findings);
  const isExtra = (finding: Finding): boolean => isSure(finding) || expected.status === 'healthy';
  const guilty = [...wanted.flatMap(({ diagnosis }) => convictedBy(diagnosis)), ...expected.notRuledOut];
  return [
    ...differs('status', expected.status, verdict.status),
    ...missing.map(({ diagnosis }) => `no finding ${diagnosis}`),
    ...extra.filter(isExtra).map(({ diagnosis, certainty }) => `extra finding ${diagnosis} (${certainty})`),
    ...(expected.anyOrder ? [] : leadDiffers(wanted, verdict.findings)),
    ...pairs.flatMap(([one, finding]) => findingDiffers(one, finding)),
    ...acquitted(guilty, verdict).map((suspect) => `${suspect} ruled out, and it is the cause`),
    ...sharesDiffer(verdict.findings),
  ];
}

interface Matched {
  readonly pairs: readonly (readonly [ExpectedFinding, Finding])[];
  readonly missing: readonly ExpectedFinding[];
  readonly extra: readonly Finding[];
}

/** Each expected finding with one of the same diagnosis, the one that differs least; nobody is taken twice. */
function matched(wanted: readonly ExpectedFinding[], findings: readonly Finding[]): Matched {
  const pairs: [ExpectedFinding, Finding][] = [];
  const missing: ExpectedFinding[] = [];
  let extra = [...findings];
  for (const one of wanted) {
    const [nearest] = extra
      .filter(({ diagnosis }) => diagnosis === one.diagnosis)
      .toSorted((a, b) => findingDiffers(one, a).length - findingDiffers(one, b).length);
    if (nearest === undefined) missing.push(one);
    else {
      pairs.push([one, nearest]);
      extra = extra.filter((finding) => finding !== nearest);
    }
  }
  return { pairs, missing, extra };
}

/** The first that is expected leads. */
function leadDiffers([wanted]: readonly ExpectedFinding[], findings: readonly Finding[]): string[] {
  const first = findings[0]?.diagnosis;
  const isElsewhere = findings.some(({ diagnosis }) => diagnosis === wanted?.diagnosis);
  return isElsewhere ? differs('first finding', wanted?.diagnosis, first) : [];
}

function findingDiffers(wanted: ExpectedFinding, finding: Finding): string[] {
  const { certainty, object, where, timer, says, explainsAtLeast } = wanted;
  return [
    ...(certainty === undefined && !isSure(finding)
      ? [`certainty possible instead of a surer one`]
      : differs('certainty', certainty, finding.certainty)),
    ...(isObject(object, finding.object)
      ? []
      : [`object ${named(finding.object) || 'none'} instead of ${named(object)}`]),
    ...differs('from', where?.from, finding.where?.from),
    ...differs('to', where?.to, finding.where?.to),
    ...(finding.timer?.name.includes(timer ?? '') || timer === undefined
      ? []
      : [`timer ${finding.timer?.name ?? 'none'} instead of ${timer}`]),
    ...(says === undefined || finding.evidence.some((line) => line.says.includes(says))
      ? []
      : [`no line of evidence with "${says}"`]),
    ...(finding.explains + ROUNDING >= (explainsAtLeast ?? 0)
      ? []
      : [`explains ${finding.explains} instead of at least ${explainsAtLeast}`]),
  ].map((difference) => `${finding.diagnosis}: ${difference}`);
}

/** A symptom is explained once. */
function sharesDiffer(findings: readonly Finding[]): string[] {
  const sum = findings.reduce((total, { explains }) => total + explains, 0);
  return sum <= 1 + ROUNDING * findings.length ? [] : [`shares sum to ${sum.toFixed(3)}`];
}

function differs(what: string, wanted: string | undefined, got: string | undefined): string[] {
  return wanted === undefined || wanted === got ? [] : [`${what} ${got ?? 'none'} instead of ${wanted}`];
}

function isSure({ certainty }: Finding): boolean {
  return certainty !== 'possible';
}

function isObject(wanted: ExpectedFinding['object'], object: Finding['object']): boolean {
  if (wanted === undefined) return true;
  if (object === null) return false;
  const { kind, namespace, name } = wanted;
  const isNamed = name?.endsWith('*')
    ? object.name.startsWith(name.slice(0, -1))
    : object.name === (name ?? object.name);
  return isNamed && object.kind === (kind ?? object.kind) && object.namespace === (namespace ?? object.namespace);
}

function named(object: ExpectedFinding['object'] | Finding['object']): string {
  return object ? [object.kind, object.namespace, object.name].filter(Boolean).join('/') : '';
}

function answer(findings: readonly { readonly diagnosis: string }[], status: string): string {
  const ids = [...new Set(findings.map(({ diagnosis }) => diagnosis))];
  return ids.length === 0 ? status : ids.toSorted().join(' + ');
}
