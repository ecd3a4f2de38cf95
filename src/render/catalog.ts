/** Diagnoses in words: the list of them, and one in full. */
import type { DiagnosisClass } from '../model/verdict.ts';
import { labelled } from './labelled.ts';
import { openPage, type PageOptions, pad } from './page.ts';

/** The doc text of a diagnosis; the judge's own type has more. */
export interface Doc {
  readonly id: string;
  readonly class: DiagnosisClass;
  readonly title: string;
  readonly why: string;
  readonly test: string;
  readonly remedy: string;
  readonly limits: string;
}

/** All diagnoses under their classes, in the order given. */
export function renderList(docs: readonly Doc[], classes: readonly DiagnosisClass[], options: PageOptions): string {
  const page = openPage(options);
  const width = Math.max(0, ...docs.map(({ id }) => id.length));
  const parts = classes
    .map((name) => ({ name, members: docs.filter((doc) => doc.class === name) }))
    .filter(({ members }) => members.length > 0)
    .map(({ name, members }) =>
      [
        page.paint.bold(name),
        ...members.map(({ id, title }) => `  ${page.paint.cyan(pad(id, width))}  ${page.text(title)}`),
      ].join('\n'),
    );
  return `${parts.join('\n\n')}\n`;
}

/** One diagnosis: what it means, how it is proven, what to do, and when it can be wrong. */
export function renderDiagnosis(doc: Doc, options: PageOptions): string {
  const page = openPage(options);
  const lines = labelled(page, [
    { label: 'Means', items: [doc.title] },
    { label: 'Why', items: [doc.why] },
    { label: 'Proven by', items: [doc.test] },
    { label: 'Remedy', items: [doc.remedy] },
    { label: 'Limits', items: [doc.limits] },
  ]);
  return `${page.paint.bold(doc.id)} (${doc.class})\n${lines.join('\n')}\n`;
}
