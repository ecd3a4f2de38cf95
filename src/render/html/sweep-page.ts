/** `-o html` of sweep: what changed, a line for each target, and the whole story of those that have one. */
import { count, duration, interval, list, percent } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import type { Change, SweepReport, TargetReport } from '../../model/sweep.ts';
import { when } from './diagnosis-page.ts';
import { type HtmlOptions, htmlDocument } from './document.ts';
import { type Fragment, type Html, html, nothing } from './escape.ts';
import { headline, MARKS } from './finding.ts';
import { MOST_ROWS } from './report.ts';
import { sections, targetParts } from './target-sections.ts';

/** Targets told in full; a file with more is slow to open, and nobody reads on. */
const MOST_TOLD = 20;
/** Rows of samples, shared by the targets that are told. */
const MOST_ROWS_IN_ALL = 4000;

export interface SweepPage {
  readonly report: SweepReport;
  /** Recordings by the key of their target: of those that are worth telling. */
  readonly recordings: ReadonlyMap<string, Recording>;
}

export function renderSweepPage({ report, recordings }: SweepPage, options: HtmlOptions): string {
  const worth = toldTargets(report);
  const told = worth.slice(0, MOST_TOLD);
  const rows = Math.min(MOST_ROWS, Math.ceil(MOST_ROWS_IN_ALL / Math.max(1, told.length)));
  const stories = told.map((target, index) => story(target, { prefix: `t${index}-`, recordings, rows }));
  const anchors = new Map(told.map((target, index) => [target.key, `t${index}-target`]));
  const { sign, word } = MARKS[report.status];
  return htmlDocument(
    {
      title: `${sign} ${report.summary} · kprobe sweep`,
      command: 'kprobe sweep',
      facts: facts(report),
      contents: [
        { id: 'verdict', title: 'Verdict' },
        { id: 'targets', title: 'Targets' },
        ...told.map(({ key }, index) => ({ id: `t${index}-target`, title: key })),
      ],
      main: html`<p class="status ${report.status}">${sign} ${word}</p>
        <h1 id="verdict">${report.summary}</h1>
        ${changes(report)} ${notes(report)}
        <section aria-labelledby="targets">
          <h2 id="targets">Targets</h2>
          ${targetTable(report, anchors)}
          ${
            worth.length > told.length &&
            html`<p class="quiet">
              ${told.length} targets are told in full below, ${worth.length - told.length} others in the table only.
            </p>`
          }
        </section>
        ${stories}`,
    },
    options,
  );
}

const NEWS: Readonly<Record<Change, { readonly sign: string; readonly word: string; readonly rank: number }>> = {
  new: { sign: '✗', word: 'new', rank: 0 },
  worse: { sign: '▲', word: 'worse', rank: 1 },
  better: { sign: '▼', word: 'better', rank: 2 },
  gone: { sign: '✓', word: 'gone', rank: 3 },
  unknown: { sign: '?', word: 'unknown', rank: 4 },
  first: { sign: '·', word: 'first seen', rank: 5 },
  same: { sign: '·', word: 'same', rank: 6 },
};

/** Those with a verdict that is not plainly well and unchanged: the newest trouble first. */
function toldTargets({ targets }: SweepReport): TargetReport[] {
  return targets
    .filter(({ verdict, state, change }) => verdict !== null && (state !== 'healthy' || NEWS[change].rank <= 2))
    .toSorted((a, b) => NEWS[a.change].rank - NEWS[b.change].rank);
}

function changes({ targets, before, dropped }: SweepReport): Html {
  const news = targets
    .filter(({ changeSays }) => changeSays !== null)
    .toSorted((a, b) => NEWS[a.change].rank - NEWS[b.change].rank);
  const since =
    before === null
      ? 'There is no earlier sweep to compare with.'
      : `Compared with the sweep of ${when(before.startedAt)}.`;
  return html`<p class="quiet">${since}${dropped.length > 0 && ` No longer in the file: ${list(dropped, 6)}.`}</p>
    ${
      news.length > 0 &&
      html`<ul class="changes">
        ${news.map(({ change, key, changeSays }) => html`<li><strong class="${toneOf(change)}">${NEWS[change].sign} ${NEWS[change].word}</strong> ${key}: ${changeSays}</li>`)}
      </ul>`
    }`;
}

