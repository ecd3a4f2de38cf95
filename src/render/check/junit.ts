/** A check as JUnit XML: one suite, a case for each assertion. */
import type { Assertion, CheckReport } from '../../model/check.ts';
import { diagnoseCommand } from '../diagnose-command.ts';
import { type Case, document } from '../junit.ts';
import * as say from './words.ts';

/** What proves neither is an error, as of a verdict: a build must not pass by it, and nobody is blamed. */
const RESULTS: Readonly<Record<Assertion['result'], Case['result']>> = {
  holds: 'passed',
  fails: 'failure',
  unclear: 'error',
  unmeasured: 'error',
};

export function renderCheckJunit({ file, assertions, run }: CheckReport): string {
  const cases = assertions.map((each) => ({
    name: say.sentence(each),
    result: RESULTS[each.result],
    message: each.says,
    text: [
      ...say.because(each).map((because) => `Policies: ${because}`),
      ...say.also(each).map((finding) => `Finding: ${finding}`),
      ...(each.result === 'holds' ? [] : [`Then: ${diagnoseCommand(each)}`]),
    ],
  }));
  return document([{ name: file, startedAt: run.startedAt, tookMs: run.tookMs, cases }]);
}
