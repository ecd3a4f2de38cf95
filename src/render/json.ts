/** The object itself (a verdict, a sweep, a history), for scripts. */

/** JSON leaves C1 controls, line separators and direction overrides as they are; escaped they mean the same and do no harm on a screen. */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
/** Of a longer list so many items are written at a time: that of a matrix of thousands of nodes is 25 MB of text. */
const ITEMS_AT_ONCE = 100;

export function renderJson(object: object): string {
  return [...jsonPieces(object)].join('');
}

/** The same text in pieces: whoever writes them one by one never holds the whole of it. */
export function* jsonPieces(object: object): Generator<string> {
  const lists = Array.isArray(object) ? [] : Object.entries(object).filter(([, value]) => isLong(value));
  if (lists.length === 0) return yield `${escaped(textOf(object))}\n`;
  let before = '{\n';
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    if (value === undefined) continue;
    yield `${before}  ${escaped(JSON.stringify(key))}: `;
    before = ',\n';
    if (isLong(value)) yield* listPieces(value);
    else yield escaped(indented(textOf(value)));
  }
  yield '\n}\n';
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  for (let at = 0; at < list.length; at += ITEMS_AT_ONCE) {
    // Without the brackets, each on a line of its own.
    const items = textOf(list.slice(at, at + ITEMS_AT_ONCE)).slice(2, -2);
    yield `${at === 0 ? '[' : ','}\n  ${escaped(indented(items))}`;
  }
  yield '\n  ]';
}

function isLong(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > ITEMS_AT_ONCE;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** A line feed within a string is written as \n, so that each that is there is between lines. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
