/** What a lint report is rendered with. */
import type { PageOptions } from '../page.ts';

/** The words of a rule, as they are for all its findings. */
export interface RuleDoc {
  readonly name: string;
  readonly ids: readonly string[];
  readonly title: string;
  readonly why: string;
  readonly remedy: string;
  readonly limits: string;
}

export interface LintRenderOptions extends PageOptions {
  /** All fixes as YAML, and what a baseline accepts. */
  readonly verbose: boolean;
  readonly rules: readonly RuleDoc[];
}
