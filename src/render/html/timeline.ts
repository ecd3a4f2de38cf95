/** Attempts over time: a strip for each path, x the start within the run, y the duration on a log scale, the timers drawn in. */
import { scaleLinear, type ScaleLogarithmic } from 'd3-scale';
import { count, duration, tick } from '../../model/format.ts';
import type { Recording } from '../../model/recording.ts';
import type { Charted, ChartedPath } from './charted.ts';
import { type Fragment, type Html, html } from './escape.ts';
import { lookOf, nameOf, outcomeOf, runStart, type Attempt, type TargetPage } from './report.ts';
import { atLeast, decades, durationScale, px } from './scales.ts';
import { legend, SHAPES } from './symbols.ts';
import { type DrawnTimer, marked, synRetransmissionsMs, timersOf } from './timers.ts';

const WIDTH = 1080;
const LEFT = 56;
const RIGHT = 220;
const STRIP = 84;
/** Between strips, with room for the name of the path. */
const GAP = 28;
const BOTTOM = 34;
/** Names of timers closer than this would overlap. */
const LINE = 12;
/** More repetitions than an attempt has time for. */
const MOST_RUNGS = 8;

export function timeline(page: TargetPage, recording: Recording, charted: Charted): Html {
  const y = durationScale(charted, [STRIP, 0]);
  const start = runStart(recording);
  const x = scaleLinear([0, Math.max(1000, recording.tookMs)], [LEFT, WIDTH - RIGHT]).clamp(true);
  const timers = timersOf(page.verdict, recording);
  const height = charted.paths.length * (STRIP + GAP) + BOTTOM;
  const strips = charted.paths.map((path, index) => {
    const frame = { x, y, start, timers, prefix: page.prefix, recording };
    return html`<g transform="translate(0 ${index * (STRIP + GAP) + GAP - 8})">${strip(path, frame)}</g>`;
  });
  const looks = new Set(
    charted.paths.flatMap(({ attempts }) => attempts.map(({ sample }) => lookOf(sample, recording.slowAfterMs))),
  );
  return html`<figure>
    <figcaption>
      Each sign is one attempt: further right began later, higher took longer. Dashed lines are timers at which attempts
      ended. ${leftOut(charted)}
    </figcaption>
    ${legend(looks)}
    <div
      class="chart"
      role="group"
      tabindex="0"
      aria-label="Attempts over time, as a chart; the same is in the table of samples"
    >
      <svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" aria-hidden="true">
        ${strips} ${timeAxis(x, height - BOTTOM)}
      </svg>
    </div>
  </figure>`;
}

interface Frame {
  readonly x: ReturnType<typeof scaleLinear<number, number>>;
  readonly y: ScaleLogarithmic<number, number>;
  readonly start: number;
  readonly timers: readonly DrawnTimer[];
  readonly prefix: string;
  readonly recording: Recording;
}

function strip({ path, begun, attempts }: ChartedPath, frame: Frame): Fragment {
  const { y, recording } = frame;
  const samples = attempts.map(({ sample }) => sample);
  const ladder = synRetransmissionsMs(samples, recording, path.from.agent);
  const lines = [
    ...marked(frame.timers, samples).map((timer) => ({ ...timer, isMinor: false })),
    ...(ladder.length === 0
      ? []
      : [
          {
            name: `SYN again at ${ladder
              .slice(0, MOST_RUNGS)
              .map((ms) => ms / 1000)
              .join(', ')} s`,
            ms: ladder.at(-1) ?? 0,
            isMinor: true,
          },
        ]),
  ];
  return [
    html`<text class="strong" x="${LEFT}" y="-6"
      >${nameOf(path)}<tspan class="quiet" dx="8"
        >${path.locality.replace('-', ' ')}, ${count(begun, 'attempt')}</tspan
      ></text
    >`,
    html`<rect class="frame" x="${LEFT}" y="0" width="${WIDTH - LEFT - RIGHT}" height="${STRIP}" />`,
    decades(y).map((ms, index, all) => [
      html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(y(ms))}" y2="${px(y(ms))}" />`,
      (all.length < 5 || index % 2 === (all.length - 1) % 2) &&
        html`<text class="quiet" x="${LEFT - 6}" y="${px(y(ms) + 4)}" text-anchor="end">${tick(ms)}</text>`,
    ]),
    ladder.map((ms) => rule('timer minor', y(atLeast(ms)))),
    lines.filter(({ isMinor }) => !isMinor).map(({ ms }) => rule('timer', y(ms))),
    names(lines, y),
    attempts.map((attempt) => dot(attempt, frame)),
  ];
}

function rule(name: string, at: number): Html {
  return html`<line class="${name}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(at)}" y2="${px(at)}" />`;
}

/** Names at the right margin, each beside its line or, where that is taken, as near as there is room. */
function names(lines: readonly (DrawnTimer & { isMinor: boolean })[], y: Frame['y']): Fragment {
  let free = LINE / 2;
  return lines
    .toSorted((a, b) => b.ms - a.ms)
    .map(({ name, ms, isMinor }) => {
      const at = Math.max(free, y(atLeast(ms)));
      free = at + LINE;
      const words = isMinor ? name : `${duration(ms)} ${name}`;
      return html`<text class="timer-name${isMinor ? ' minor' : ''}" x="${WIDTH - RIGHT + 6}" y="${px(at + 4)}"
        >${clipped(words)}</text
      >`;
    });
}

/** What fits the right margin in letters of usual width. */
function clipped(text: string): string {
  const most = 36;
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function dot({ index, sample }: Attempt, { x, y, start, prefix, recording }: Frame): Html {
  const look = lookOf(sample, recording.slowAfterMs);
  const at = `translate(${px(x(sample.at - start))} ${px(y(atLeast(sample.totalMs)))})`;
  return html`<a class="attempt" href="#${prefix}s${index}" tabindex="-1"
    ><path class="attempt-${look}" transform="${at}" d="${SHAPES[look]}"
      ><title>${index}: ${duration(sample.totalMs)}, ${outcomeOf(sample)}</title></path
    ></a
  >`;
}

function timeAxis(x: Frame['x'], top: number): Fragment {
  return [
    x
      .ticks(8)
      .map(
        (ms) => html`<text class="quiet" x="${px(x(ms))}" y="${top + 14}" text-anchor="middle">${ms / 1000} s</text>`,
      ),
    html`<text class="quiet" x="${LEFT}" y="${top + 29}">start of the attempt within the run</text>`,
  ];
}

function leftOut({ leftOut: paths }: Charted): string {
  return paths === 0 ? '' : `Paths of users and paths that findings rest on; ${paths} others are in the tables below.`;
}
