/** `vegeta encode`: one result a line, as JSON or CSV; latencies in nanoseconds. */
import { csvFields, linesOf, numberIn, objectsIn, textIn } from '../lines.ts';
import { attempt, endedBy, type Format, ofAttempts, type TimedAttempt } from '../timings.ts';
import { VEGETA_LIMIT_MS, VEGETA_REMARK } from '../vegeta-words.ts';

const NS_PER_MS = 1e6;
const CSV_LINE = /^\d{16,},\d{1,3},\d+,\d+,\d+,/u;

export const vegetaJson: Format = {
  id: 'vegeta-json',
  read(text) {
    const objects = objectsIn(text);
    if (objects === null || !objects.some((each) => 'latency' in each && 'code' in each)) return null;
    const attempts = objects.flatMap((each): TimedAttempt[] => {
      const [ns, code] = [numberIn(each, 'latency'), numberIn(each, 'code')];
      return ns === null ? [] : [attempt(ns / NS_PER_MS, { ended: endedBy(code), status: code })];
    });
    return ofAttempts(attempts, {
      format: 'vegeta-json',
      tool: 'vegeta encode --to json',
      client: 'go',
      target: objects.map((each) => textIn(each, 'url')).find((url) => url !== null) ?? null,
      limitMs: VEGETA_LIMIT_MS,
      remarks: attempts.some(({ status }) => status === 0) ? [VEGETA_REMARK] : [],
    });
  },
};

export const vegetaCsv: Format = {
  id: 'vegeta-csv',
  read(text) {
    const lines = linesOf(text);
    if (lines.length === 0 || !lines.every((line) => CSV_LINE.test(line))) return null;
    const rows = lines.map(csvFields);
    const attempts = rows.map(([, code, ns]) =>
      attempt(Number(ns) / NS_PER_MS, { ended: endedBy(Number(code)), status: Number(code) }),
    );
    return ofAttempts(attempts, {
      format: 'vegeta-csv',
      tool: 'vegeta encode --to csv',
      client: 'go',
      target: rows[0]?.[10] ?? null,
      limitMs: VEGETA_LIMIT_MS,
      remarks: attempts.some(({ status }) => status === 0) ? [VEGETA_REMARK] : [],
    });
  },
};
