/** Columns without names, as `curl -w '%{http_code} %{time_connect} %{time_total}\n'` in a loop prints them. */
import { curlAttempt, type CurlTimes } from '../curl-times.ts';
import { linesOf } from '../lines.ts';
import { durationMs, type Format, ofAttempts } from '../timings.ts';

type TimeName = Exclude<keyof CurlTimes, 'status' | 'exit' | 'redirect'>;

/** Which times so many columns usually are; each is at least the one before. */
const USUAL: Readonly<Record<number, readonly TimeName[]>> = {
  1: ['total'],
  2: ['connect', 'total'],
  3: ['namelookup', 'connect', 'total'],
  4: ['namelookup', 'connect', 'starttransfer', 'total'],
  5: ['namelookup', 'connect', 'appconnect', 'starttransfer', 'total'],
  6: ['namelookup', 'connect', 'appconnect', 'pretransfer', 'starttransfer', 'total'],
};
const NUMBER = /^\d+(?:[.,]\d+)?(?:ms|s)?$/u;
const STATUS = /^(?:000|[1-5]\d\d)$/u;
const LEAST_ROWS = 2;

export const curlColumns: Format = {
  id: 'curl-columns',
  read(text) {
    const lines = linesOf(text);
    const rows = lines.map((line) => line.split(/[\s,;|]+/u).filter((field) => field !== '')).filter(isRow);
    if (rows.length < LEAST_ROWS || rows.length < lines.length - 1) return null;
    const width = rows[0]?.length ?? 0;
    if (rows.some((row) => row.length !== width)) return null;
    const statusAt = Array.from({ length: width }, (_, index) => index).findIndex((index) =>
      rows.every((row) => STATUS.test(row[index] ?? '')),
    );
    const times = rows.map((row) =>
      row.filter((_, index) => index !== statusAt).map((field) => durationMs(field, 's') ?? 0),
    );
    const names = USUAL[statusAt === -1 ? width : width - 1];
    if (names === undefined || (names.length === 1 && statusAt === -1) || !times.every(isRising)) return null;
    const attempts = rows.flatMap((row, index) => {
      const status = statusAt === -1 ? undefined : Number(row[statusAt]);
      const told = Object.fromEntries(names.map((name, place) => [name, times[index]?.[place]]));
      return curlAttempt({ ...told, status }) ?? [];
    });
    const remark = `columns without names, read as ${names.map((name) => `time_${name}`).join(', ')}`;
    return ofAttempts(attempts, {
      format: 'curl-columns',
      tool: 'curl -w, columns',
      client: 'curl',
      remarks: names.length === 1 ? [] : [remark],
    });
  },
};

function isRow(fields: readonly string[]): boolean {
  return fields.length >= 2 && fields.every((field) => NUMBER.test(field));
}

/** A phase that was not reached is 0; the others only grow. */
function isRising(times: readonly number[]): boolean {
  const reached = times.filter((ms) => ms > 0);
  return reached.every((ms, index) => index === 0 || ms >= (reached[index - 1] ?? 0));
}
