/** The parts of a page that one target has: picture, timeline, histograms, paths, samples. */
import { chartedPaths } from './charted.ts';
import { type Fragment, type Html, html, nothing } from './escape.ts';
import { type References, verdictBody } from './finding.ts';
import { histograms } from './histogram.ts';
import { picture } from './picture.ts';
import type { TargetPage } from './report.ts';
import { routeMap } from './route-map.ts';
import { listedSamples, pathTable, sampleTable } from './tables.ts';
import { timeline } from './timeline.ts';

export interface Part {
  readonly id: string;
  readonly title: string;
  readonly body: Fragment;
}

/** What is said, then what was measured. Parts without content are left out. */
export function targetParts(page: TargetPage): { readonly says: Html; readonly parts: readonly Part[] } {
  const { verdict, recording, prefix } = page;
  const listed = recording === null ? null : listedSamples(page, recording);
  const references: References = { prefix, listed: listed?.indices ?? new Set() };
  const parts: Part[] = [];
  if (recording !== null && listed !== null) {
    const charted = chartedPaths(page);
    const drawn = picture(routeMap(verdict, recording));
    if (drawn !== nothing) parts.push({ id: `${prefix}path`, title: 'The path', body: drawn });
    if (charted.paths.length > 0) {
      parts.push({ id: `${prefix}timeline`, title: 'Attempts over time', body: timeline(page, recording, charted) });
      parts.push({ id: `${prefix}durations`, title: 'How long they took', body: histograms(page, recording, charted) });
    }
  }
  if (verdict.paths.length > 0) parts.push({ id: `${prefix}paths`, title: 'All paths', body: pathTable(page) });
  if (recording !== null && listed !== null && listed.attempts.length > 0) {
    parts.push({ id: `${prefix}samples`, title: 'Samples', body: sampleTable(page, recording, listed) });
  }
  return { says: verdictBody(page, references), parts };
}

/** Parts as sections under headings of the page's level. */
export function sections(parts: readonly Part[], level: TargetPage['level']): Fragment {
  return parts.map(({ id, title, body }) => {
    // Where there are several targets, only these are landmarks, or each name would be there many times.
    if (level === 3)
      return html`<div>
        <h3 id="${id}">${title}</h3>
        ${body}
      </div>`;
    return html`<section aria-labelledby="${id}">
      <h2 id="${id}">${title}</h2>
      ${body}
    </section>`;
  });
}
