/** The object itself (a verdict, a sweep, a history), for scripts. */

/** JSON leaves C1 controls, line separators and direction overrides as they are; escaped they mean the same and do no harm on a screen. */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

export function renderJson(object: object): string {
  const text = JSON.stringify(object, null, 2);
  return `${text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
