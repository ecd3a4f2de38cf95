/** ping and fping: echoes, which know neither names nor connections. */
import { found, linesOf } from '../lines.ts';
import { attempt, durationMs, type Format, ofAttempts, type TimedAttempt } from '../timings.ts';

const ECHO = /time[=<]\s?([\d.]+) ?ms/u;
const LOST = /^(?:no answer yet for icmp_seq|From .+ icmp_seq=\d+ |Request timeout for icmp_seq)/u;
const REMARK =
  'echoes are ICMP: nothing is repeated when one is lost, so timers of TCP, DNS and proxies cannot show in them';

export const ping: Format = {
  id: 'ping',
  read(text) {
    if (!/^PING |bytes from .*icmp_seq/mu.test(text)) return null;
    const lines = linesOf(text);
    const attempts = lines.flatMap((line): TimedAttempt[] => echo(ECHO.exec(line)?.[1]));
    const [, sent, received] = /(\d+) packets transmitted, (\d+)(?: packets)? received/u.exec(text) ?? [];
    const lost = sent === undefined ? lines.filter((line) => LOST.test(line)).length : Number(sent) - Number(received);
    if (attempts.length === 0)
      return {
        ok: false,
        problem: 'no echo was answered: there are no times to look at, and ICMP is often filtered where TCP is not',
      };
    return ofAttempts(attempts, {
      format: 'ping',
      tool: 'ping',
      target: found(text, /^PING (\S+)/mu),
      untimed: Math.max(0, lost),
      isEcho: true,
      remarks: [REMARK],
    });
  },
};

/** `-C` prints `host : 0.03 - 0.04`, `-c` and `-l` a line each, `-e` `host is alive (0.02 ms)`. */
export const fping: Format = {
  id: 'fping',
  read(text) {
    if (!/\s: |is alive/u.test(text)) return null;
    const lines = linesOf(text);
    const each = lines.flatMap((line) =>
      [
        /^\S+\s*: \[\d+\], (?:\d+ bytes, ([\d.]+) ms|(timed out))/u.exec(line) ??
          /is alive \(([\d.]+) ms\)/u.exec(line) ??
          [],
      ].filter((match) => match.length > 0),
    );
    const series = lines.flatMap(
      (line) => /^\S+\s*: ((?:[\d.]+|-)(?: (?:[\d.]+|-))+)$/u.exec(line)?.[1]?.split(' ') ?? [],
    );
    if (each.length === 0 && series.length < 2) return null;
    const told =
      each.length > 0 ? each.map(([, ms]) => ms) : series.map((field) => (field === '-' ? undefined : field));
    const attempts = told.flatMap((ms): TimedAttempt[] => echo(ms));
    if (attempts.length === 0)
      return {
        ok: false,
        problem: 'no echo was answered: there are no times to look at, and ICMP is often filtered where TCP is not',
      };
    const hosts = new Set(lines.flatMap((line) => /^(\S+)\s*(?::| is alive)/u.exec(line)?.[1] ?? []));
    return ofAttempts(attempts, {
      format: 'fping',
      tool: 'fping',
      target: hosts.size === 1 ? ([...hosts][0] ?? null) : null,
      untimed: told.length - attempts.length,
      isEcho: true,
      remarks: [REMARK, ...(hosts.size > 1 ? [`${hosts.size} hosts are read as one`] : [])],
    });
  },
};

function echo(ms: string | undefined): TimedAttempt[] {
  const value = ms === undefined ? null : durationMs(ms, 'ms');
  return value === null ? [] : [attempt(value, { ended: 'answered' })];
}
