/** Lines and fields of text that a tool printed. */

/** Without blanks at the ends, without empty ones, without terminal colours. */
export function linesOf(text: string): string[] {
  return text
    .replaceAll(/\u001b\[[0-9;]*m/gu, '')
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The first group of the first match; null where there is none. */
export function found(text: string, pattern: RegExp): string | null {
  return pattern.exec(text)?.[1]?.trim() ?? null;
}

/** As `found`, as a number. */
export function foundNumber(text: string, pattern: RegExp): number | null {
  const value = Number(found(text, pattern) ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** null where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Objects one a line, or in a list; null where the text is neither. What is not JSON among lines of JSON is left out. */
export function objectsIn(text: string): Fields[] | null {
  const trimmed = text.trim();
  if (!/^[[{]/u.test(trimmed)) return null;
  const whole = parsed(trimmed);
  if (Array.isArray(whole)) return whole.filter(isFields);
  if (isFields(whole)) return [whole];
  // Objects one after the other, as `curl -w '%{json}'` in a loop prints them, also without a line break between.
  const objects = linesOf(trimmed.replaceAll(/\}\s*\{/gu, '}\n{'))
    .map(parsed)
    .filter(isFields);
  return objects.length === 0 ? null : objects;
}

export function numberIn(fields: Fields, name: string): number | null {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function textIn(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** One line of CSV; quoted fields may hold commas and doubled quotes. */
export function csvFields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gu)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}
