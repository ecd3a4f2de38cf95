import { describe, expect, test } from 'vitest';
import { parseSchedule, shortestGapMs } from '../../src/install/schedule.ts';

const NOW = new Date('2026-01-01T00:00:30Z');
const MINUTE_MS = 60_000;

describe('a schedule', () => {
  test.for<[string, string, number]>([
    ['*/10 * * * *', '2026-01-01T00:10:00.000Z', 10],
    ['  */10  *\t* * *', '2026-01-01T00:10:00.000Z', 10],
    ['5/15 * * * *', '2026-01-01T00:05:00.000Z', 15],
    ['0,20 * * * *', '2026-01-01T00:20:00.000Z', 20],
    ['0 6 * * MON-FRI', '2026-01-01T06:00:00.000Z', 1440],
    ['0 6 ? jan,FEB 1-5', '2026-01-01T06:00:00.000Z', 1440],
    ['@hourly', '2026-01-01T01:00:00.000Z', 60],
    ['@daily', '2026-01-02T00:00:00.000Z', 1440],
    ['0 0 13 * 5', '2026-01-02T00:00:00.000Z', 1440],
    ['0 0 29 2 *', '2028-02-29T00:00:00.000Z', 1461 * 1440],
  ])('"%s" runs next at %s, and every %i min at its most frequent', ([text, next, minutes]) => {
    const schedule = parseSchedule(text, null, NOW);
    expect(schedule.nextAfter(NOW)?.toISOString()).toBe(next);
    expect((shortestGapMs(schedule, NOW) ?? 0) / MINUTE_MS).toBe(minutes);
  });

  test('has blanks as a CronJob has them', () => {
    expect(parseSchedule(' */10  * * * * ', null, NOW)).toMatchObject({ text: '*/10 * * * *', timeZone: null });
  });

  test.for<[string, RegExp]>([
    ['', /it has 0 fields instead of 5/],
    ['every ten minutes', /it has 3 fields/],
    ['*/10 * * *', /it has 4 fields/],
    ['0 */10 * * * *', /it has 6 fields/],
    ['60 * * * *', /minute/],
    ['* 24 * * *', /hour/],
    ['* * 0 * *', /day/],
    ['* * 32 * *', /day/],
    ['* * * 13 *', /month/],
    ['* * * * 7', /no day 7, Sunday is 0/],
    ['* * * * 1,7', /no day 7/],
    ['* * * * 5-7', /no day 7/],
    ['* * * * monday', /"monday" is no day of the week/],
    ['* * L * *', /"L" is no day of the month/],
    ['* * * * 5#2', /"5#2" is no day of the week/],
    ['a * * * *', /"a" is no minute/],
    ['-5 * * * *', /"-5" is no minute/],
    ['5- * * * *', /"5-" is no minute/],
    ['1,,2 * * * *', /"1,,2" is no minute/],
    ['1, * * * *', /"1," is no minute/],
    ['30-10 * * * *', /30-10/],
    ['*/0 * * * *', /"|step/],
    ['/5 * * * *', /"\/5" is no minute/],
    ['0 0 30 2 *', /no day fits it/],
    ['@every 5m', /@every 5m is none of @yearly/],
    ['@noon', /@noon is none of/],
    ['TZ=UTC * * * * *', /--time-zone/],
    ['CRON_TZ=Europe/Berlin 0 6 * * *', /--time-zone/],
    ['\u0000 * * * *', /is no minute/],
  ])('%j is none, in one line', ([text, why]) => {
    const parse = () => parseSchedule(text, null, NOW);
    expect(parse).toThrow(why);
    expect(parse).toThrow(/^--schedule /);
  });

  test('is not of any length', () => {
    expect(() => parseSchedule(`${'*,'.repeat(50_000)}* * * * *`, null, NOW)).toThrow(
      /^--schedule has 100009 characters$/,
    );
  });

  test('is read in its time zone, clock changes included', () => {
    const schedule = parseSchedule('0 6 * * *', 'europe/berlin', NOW);
    expect(schedule.timeZone).toBe('Europe/Berlin');
    expect(schedule.nextAfter(NOW)?.toISOString()).toBe('2026-01-01T05:00:00.000Z');
    expect(schedule.nextAfter(new Date('2026-07-01T00:00:00Z'))?.toISOString()).toBe('2026-07-01T04:00:00.000Z');
  });

  test.for(['Local', 'Berlin', '+02:00', 'Europe/Berlin; rm', ''])('the time zone %j is none', (zone) => {
    expect(() => parseSchedule('@daily', zone, NOW)).toThrow(/^--time-zone .*is no time zone$/);
  });
});
