/**
 * HTML from templates in which every value is escaped. Names of pods and hosts, server headers and messages come from strangers:
 * what is not `Html` itself becomes harmless one-line text, in element content and in quoted attributes alike.
 */
import { cleanLine, cleanLines } from '../clean.ts';

/** Markup that is safe to put into a page: made by `html`, `block` or `dataBlock` only. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

/** What a template takes; null and false leave nothing behind. */
export type Fragment = Html | string | number | null | false | readonly Fragment[];

export const nothing = new Html('');

/** Literal parts with the indentation of their source file taken out, made once for each template. */
const shortened = new WeakMap<TemplateStringsArray, readonly string[]>();

/** A template literal. Attribute values must be quoted; a line break with its indentation is one space. */
export function html(template: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  const strings = shortened.get(template) ?? template.map((part) => part.replace(/\s*\n\s*/gu, ' '));
  shortened.set(template, strings);
  let markup = strings[0] ?? '';
  values.forEach((value, index) => (markup += markupOf(value) + (strings[index + 1] ?? '')));
  return new Html(markup);
}

/** Text that keeps its lines, for `<pre>`. */
export function block(text: string): Html {
  return new Html(cleanLines(text).map(escaped).join('\n'));
}

/** Data for the page's own script. `<` never appears in it, so nothing inside can end the element. */
export function dataBlock(id: string, data: unknown): Html {
  const json = JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
  return new Html(`<script type="application/json" id="${escaped(id)}">${json}</script>`);
}

function markupOf(value: Fragment): string {
  if (value instanceof Html) return value.markup;
  if (value === null || value === false) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(cleanLine(value));
  return value.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}
