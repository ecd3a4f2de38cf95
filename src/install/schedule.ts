/** When sweeps run: what a CronJob takes as its schedule, and what comes of it. */
import { Cron } from 'croner';
import { count } from '../model/format.ts';
import { UserError } from '../model/user-error.ts';

export interface Schedule {
  /** As the CronJob has it. */
  readonly text: string;
  readonly timeZone: string | null;
  /** The first run after a moment; null: there is none any more. */
  nextAfter(moment: Date): Date | null;
}

/**
 * The five fields, as the parser that Kubernetes uses has them (github.com/robfig/cron v3, spec.go and parser.go): no seconds, no
 * `L`, `W` or `#`, and Sunday is 0 and never 7.
 */
const FIELDS = [
  { name: 'minute', words: [] },
  { name: 'hour', words: [] },
  { name: 'day of the month', words: [] },
  { name: 'month', words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'day of the week', words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;
const MACROS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const HINT = '"*/10 * * * *" is every ten minutes, "0 6 * * 1-5" six o’clock on weekdays, @hourly each hour';
/** Every minute of an hour by its number is shorter. */
const LONGEST = 400;
/** Runs that are looked at for the shortest time between two: a day of one a minute. */
const LOOKED_AT = 1440;

/** `timeZone` null: that of the control plane, nearly always UTC. Throws UserError where a CronJob would refuse it or would never run. */
export function parseSchedule(asked: string, timeZone: string | null, now: Date): Schedule {
  const text = asked.trim().replaceAll(/\s+/g, ' ');
  if (text.length > LONGEST) throw new UserError(`--schedule has ${text.length} characters`, { hint: HINT });
  const no = (why: string) => new UserError(`--schedule "${text}" is no schedule: ${why}`, { hint: HINT });
  const problem = text.startsWith('@') ? macroProblem(text) : fieldsProblem(text);
  if (problem !== null) throw no(problem);
  const zone = timeZone === null ? null : zoneName(timeZone);
  const cron = ((): Cron => {
    try {
      return new Cron(text.toLowerCase(), { mode: '5-part', sloppyRanges: true, timezone: zone ?? 'UTC' });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.replace(/^\w+: (?:Syntax error, )?/, '') : String(cause);
      throw new UserError(no(why).message, { cause, hint: HINT });
    }
  })();
  if (cron.nextRun(now) === null) throw no('no day fits it');
  return { text, timeZone: zone, nextAfter: (moment) => cron.nextRun(moment) };
}

/** The least time between two runs, in milliseconds; null: there is only one. */
export function shortestGapMs({ nextAfter }: Schedule, from: Date): number | null {
  let shortest = Infinity;
  let run = nextAfter(from);
  for (let seen = 0; run !== null && seen < LOOKED_AT; seen += 1) {
    const next = nextAfter(run);
    if (next !== null) shortest = Math.min(shortest, next.getTime() - run.getTime());
    run = next;
  }
  return Number.isFinite(shortest) ? shortest : null;
}

function macroProblem(text: string): string | null {
  if (MACROS.includes(text)) return null;
  return `${text} is none of ${MACROS.join(', ')}`;
}

function fieldsProblem(text: string): string | null {
  if (/TZ=/.test(text)) return 'the time zone is a flag of its own, --time-zone';
  const parts = text === '' ? [] : text.split(' ');
  if (parts.length !== FIELDS.length) return `it has ${count(parts.length, 'field')} instead of ${FIELDS.length}`;
  const wrong = FIELDS.findIndex(({ words }, index) => !isField(parts[index] ?? '', words));
  if (wrong >= 0) return `"${parts[wrong]}" is no ${FIELDS[wrong]?.name}`;
  return /\b7\b/.test((parts[4] ?? '').replaceAll(/\/\d+/g, '')) ? 'Kubernetes has no day 7, Sunday is 0' : null;
}

/** `*`, `5`, `1-5`, each with `/step`, and lists of these. */
function isField(part: string, words: readonly string[]): boolean {
  const one = `(?:\\d{1,2}${words.map((word) => `|${word}`).join('')})`;
  return new RegExp(`^(?:(?:[*?]|${one}(?:-${one})?)(?:/\\d{1,2})?(?:,(?=.)|$))+$`, 'i').test(part);
}

/** As the time zone database writes it: a CronJob knows no other way. */
function zoneName(asked: string): string {
  try {
    if (!/^[a-z]/i.test(asked)) throw new RangeError('an offset is no zone');
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: asked }).resolvedOptions();
    return timeZone.toLowerCase() === asked.toLowerCase() ? timeZone : asked;
  } catch (cause) {
    throw new UserError(`--time-zone ${asked} is no time zone`, {
      cause,
      hint: 'for example --time-zone Europe/Berlin',
    });
  }
}
