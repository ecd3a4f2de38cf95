/** The tables below the charts: every path, and the samples themselves, both bounded and saying so. */
import { count, duration } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import type { PathSummary } from '../../model/verdict.ts';
import { PATH_COLUMNS, pathRows } from '../paths.ts';
import { type Html, html } from './escape.ts';
import { SIGNS, STATES, healthOf } from './path-health.ts';
import { citedBy, type Look, lookOf, outcomeOf, runStart, type Attempt, type TargetPage } from './report.ts';

/** From this long on an answer is slow, where no recording says otherwise: the default of `--slow-after`. */
const USUAL_SLOW_MS = 500;

/** The worst first where not all have room. */
export function pathTable({ verdict, recording, rows: limit }: TargetPage): Html {
  const most = Math.ceil(limit / 2);
  const slowAfterMs = recording?.slowAfterMs ?? USUAL_SLOW_MS;
  const badness = (path: PathSummary): number => STATES.indexOf(healthOf(path, slowAfterMs));
  const all = verdict.paths;
  const shown = all.length > most ? all.toSorted((a, b) => badness(b) - badness(a)).slice(0, most) : all;
  const cells = pathRows({ ...verdict, paths: shown });
  const rows = shown.map((path, index) => ({ state: healthOf(path, slowAfterMs), cells: cells[index] ?? [] }));
  const left = all.length - shown.length;
  return html`<div class="wide" role="region" tabindex="0" aria-label="All paths, ${verdict.target}">
    <table>
      <caption>
        ${count(all.length, 'path')}${left > 0 && `; the ${shown.length} worst are shown, ${left} are left out`}
      </caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          ${PATH_COLUMNS.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ state, cells: row }) =>
            html`<tr>
              <td class="state${state === 'broken' || state === 'lossy' ? ' broken-text' : ''}">
                ${SIGNS[state]} ${state}
              </td>
              ${row.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export interface ListedSamples {
  readonly attempts: readonly Attempt[];
  readonly indices: ReadonlySet<number>;
  readonly cited: ReadonlySet<number>;
  readonly leftOut: number;
}

/** What is cited comes first, then what was not answered, then the slowest; they stand in the order of the recording. */
export function listedSamples({ verdict, rows: most }: TargetPage, recording: Recording): ListedSamples {
  const cited = citedBy(verdict);
  const all = recording.samples.map((sample, index) => ({ index, sample }));
  const worth = ({ index, sample }: Attempt): number =>
    (cited.has(index) ? 2e9 : 0) + (sample.outcome.kind === 'answered' ? 0 : 1e9) + Math.min(1e8, sample.totalMs);
  const attempts =
    all.length <= most
      ? all
      : all
          .toSorted((a, b) => worth(b) - worth(a))
          .slice(0, most)
          .toSorted((a, b) => a.index - b.index);
  return {
    attempts,
    indices: new Set(attempts.map(({ index }) => index)),
    cited,
    leftOut: all.length - attempts.length,
  };
}

interface Column {
  readonly head: string;
  readonly isNumber: boolean;
  cell(attempt: Attempt): string;
}

const PHASES = { dns: 'DNS', connect: 'Connect', tls: 'TLS', send: 'Send', 'first-byte': 'First byte', body: 'Body' };

function columns(recording: Recording): Column[] {
  const start = runStart(recording);
  const phase = ([name, head]: [string, string]): Column => ({
    head,
    isNumber: true,
    cell: ({ sample }) => {
      const ms = sample.phases[name as keyof typeof PHASES];
      return ms === undefined ? '' : duration(ms);
    },
  });
  const number = (head: string, cell: Column['cell']): Column => ({ head, isNumber: true, cell });
  const text = (head: string, cell: Column['cell']): Column => ({ head, isNumber: false, cell });
  return [
    number('Started', ({ sample }) => started(sample.at - start)),
    text('Path', ({ sample }) => sample.path),
    text('Outcome', ({ sample }) => outcomeOf(sample)),
    number('Total', ({ sample }) => duration(sample.totalMs)),
    ...Object.entries(PHASES).map(phase),
    number('SYN again', ({ sample: { synRetransmissions: times } }) => (times > 0 ? String(times) : '')),
    text('Answer', ({ sample }) => answerOf(sample)),
    text('Seen as', ({ sample }) => sample.seen ?? ''),
  ];
}

const TONES: Readonly<Record<Look, string>> = {
  answered: '',
  cut: '',
  slow: ' unmeasured',
  silent: ' broken-text',
  failed: ' broken-text',
  waiting: ' broken-text',
};

/** Columns that no sample fills are left out. */
export function sampleTable(page: TargetPage, recording: Recording, listed: ListedSamples): Html {
  const shown = columns(recording).filter(({ cell }) => listed.attempts.some((attempt) => cell(attempt) !== ''));
  const row = (attempt: Attempt): Html => {
    const tone = TONES[lookOf(attempt.sample, recording.slowAfterMs)];
    const cells = shown.map(({ head, isNumber, cell }) => {
      const name = `${isNumber ? 'number' : ''}${head === 'Outcome' ? tone : ''}`.trim();
      return html`<td${name !== '' && html` class="${name}"`}>${cell(attempt)}</td>`;
    });
    const isCited = listed.cited.has(attempt.index);
    return html`<tr id="${page.prefix}s${attempt.index}" tabindex="-1" ${!isCited && html` class="uncited"`}>
      <th scope="row" class="number">${attempt.index}</th>
      ${cells}
    </tr>`;
  };
  const left =
    listed.leftOut > 0 &&
    `; ${listed.leftOut} are left out: those that were answered quickly and that no evidence rests on`;
  return html`<div class="wide samples" role="region" tabindex="0" aria-label="Samples, ${page.verdict.target}">
    <table>
      <caption>
        ${count(recording.samples.length, 'sample')}${left}. Started is within the run, on the agent’s clock.
        <span class="only-print">Printed are those that evidence rests on.</span>
      </caption>
      <thead>
        <tr>
          <th scope="col" class="number">Sample</th>
          ${shown.map(({ head, isNumber }) => html`<th scope="col" ${isNumber && html` class="number"`}>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${listed.attempts.map(row)}
      </tbody>
    </table>
  </div>`;
}

function started(ms: number): string {
  return ms < 0 ? `−${duration(-ms)}` : duration(ms);
}

function answerOf({ http, dns }: Attempt['sample']): string {
  if (http !== null)
    return `${http.status}${http.server === null ? '' : ` ${http.server}`}, ${count(http.bytes, 'byte')}`;
  if (dns === null) return '';
  return [dns.rcode, ...dns.answers, ...(dns.truncated ? ['truncated'] : [])].join(' ');
}
