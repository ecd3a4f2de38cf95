/** A verdict in words, as the terminal page says it, with links from evidence to its samples and a fix that can be copied. */
import type { Finding, TracedWay, Verdict } from '../../model/verdict.ts';
import type { Section } from '../labelled.ts';
import * as say from '../sections.ts';
import { block, type Fragment, type Html, html, nothing } from './escape.ts';
import { nodePicture } from './node-picture.ts';
import type { TargetPage } from './report.ts';

/** Links to samples beside a line of evidence; the others unfold. */
const SHOWN_SAMPLES = 8;
/** Nobody follows more; the samples themselves are in the table. */
const MOST_SAMPLES = 200;

/** How findings refer to things on the page. */
export interface References {
  readonly prefix: string;
  /** Samples that have a row in the table. */
  readonly listed: ReadonlySet<number>;
}

export const MARKS: Readonly<Record<Verdict['status'], { readonly sign: string; readonly word: string }>> = {
  healthy: { sign: '✓', word: 'Healthy' },
  faulty: { sign: '✗', word: 'Faulty' },
  inconclusive: { sign: '?', word: 'Inconclusive' },
};

/** The first sentence, with the certainty where it names a cause. */
export function headline(verdict: Verdict): Html {
  const first = verdict.status === 'faulty' ? verdict.findings[0] : undefined;
  if (first === undefined) return html`${say.headlineOf(verdict)}`;
  return html`${first.title} <span class="certainty">${first.certainty}</span>`;
}

/** All that is said below the headline, the other findings included. */
export function verdictBody(page: TargetPage, references: References): Html {
  const { verdict, again } = page;
  const isFaulty = verdict.status === 'faulty';
  const first = isFaulty ? (verdict.findings[0] ?? null) : null;
  const more = verdict.findings.slice(first === null ? 0 : 1);
  const then = say.next(verdict, again);
  return html`<dl class="says">
      ${rows(say.youSee(verdict, first))} ${first && evidence(first, references)}
      ${first && rows([...say.explains(first), ...say.wouldSettle(first)])}
      ${rows([say.ruledOut(verdict), say.notMeasured(verdict), ...say.cutShort(verdict)])}
    </dl>
    ${first && fix(first, `${page.prefix}f0`)}
    ${
      verdict.status !== 'healthy' &&
      html`<dl class="says">
        <div>
          <dt>Then</dt>
          <dd>${copyable(then, `${page.prefix}then`, 'Copy the command')}</dd>
        </div>
      </dl>`
    }
    ${more.map((finding, index) => other(finding, { page, references, index }))}`;
}

function other(finding: Finding, at: { page: TargetPage; references: References; index: number }): Html {
  const title = html`${finding.certainty === 'possible' ? '?' : '✗'} ${finding.title}
    <span class="certainty">${finding.certainty}</span>`;
  return html`<section class="finding">
    ${at.page.level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}
    <dl class="says">
      ${evidence(finding, at.references)} ${rows([...say.explains(finding), ...say.wouldSettle(finding)])}
    </dl>
    ${fix(finding, `${at.page.prefix}f${at.index + 1}`)}
  </section>`;
}

function rows(sections: readonly Section[]): Fragment {
  return sections
    .filter(({ items }) => items.length > 0)
    .map(
      ({ label, items }) =>
        html`<div>
          <dt>${label}</dt>
          ${items.map((item) => html`<dd>${item}</dd>`)}
        </div>`,
    );
}

/** Neighbours of one label stand together under it. */
function evidence({ evidence: lines }: Finding, references: References): Fragment {
  const groups: { label: string; lines: Finding['evidence'] }[] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    if (last?.label === line.label) last.lines.push(line);
    else groups.push({ label: line.label, lines: [line] });
  }
  return groups.map(
    (group) =>
      html`<div>
        <dt>${group.label}</dt>
        ${group.lines.map(
          ({ says, samples, trace }) =>
            html`<dd>${says} ${refs(samples, references)} ${trace !== undefined && wayThrough(trace)}</dd>`,
        )}
      </div>`,
  );
}

/** The node from inside: every rule that the packet met on its way to the one that stopped it. */
function wayThrough(way: TracedWay): Fragment {
  const { node, packet, steps } = way;
  const { protocol, source, sourcePort, destination, destinationPort } = packet;
  return html`<details class="way" open>
    <summary>the packet's way through ${node}</summary>
    ${nodePicture(way)}
    <p>${protocol} ${source}:${sourcePort} → ${destination}:${destinationPort}</p>
    <ol>
      ${steps.map(
        ({ hook, priority, chain, rule, verdict }) =>
          html`<li>
            ${hook !== null && html`<b>${hook}</b> ${priority} `}${chain}: <code>${rule ?? 'its default'}</code> →
            ${verdict}
          </li>`,
      )}
    </ol>
  </details>`;
}

function refs(samples: readonly number[], { prefix, listed }: References): Html {
  if (samples.length === 0 || listed.size === 0) return nothing;
  const links = samples
    .slice(0, MOST_SAMPLES)
    .map((index) =>
      listed.has(index)
        ? html`<a href="#${prefix}s${index}" aria-label="sample ${index}">${index}</a> `
        : html`${index} `,
    );
  const more = samples.length - SHOWN_SAMPLES;
  const unfolded = html`<details>
    <summary>and ${more} more</summary>
    ${links.slice(SHOWN_SAMPLES)}${samples.length > MOST_SAMPLES && '…'}
  </details>`;
  return html`<span class="refs">samples ${links.slice(0, SHOWN_SAMPLES)}${more > 0 && unfolded}</span>`;
}

function fix(finding: Finding, id: string): Html {
  if (finding.fix === null) return nothing;
  const { says, manifest } = finding.fix;
  return html`<dl class="says">
    <div>
      <dt>${say.fixLabel(finding.fix)}</dt>
      <dd>${says}${manifest !== null && copyable(manifest, id, 'Copy the YAML')}</dd>
    </div>
  </dl>`;
}

function copyable(text: string, id: string, label: string): Html {
  return html`<div class="code">
    <pre
      tabindex="0"
      role="group"
      aria-label="${label.replace('Copy the ', '')}"
    ><code id="${id}">${block(text)}</code></pre>
    <button type="button" data-copies="${id}" hidden>${label}</button>
  </div>`;
}