function toneOf(change: Change): string {
  if (change === 'new' || change === 'worse') return 'faulty';
  return change === 'gone' || change === 'better' ? 'healthy' : 'quiet';
}

function notes({ notes: limitations }: SweepReport): Html {
  if (limitations.length === 0) return nothing;
  return html`<dl class="says">
    <div>
      <dt>Notes</dt>
      ${limitations.map(({ what, because }) => html`<dd>${what}: ${because}</dd>`)}
    </div>
  </dl>`;
}

const STATE_SIGNS: Readonly<Record<TargetReport['state'], string>> = {
  healthy: '✓',
  faulty: '✗',
  inconclusive: '?',
  unmeasured: '–',
};

function targetTable({ targets }: SweepReport, anchors: ReadonlyMap<string, string>): Html {
  const heads = ['State', 'Target', 'Change', 'What', 'p50', 'p99', 'Unanswered', 'Expectations', 'Since'];
  return html`<div class="wide" role="region" tabindex="0" aria-label="All targets">
    <table>
      <caption>
        ${count(targets.length, 'target')}, in the order of the file
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${targets.map((target) => targetRow(target, anchors.get(target.key)))}
      </tbody>
    </table>
  </div>`;
}

function targetRow(target: TargetReport, anchor: string | undefined): Html {
  const { state, key, change, says, latency, since } = target;
  const name = anchor === undefined ? html`${key}` : html`<a href="#${anchor}">${key}</a>`;
  return html`<tr>
    <td class="state ${state}">${STATE_SIGNS[state]} ${state}</td>
    <th scope="row">${name}</th>
    <td class="state ${toneOf(change)}">${NEWS[change].sign} ${NEWS[change].word}</td>
    <td class="prose">${says}</td>
    <td class="number">${latency?.percentiles ? duration(latency.percentiles.p50Ms) : ''}</td>
    <td class="number">${latency?.percentiles ? duration(latency.percentiles.p99Ms) : ''}</td>
    <td class="number">${latency && `${percent(latency.lost.share)} (${interval(latency.lost.interval)})`}</td>
    <td>${expectations(target)}</td>
    <td class="wrap">${since && when(since)}</td>
  </tr>`;
}

function expectations({ expectations: all }: TargetReport): Fragment {
  return all.map(({ says, met, measured }) => {
    const [sign, tone] = met === null ? ['–', 'quiet'] : met ? ['✓', 'healthy'] : ['✗', 'faulty'];
    return html`<div><span class="${tone}">${sign} ${says}</span> ${measured}</div>`;
  });
}

function story(
  target: TargetReport,
  { prefix, recordings, rows }: { prefix: string; recordings: SweepPage['recordings']; rows: number },
): Fragment {
  const { verdict, key } = target;
  if (verdict === null) return null;
  const { says, parts } = targetParts({
    verdict,
    recording: recordings.get(key) ?? null,
    again: null,
    prefix,
    level: 3,
    rows,
  });
  return html`<section aria-labelledby="${prefix}target">
    <h2 id="${prefix}target">${key}</h2>
    <p class="lead"><span class="${target.state}">${STATE_SIGNS[target.state]}</span> ${headline(verdict)}</p>
    ${target.state === verdict.status ? null : html`<p>${target.says}</p>`} ${says} ${sections(parts, 3)}
  </section>`;
}

function facts({ run, cluster, series }: SweepReport): string[] {
  return [
    when(run.startedAt),
    `${series} on ${cluster.name}`,
    `${count(run.pods, 'probe pod')}, ${count(run.attempts, 'attempt')} in ${duration(run.tookMs)}`,
    `at most ${run.probesPerSecondPerNode} a second and node`,
    `run ${run.id}`,
    `kprobe ${run.kprobe}`,
  ];
}
