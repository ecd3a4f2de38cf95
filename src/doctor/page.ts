/** An examination as text: what is well in a word, what is not with what to do. Pure. */
import { openPage, type Page, type PageOptions, wrap } from '../render/page.ts';
import type { Check, Examination, Section } from './check.ts';

const TITLES: Readonly<Record<Section, string>> = {
  api: 'API server',
  namespaces: 'Namespaces',
  rights: 'Rights',
  admission: 'Admission of probe pods (dry run)',
  image: 'Image',
  sweep: 'Scheduled sweep',
};
const MARKS: Readonly<Record<Check['state'], string>> = { ok: '✓', failed: '✗', unknown: '?', 'left-out': '–' };
const ENDINGS: Readonly<Record<Examination['status'], string>> = {
  healthy: 'Everything that kprobe needs is there.',
  faulty: 'Something is missing: what stands after → helps.',
  inconclusive: 'Nothing is known to be missing, but not everything could be looked at.',
};
/** From here on, lines that say nothing but "well" are counted instead of listed. */
const MANY = 5;

/** `verbose`: every check on a line of its own. */
export function renderExamination(
  examination: Examination,
  options: PageOptions & { readonly verbose: boolean },
): string {
  const page = openPage(options);
  const { server, user, context, checks, status } = examination;
  const head = page.text(`${server}${user === null ? '' : ` as ${user}`} (context ${context})`);
  const sections = [...Map.groupBy(checks, ({ section }) => section)].flatMap(([section, members]) => [
    '',
    page.paint.bold(TITLES[section]),
    ...sectionLines(page, members, options.verbose),
  ]);
  return `${[head, ...sections, '', ENDINGS[status]].join('\n')}\n`;
}

function sectionLines(page: Page, checks: readonly Check[], verbose: boolean): string[] {
  const well = checks.filter(({ state }) => state === 'ok');
  const shown = verbose || well.length < MANY ? checks : checks.filter(({ state }) => state !== 'ok');
  const each = shown.flatMap((check, index) => lines(page, check, shown[index + 1]));
  if (shown === checks) return each;
  const summary = `  ${mark(page, 'ok')} ${well.length} of ${checks.length}${well.length === checks.length ? '' : ' are there'}`;
  return [summary, ...each];
}

/** What helps several in a row is said once, after the last. */
function lines(page: Page, { state, what, says, todo }: Check, next: Check | undefined): string[] {
  const [first = '', ...rest] = wrap(page.text(`${what}: ${says}`), page.width - 4);
  const isSaidLater = next !== undefined && next.state !== 'ok' && next.todo === todo;
  const advice = todo === null || state === 'ok' || isSaidLater ? [] : [`    ${page.text(`→ ${todo}`)}`];
  return [`  ${mark(page, state)} ${first}`, ...rest.map((line) => `    ${line}`), ...advice];
}

function mark(page: Page, state: Check['state']): string {
  const text = page.text(MARKS[state]);
  if (state === 'ok') return page.paint.green(text);
  return state === 'failed' ? page.paint.red(text) : page.paint.yellow(text);
}
