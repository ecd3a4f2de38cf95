import type { Scenario } from '../src/lab/scenario/scenario.ts';
import type { Verdict } from '../src/model/verdict.ts';

/** The one word that a scenario wants to hear: the diagnosis of the first finding, or the status where there is none. */
export function expectedAnswer({ status, diagnosis }: Scenario['expect']): string {
  return diagnosis ?? status;
}

/** The one word that a verdict says. */
export function answerOf(verdict: Verdict): string {
  return verdict.findings[0]?.diagnosis ?? verdict.status;
}

/** In what a verdict differs from what the scenario expects, each a short sentence; empty when it is right. */
export function differences(expected: Scenario['expect'], verdict: Verdict): string[] {
  const first = verdict.findings[0];
  const object = first?.object
    ? [first.object.kind, first.object.namespace, first.object.name].filter(Boolean).join('/')
    : '';
  const timer = first?.timer?.name ?? '';
  const says = first?.evidence.map((line) => line.says) ?? [];
  return [
    differs('status', expected.status, verdict.status),
    differs('answer', expectedAnswer(expected), answerOf(verdict)),
    differs('certainty', expected.certainty, first?.certainty),
    isObject(expected.object, object) ? null : `object ${object || 'none'} instead of ${expected.object}`,
    says.some((line) => line.includes(expected.says ?? '')) || expected.says === undefined
      ? null
      : `no line of evidence with "${expected.says}"`,
    timer.includes(expected.timer ?? '') ? null : `timer ${timer || 'none'} instead of ${expected.timer}`,
  ].filter((difference) => difference !== null);
}

function differs(what: string, wanted: string | undefined, got: string | undefined): string | null {
  return wanted === undefined || wanted === got ? null : `${what} ${got ?? 'none'} instead of ${wanted}`;
}

function isObject(pattern: string | undefined, object: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? object.startsWith(pattern.slice(0, -1)) : object === pattern;
}
