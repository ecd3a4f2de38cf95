/** The formats, the most particular first: the first that knows the text reads it. */
import type { Format } from '../timings.ts';
import { ab } from './ab.ts';
import { column } from './column.ts';
import { curlColumns } from './curl-columns.ts';
import { curlJson } from './curl-json.ts';
import { curl } from './curl.ts';
import { heyCsv } from './hey-csv.ts';
import { hey } from './hey.ts';
import { k6Csv, k6Json } from './k6-points.ts';
import { k6 } from './k6.ts';
import { oha, ohaJson } from './oha.ts';
import { fping, ping } from './ping.ts';
import { prometheus } from './prometheus.ts';
import { shellTime } from './shell-time.ts';
import { vegetaHist } from './vegeta-hist.ts';
import { vegetaCsv, vegetaJson } from './vegeta-results.ts';
import { vegeta } from './vegeta.ts';
import { wrk } from './wrk.ts';

export const formats: readonly Format[] = [
  k6Json,
  k6,
  k6Csv,
  ohaJson,
  vegetaJson,
  vegeta,
  vegetaCsv,
  vegetaHist,
  curlJson,
  heyCsv,
  oha,
  hey,
  ab,
  wrk,
  prometheus,
  ping,
  fping,
  curl,
  shellTime,
  curlColumns,
  column,
];
