/** Diagnoses and timers in words: the list of them, and one in full. */
import type { Backing } from '../model/timings.ts';
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

/** What there is to say of a timer; the judge's own type has more. */
export interface TimerDoc {
  readonly id: string;
  readonly name: string;
  readonly of: 'kernel' | 'resolver' | 'proxy' | 'client' | 'application';
  /** In words. */
  readonly values: string;
  readonly phases: readonly string[];
  readonly distinguishedBy: string;
  readonly source: string;
  readonly backing: Backing;
}

const OWNERS = ['kernel', 'resolver', 'proxy', 'client', 'application'] as const;

/** All timers under whose they are, with their values. */
export function renderTimers(docs: readonly TimerDoc[], options: PageOptions): string {
  const page = openPage(options);
  const width = Math.max(0, ...docs.map(({ id }) => id.length));
  const parts = OWNERS.map((of) =>
    [
      page.paint.bold(of),
      ...docs
        .filter((doc) => doc.of === of)
        .map(({ id, values }) => `  ${page.paint.cyan(pad(id, width))}  ${page.text(values)}`),
    ].join('\n'),
  );
  return `${parts.join('\n\n')}\n`;
}

/** One timer: its values, how it is told from others, and where that is known from. */
export function renderTimer(doc: TimerDoc, options: PageOptions): string {
  const page = openPage(options);
  const lines = labelled(page, [
    { label: 'Is', items: [doc.name] },
    { label: 'Shows at', items: [`${doc.values}, in ${doc.phases.join(', ')}`] },
    { label: 'Told apart', items: [doc.distinguishedBy] },
    { label: 'Source', items: [`${doc.source} (${doc.backing})`] },
  ]);
  return `${page.paint.bold(doc.id)} (timer, ${doc.of})\n${lines.join('\n')}\n`;
}
