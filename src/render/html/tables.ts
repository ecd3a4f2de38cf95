/** The tables below the charts: every path, and the samples themselves, both bounded and saying so. */
import { count, duration } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import { PATH_COLUMNS, pathRows } from '../paths.ts';
import { type Html, html } from './escape.ts';
import { SIGNS, STATES, stateOf } from './path-state.ts';
import { citedBy, lookOf, outcomeOf, runStart, type Shot, type TargetPage } from './report.ts';

/** A page with more rows becomes slow to open and to search. */
export const MOST_ROWS = 1000;
/** From this long on an answer is slow, where no recording says otherwise: the default of `--slow-after`. */
const USUAL_SLOW_MS = 500;

/** The worst first where not all have room. */
export function pathTable({ verdict, recording, rows: limit }: TargetPage): Html {
  const most = Math.ceil(limit / 2);
  const slowAfterMs = recording?.slowAfterMs ?? USUAL_SLOW_MS;
  const cells = pathRows(verdict);
  const rows = verdict.paths.map((path, index) => ({ state: stateOf(path, slowAfterMs), cells: cells[index] ?? [] }));
  const worse = rows.toSorted((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state));
  const shown = rows.length > most ? worse.slice(0, most) : rows;
  const left = rows.length - shown.length;
  return html`<div class="wide" role="region" tabindex="0" aria-label="All paths, ${verdict.target}">
    <table>
      <caption>
        ${count(rows.length, 'path')}${left > 0 && `; the ${shown.length} worst are shown, ${left} are left out`}
      </caption>
      <thead>
        <tr>
          <th scope="col">State</th>
          ${PATH_COLUMNS.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${shown.map(
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
  readonly shots: readonly Shot[];
  readonly indices: ReadonlySet<number>;
  readonly cited: ReadonlySet<number>;
  readonly leftOut: number;
}

/** What is cited comes first, then what was not answered, then the slowest; they stand in the order of the recording. */
export function listedSamples({ verdict, rows: most }: TargetPage, recording: Recording): ListedSamples {
  const cited = citedBy(verdict);
  const all = recording.samples.map((sample, index) => ({ index, sample }));
  const worth = ({ index, sample }: Shot): number =>
    (cited.has(index) ? 2e9 : 0) + (sample.outcome.kind === 'answered' ? 0 : 1e9) + Math.min(1e8, sample.totalMs);
  const shots =
    all.length <= most
      ? all
      : all
          .toSorted((a, b) => worth(b) - worth(a))
          .slice(0, most)
          .toSorted((a, b) => a.index - b.index);
  return { shots, indices: new Set(shots.map(({ index }) => index)), cited, leftOut: all.length - shots.length };
}

const PHASES = ['dns', 'connect', 'tls', 'send', 'first-byte', 'body'] as const;

export function sampleTable(page: TargetPage, recording: Recording, listed: ListedSamples): Html {
  const heads = ['Sample', 'Started', 'Path', 'Outcome', 'Total', ...PHASES, 'SYN again', 'Seen as', 'Answer'];
  const start = runStart(recording);
  const row = ({ index, sample }: Shot): Html => {
    const look = lookOf(sample, recording.slowAfterMs);
    const isBad = look === 'silent' || look === 'failed';
    return html`<tr id="${page.prefix}s${index}" tabindex="-1" class="${listed.cited.has(index) ? 'cited' : 'uncited'}">
      <th scope="row">${index}</th>
      <td class="number">${started(sample.at - start)}</td>
      <td>${sample.path}</td>
      <td class="${isBad ? 'broken-text' : look === 'slow' ? 'unmeasured' : ''}">${outcomeOf(sample)}</td>
      <td class="number">${duration(sample.totalMs)}</td>
      ${PHASES.map((phase) => html`<td class="number">${sample.phases[phase] === undefined ? '' : duration(sample.phases[phase])}</td>`)}
      <td class="number">${sample.synRetransmissions > 0 && sample.synRetransmissions}</td>
      <td>${sample.seen}</td>
      <td>${answerOf(sample)}</td>
    </tr>`;
  };
  return html`<div class="wide samples" role="region" tabindex="0" aria-label="Samples, ${page.verdict.target}">
    <table>
      <caption>
        ${count(recording.samples.length, 'sample')}${listed.leftOut > 0 && `; ${listed.leftOut} are left out: those that were answered quickly and that no evidence rests on`}.
        Start is within the run, on the agent’s clock.
        <span class="only-print">Printed are those that evidence rests on.</span>
      </caption>
      <thead>
        <tr>
          ${heads.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${listed.shots.map(row)}
      </tbody>
    </table>
  </div>`;
}

function started(ms: number): string {
  return ms < 0 ? `−${duration(-ms)}` : duration(ms);
}

function answerOf({ http, dns }: Shot['sample']): string {
  if (http !== null)
    return `${http.status}${http.server === null ? '' : ` ${http.server}`}, ${count(http.bytes, 'byte')}`;
  if (dns === null) return '';
  return [dns.rcode, ...dns.answers, ...(dns.truncated ? ['truncated'] : [])].join(' ');
}
