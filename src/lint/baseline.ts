/** What is accepted: a text file of keys, one a line, made to be read in a review. */
import type { LintFinding } from '../model/lint.ts';
import { UserError } from '../model/user-error.ts';

const HEAD = [
  '# Findings of kprobe lint that are accepted, one a line: diagnosis, object, what about it.',
  '# kprobe lint --baseline FILE --write-baseline writes it anew.',
];

/** Of every line what it accepts. Throws UserError, with the line, for what cannot be a key. */
export function readBaseline(text: string, file: string): ReadonlySet<string> {
  const lines = text.split(/\r?\n/u).map((line, index) => ({ key: line.trim(), at: `${file}:${index + 1}` }));
  const keys = lines.filter(({ key }) => key !== '' && !key.startsWith('#'));
  for (const { key, at } of keys) {
    if (/^[a-z]+(?:-[a-z]+)* \S+ \S+/u.test(key)) continue;
    throw new UserError(`${at}: not a line of a baseline, such as "empty-service Service shop/web spec.selector"`, {
      hint: 'kprobe lint --baseline FILE --write-baseline writes one',
    });
  }
  return new Set(keys.map(({ key }) => key));
}

export function writeBaseline(findings: readonly LintFinding[]): string {
  const keys = [...new Set(findings.map(({ key }) => key))].toSorted();
  return `${[...HEAD, ...keys].join('\n')}\n`;
}

/** Findings with those marked that the baseline accepts, and the lines of it that nothing has any more. */
export function compared(
  findings: readonly LintFinding[],
  baseline: ReadonlySet<string>,
): { readonly findings: readonly LintFinding[]; readonly gone: readonly string[] } {
  const there = new Set(findings.map(({ key }) => key));
  return {
    findings: findings.map((finding) => ({ ...finding, accepted: baseline.has(finding.key) })),
    gone: [...baseline].filter((key) => !there.has(key)),
  };
}
