/** `-o html` of diagnose and explain. */
import type { Recording } from '../../model/recording.ts';
import type { Verdict } from '../../model/verdict.ts';
import * as say from '../sections.ts';
import { type HtmlOptions, htmlDocument } from './document.ts';
import { type Html, html } from './escape.ts';
import { headline, MARKS } from './finding.ts';
import { MOST_ROWS } from './report.ts';
import { sections, targetParts } from './target-sections.ts';

export interface DiagnosisReport {
  readonly verdict: Verdict;
  readonly recording: Recording;
  /** The command that measures again; null: made of the verdict's target. */
  readonly again: string | null;
}

/** One file: the verdict first, then what it rests on. */
export function renderDiagnosisPage({ verdict, recording, again }: DiagnosisReport, options: HtmlOptions): string {
  const { says, parts } = targetParts({ verdict, recording, again, prefix: '', level: 2, rows: MOST_ROWS });
  const { sign } = MARKS[verdict.status];
  return htmlDocument(
    {
      title: `${sign} ${verdict.target} · kprobe`,
      command: 'kprobe diagnose',
      facts: runFacts(verdict),
      contents: [{ id: 'verdict', title: 'Verdict' }, ...parts],
      main: html`${status(verdict)}
        <h1 id="verdict">${headline(verdict)}</h1>
        ${says} ${sections(parts, 2)}`,
    },
    options,
  );
}

/** The verdict in one word, and of what. */
export function status({ status: state, target }: Pick<Verdict, 'status' | 'target'>): Html {
  const { sign, word } = MARKS[state];
  return html`<p class="status ${state}">${sign} ${word} <span class="target">${target}</span></p>`;
}

/** When and how a run was. */
export function runFacts(verdict: Verdict): string[] {
  const { startedAt, id, kprobe } = verdict.run;
  return [when(startedAt), say.extent(verdict), `run ${id}`, `kprobe ${kprobe}`];
}

/** A time as people write it; what is none stays as it is. */
export function when(iso: string): string {
  return iso.replace('T', ' ').replace(/(?:\.\d+)?Z$/u, ' UTC');
}
