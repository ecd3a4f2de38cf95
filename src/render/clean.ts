/**
 * Text that came from a cluster or a recording may hold anything: terminal escapes, line breaks that forge lines,
 * direction overrides that reorder them. Nothing reaches a screen without passing here.
 */

/** CSI sequences as a whole, so that no `[31m` is left behind; other escapes lose only their control character. */
const CONTROL_SEQUENCE = /(?:\u001b\[|\u009b)[0-?]{0,32}[ -/]{0,8}[@-~]/gu;
const BREAK = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;
/** C0, DEL, C1; marks, embeddings, overrides and isolates of direction; zero-width and tag characters; halves of pairs. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}\ud800-\udfff]/gu;

const ASCII: Readonly<Record<string, string>> = {
  '✗': 'x',
  '✓': '+',
  '→': '->',
  '←': '<-',
  '↔': '<->',
  '…': '...',
  '–': '-',
  '—': '-',
  '−': '-',
  '·': '-',
  '•': '*',
  '×': 'x',
  '≥': '>=',
  '≤': '<=',
  '≈': '~',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '\u00a0': ' ',
  '\u202f': ' ',
};

/** One line of harmless text. */
export function cleanLine(text: string): string {
  return text.replace(CONTROL_SEQUENCE, '').replace(BREAK, ' ').replace(INVISIBLE, '');
}

/** Harmless text that keeps its lines, for a manifest: YAML knows no tab as indentation. */
export function cleanLines(text: string): string[] {
  return text
    .replace(/\r\n?/gu, '\n')
    .replace(/\n+$/u, '')
    .split('\n')
    .map((line) => cleanLine(line.replace(/\t/gu, '  ')));
}

/** For terminals that do not speak UTF-8: the nearest ASCII, `?` where there is none. */
export function asciiOnly(text: string): string {
  return text.replace(/[^\u0000-\u007f]/gu, (character) => ASCII[character] ?? '?');
}
