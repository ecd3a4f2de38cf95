/** A redacted recording has the same verdict but for names, and none of them: over recordings that nobody thought of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareCase } from '../../src/redact.ts';
import { recordingOf, situation } from '../judge/properties/situation.ts';
import { addressesIn, namesIn, renamed, renaming } from './names.ts';

/** Each is judged twice at least. */
const RUNS = Math.ceil(Number(process.env['KPROBE_PROPERTY_RUNS'] ?? 300) / 6);
const SEED = Number(process.env['KPROBE_PROPERTY_SEED'] ?? 20_260_101);
const LIMIT_MS = 60_000 + 600 * RUNS;

test('the verdict is the same but for names, and no name or address is left', { timeout: LIMIT_MS }, () => {
  fc.assert(
    fc.property(situation, renaming, (situated, names) => {
      const original = renamed(recordingOf(situated), names);
      const { recording, differs } = shareCase(original);
      const text = JSON.stringify(recording);
      expect(differs).toEqual([]);
      expect([...namesIn(original), ...addressesIn(original)].filter((name) => isIn(text, name))).toEqual([]);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** As a word of its own: `ab` may be a part of another. */
function isIn(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(`(?<![A-Za-z0-9.])${escaped}(?![A-Za-z0-9]|\\.\\d)`, 'u').test(text);
}
