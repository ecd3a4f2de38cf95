/** curl's `-w` with names of one's own making: `time_connect: 0.003`, `DNS=0.001 TTFB=5.003s`, one request in one line or in many. */
import { linesOf } from '../lines.ts';
import { curlAttempt, type CurlTimes } from '../curl-times.ts';
import { durationMs, type Format, ofAttempts, type TimedAttempt } from '../timings.ts';

type Name = Exclude<keyof CurlTimes, 'exit'>;

/** As people call them, the most telling word first. */
const NAMES: readonly (readonly [Name, RegExp])[] = [
  ['starttransfer', /start.?transfer|ttfb|first.?byte|\btransfer\b|^wait/iu],
  ['pretransfer', /pre.?transfer/iu],
  ['appconnect', /app.?connect|\b(?:ssl|tls)\b|time_?(?:ssl|tls)|handshake/iu],
  ['namelookup', /name.?lookup|\bdns\b|time_?dns|lookup|resolve/iu],
  ['connect', /connect|\btcp\b/iu],
  ['redirect', /redirect/iu],
  ['total', /total/iu],
  ['status', /http_?code|response_?code|status|^http$|^code$/iu],
];
const PAIR =
  /([A-Za-z][A-Za-z_ -]{0,30}?)\s*(?:time)?\s*["']?\s*(?:=>|->|[:=]|\s)\s*["'[(]*\s*(\d+(?:[.,]\d+)?)(ms|s)?(?![\w.])/gu;
/** curl: (28) Connection timed out after 5001 milliseconds; Resolving timed out; Operation timed out. */
const OWN_LIMIT =
  /curl: \(28\) (Resolving|Connection|Operation|SSL connection|Failed to connect).*?(?:after|time(?:d )?out after) (\d+) (?:milliseconds|ms)/u;
const OWN_LIMIT_PHASES = {
  Resolving: 'dns',
  Connection: 'connect',
  'Failed to connect': 'connect',
  'SSL connection': 'tls',
} as const;
const ANY_NAME = /curl: \(28\)|time_|total|connect|lookup|dns|ttfb|transfer|first.?byte|tls|ssl/iu;
/** More words than these beside the pairs of a line are a sentence or a table of somebody's, not a format of -w. */
const MOST_OTHER_WORDS = 8;
/** Lines between two times of one request; further apart they are not of one. */
const MOST_GAP = 5;
/** Fewer names than these are a column with a label. */
const LEAST_NAMES = 2;

export const curl: Format = {
  id: 'curl',
  read(text) {
    // JSON has readers of its own, and many lists have not one of these words.
    if (/^\s*[[{]/u.test(text) || !ANY_NAME.test(text)) return null;
    const blocks = blocksOf(text);
    const most = Math.max(0, ...blocks.map(({ status: _status, ...times }) => Object.keys(times).length));
    const limits = ownLimits(text);
    const isCurl = most >= LEAST_NAMES || (most > 0 && /time_[a-z]+/u.test(text)) || limits.length > 0;
    if (!isCurl) return null;
    const attempts = blocks.flatMap((block) => curlAttempt(block) ?? []);
    // A limit is told beside the -w line of the same request, or instead of it.
    const extra = limits.filter(({ totalMs }) => !attempts.some((each) => Math.abs(each.totalMs - totalMs) < 20));
    const limitMs = limits.length === 0 ? null : Math.min(...limits.map(({ totalMs }) => totalMs));
    return ofAttempts([...attempts, ...extra], { format: 'curl', tool: 'curl -w', client: 'curl', limitMs });
  },
};

function blocksOf(text: string): CurlTimes[] {
  const blocks: Partial<Record<Name, number>>[] = [];
  let block: Partial<Record<Name, number>> = {};
  let gap = 0;
  for (const line of linesOf(text).map((each) => (isOutput(each) ? each : ''))) {
    gap += 1;
    for (const [, label = '', number = '', unit = null] of line.matchAll(PAIR)) {
      const name = NAMES.find(([, words]) => words.test(label.trim()))?.[0];
      if (name === undefined) continue;
      const isNew = block[name] !== undefined || gap > MOST_GAP;
      gap = 0;
      if (isNew) blocks.push(block);
      if (isNew) block = {};
      const value = name === 'status' ? Number(number) : durationMs(number, unit ?? 's');
      if (value !== null) block[name] = value;
    }
  }
  return Object.keys(block).length === 0 ? blocks : [...blocks, block];
}

function isOutput(line: string): boolean {
  const others = line.replaceAll(PAIR, ' ').match(/[A-Za-z]{2,}/gu) ?? [];
  return others.length <= MOST_OTHER_WORDS && !/^curl: \(\d+\)/u.test(line);
}

function ownLimits(text: string): TimedAttempt[] {
  return linesOf(text).flatMap((line): TimedAttempt[] => {
    const [, what = '', ms] = OWN_LIMIT.exec(line) ?? [];
    if (ms === undefined) return [];
    const phase = OWN_LIMIT_PHASES[what as keyof typeof OWN_LIMIT_PHASES] as
      | (typeof OWN_LIMIT_PHASES)[keyof typeof OWN_LIMIT_PHASES]
      | undefined;
    const phases = phase === undefined ? {} : { [phase]: Number(ms) };
    return [{ totalMs: Number(ms), phases, ended: 'failed', status: null }];
  });
}
