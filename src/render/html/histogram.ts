/** How long attempts took: one histogram for each path, durations on a log scale, the modes marked and the timers drawn in. */
import { bin } from 'd3-array';
import { scaleLinear, type ScaleLogarithmic } from 'd3-scale';
import type { Sample } from '../../../probes/wire.ts';
import { duration, percent, tick } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import type { Charted, ChartedPath } from './charted.ts';
import { type Fragment, type Html, html } from './escape.ts';
import { type Look, lookOf, nameOf, type TargetPage } from './report.ts';
import { atLeast, decades, durationScale, px } from './scales.ts';
import { type DrawnTimer, marked, timersOf } from './timers.ts';

const WIDTH = 340;
const HEIGHT = 96;
/** Room for the names of modes. */
const TOP = 40;
const BOTTOM = 18;
/** Room for a number above its bar. */
const LINE = 12;
const SIDE = 20;
/** The usual width of a bold letter of this size. */
const LETTER = 6.4;
/** A mode that is one mode stays one bar or two. */
const BINS_PER_DECADE = 6;

/** Which attempts share a bar: the quick, the slow, and those without an answer. */
type Kind = 'answered' | 'slow' | 'failed';

export function histograms(page: TargetPage, recording: Recording, charted: Charted): Html {
  const x = durationScale(charted, [SIDE, WIDTH - SIDE]);
  const timers = timersOf(page.verdict, recording);
  return html`<svg width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="${page.prefix}hatch"
          width="5"
          height="5"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <line class="hatch-line" x1="0" x2="0" y1="0" y2="5" />
        </pattern>
      </defs>
    </svg>
    <p class="quiet">
      Solid bars are answers, hatched ones attempts without an answer (as long as they were waited for). ▾ marks a mode.
    </p>
    <div class="small">
      ${charted.paths.map((path) => histogram(path, { x, timers, recording, prefix: page.prefix }))}
    </div>`;
}

interface Frame {
  readonly x: ScaleLogarithmic<number, number>;
  readonly timers: readonly DrawnTimer[];
  readonly recording: Recording;
  readonly prefix: string;
}

function histogram(charted: ChartedPath, frame: Frame): Html {
  const { path, attempts } = charted;
  const { x, recording } = frame;
  const drawn = marked(
    frame.timers,
    attempts.map(({ sample }) => sample),
  );
  return html`<figure>
    <figcaption>${nameOf(path)}</figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${TOP + HEIGHT + BOTTOM}"
      width="${WIDTH}"
      height="${TOP + HEIGHT + BOTTOM}"
      aria-hidden="true"
    >
      <line class="grid" x1="${SIDE}" x2="${WIDTH - SIDE}" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT}" />
      ${decades(x).map((ms) => html`<line class="grid" x1="${px(x(ms))}" x2="${px(x(ms))}" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT + 4}" /><text class="quiet" x="${px(x(ms))}" y="${TOP + HEIGHT + 15}" text-anchor="middle">${tick(ms)}</text>`)}
      ${drawn.map(({ ms }) => html`<line class="timer" x1="${px(x(ms))}" x2="${px(x(ms))}" y1="${TOP - 8}" y2="${TOP + HEIGHT}" />`)}
      ${bars(charted, frame)} ${modes(charted, x)}
    </svg>
    ${alternative(charted, recording.slowAfterMs)}
  </figure>`;
}

/** null: of what had just begun, the run's end says nothing. */
const KINDS: Readonly<Record<Look, Kind | null>> = {
  answered: 'answered',
  slow: 'slow',
  silent: 'failed',
  failed: 'failed',
  waiting: 'failed',
  cut: null,
};

function bars({ attempts }: ChartedPath, { x, recording, prefix }: Frame): Fragment {
  const kindOf = (sample: Sample): Kind | null => KINDS[lookOf(sample, recording.slowAfterMs)];
  const [low = 1, high = 10] = x.domain();
  const steps = Math.ceil(Math.log10(high / low) * BINS_PER_DECADE);
  const edges = Array.from({ length: steps }, (_, step) => Math.log10(low) + step / BINS_PER_DECADE);
  const bins = bin<ChartedPath['attempts'][number], number>()
    .domain([Math.log10(low), Math.log10(high)])
    .thresholds(edges)
    .value(({ sample }) => Math.log10(Math.max(low, Math.min(high, atLeast(sample.totalMs)))))(
    attempts.filter(({ sample }) => kindOf(sample) !== null),
  );
  const y = scaleLinear([0, Math.max(1, ...bins.map((each) => each.length))], [0, HEIGHT - LINE]);
  return bins.map((each) => {
    let base = TOP + HEIGHT;
    const left = x(10 ** (each.x0 ?? 0));
    const width = Math.max(2, x(10 ** (each.x1 ?? 0)) - left - 1.5);
    const parts = (['answered', 'slow', 'failed'] as const).map((kind) => {
      const number = each.filter(({ sample }) => kindOf(sample) === kind).length;
      const tall = y(number);
      base -= tall;
      const fill = kind === 'failed' && html` fill="url(#${prefix}hatch)"`;
      return (
        number > 0 &&
        html`<rect
          class="bar-${kind}"
          ${fill}
          x="${px(left)}"
          y="${px(base)}"
          width="${px(width)}"
          height="${px(tall)}"
        />`
      );
    });
    const middle = px(left + width / 2);
    return [
      parts,
      each.length > 0 &&
        html`<text class="quiet" x="${middle}" y="${px(base - 3)}" text-anchor="middle">${each.length}</text>`,
    ];
  });
}

function modes({ path }: ChartedPath, x: Frame['x']): Fragment {
  let free = [0, 0];
  return path.modes
    .toSorted((a, b) => a.ms - b.ms)
    .map(({ ms, share }) => {
      const at = px(x(atLeast(ms)));
      const words = path.modes.length > 1 ? `${duration(ms)} (${percent(share)})` : duration(ms);
      const wide = words.length * LETTER;
      const left = Math.max(0, Math.min(WIDTH - wide, at - wide / 2));
      // Two neighbours would cover each other on one line.
      const line = left >= (free[0] ?? 0) ? 0 : 1;
      free = free.map((end, index) => (index === line ? left + wide + LETTER : end));
      return html`<path class="mode" d="M${px(at - 4)} ${TOP - 9}h8l-4 6z" /><text
          class="strong"
          x="${px(left)}"
          y="${TOP - 13 - line * 13}"
          >${words}</text
        >`;
    });
}

/** The same for those who hear the page. */
function alternative({ path, attempts }: ChartedPath, slowAfterMs: number): Html {
  const looks = attempts.map(({ sample }) => KINDS[lookOf(sample, slowAfterMs)]);
  const answered = looks.filter((kind) => kind === 'answered' || kind === 'slow').length;
  const rows = path.modes.map(
    ({ ms, share }) =>
      html`<tr>
        <td>${duration(ms)}</td>
        <td>${percent(share)}</td>
      </tr>`,
  );
  return html`<div class="sr">
    <table>
      <caption>
        ${nameOf(path)}: ${answered} of ${attempts.length} answered
      </caption>
      <thead>
        <tr>
          <th scope="col">Mode</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
