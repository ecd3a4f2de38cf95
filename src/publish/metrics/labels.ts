/** Label values made of what users and clusters wrote: harmless, short and still distinct. Pure. */
import { cleanLine } from '../../render/clean.ts';

/** Long enough for `namespace/host/path from namespace/workload` of usual names; a series costs its labels in memory again and again. */
const LONGEST_LABEL = 128;

/** One line without control characters, at most 128 UTF-16 units. */
export function labelValue(text: string): string {
  const clean = cleanLine(text).trim();
  return clean.length > LONGEST_LABEL ? `${clean.slice(0, LONGEST_LABEL - 1).toWellFormed()}…` : clean;
}

/** A value for each text, in order; values that cleaning and cutting made equal are numbered. */
export function labelValues(texts: readonly string[]): string[] {
  const taken = new Set<string>();
  const uses = new Map<string, number>();
  return texts.map((text) => {
    const base = labelValue(text);
    for (let use = (uses.get(base) ?? 0) + 1; ; use += 1) {
      const value = use === 1 ? base : `${base}~${use}`;
      uses.set(base, use);
      if (taken.has(value)) continue;
      taken.add(value);
      return value;
    }
  });
}
