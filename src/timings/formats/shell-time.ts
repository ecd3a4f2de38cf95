/** What the shell's `time` prints: `real 0m5.01s`, `real 5.01`, or zsh's `0.01s user … 5.013 total`. */
import { linesOf } from '../lines.ts';
import { attempt, durationMs, type Format, ofAttempts } from '../timings.ts';

const REAL = /^real\s+((?:\d+h\s*)?(?:\d+m\s*)?\d+(?:[.,]\d+)?s?)$/u;
const ZSH = /\bcpu\s+((?:\d+:)*\d+(?:[.,]\d+)?)\s+total$/u;

export const shellTime: Format = {
  id: 'time',
  read(text) {
    if (!/^real\s|\stotal$/mu.test(text)) return null;
    const times = linesOf(text).flatMap((line) => {
      const real = REAL.exec(line)?.[1];
      if (real !== undefined) return durationMs(real.replaceAll(/\s/gu, ''), 's') ?? [];
      const zsh = ZSH.exec(line)?.[1];
      return zsh === undefined ? [] : clock(zsh);
    });
    if (times.length === 0) return null;
    return ofAttempts(
      times.map((ms) => attempt(ms)),
      {
        format: 'time',
        tool: 'time of the shell',
        remarks: ['the whole command is in the time, with its start (some ms) and all that it asked for'],
      },
    );
  },
};

/** `1:03.21` in milliseconds. */
function clock(text: string): number {
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part.replace(',', '.')), 0) * 1000;
}
