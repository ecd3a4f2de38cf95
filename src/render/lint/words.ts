/** What a finding of lint says besides its title; shared by all text outputs. */
import type { LintFinding, Place } from '../../model/lint.ts';
import type { Section } from '../labelled.ts';
import * as say from '../sections.ts';

/** `file:line:column`, as editors and terminals make links of. */
export function sayPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

export function sections(finding: LintFinding, hasManifest: boolean): Section[] {
  const { place, accepted } = finding;
  return [
    ...(place === null ? [] : [{ label: 'At', items: [sayPlace(place)], verbatim: true }]),
    ...say.evidenceSections(finding),
    ...say.fix(finding).map((section) => (hasManifest ? section : withoutBlock(section))),
    ...say.wouldSettle(finding),
    ...(accepted ? [{ label: 'Accepted', items: ['by the baseline'] }] : []),
  ];
}

/** A sentence that leads to a block says where that is. */
function withoutBlock({ block, ...section }: Section): Section {
  const items = section.items.map((item) => item.replace(/[:.]$/, ' (-v shows the YAML).'));
  return block === undefined ? section : { ...section, items };
}
