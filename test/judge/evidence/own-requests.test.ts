import { expect, test } from 'vitest';
import { areOwnRefusals, emptiesInMs } from '../../../src/judge/evidence/own-requests.ts';
import type { OwnRequest } from '../../../src/judge/evidence/own-requests.ts';
import type { RequestLimit } from '../../../src/model/cluster.ts';

const MINUTE_MS = 60_000;
const twoAMinute: RequestLimit = { setting: 'limit-rpm', per: 'client', requests: 2, inMs: MINUTE_MS, atOnce: 3 };
/** One a second; `x` is refused, `.` admitted. */
const asked = (pattern: string, from = 'a', to = '1', tookMs = 5): OwnRequest[] =>
  pattern.split('').map((each, index) => ({
    at: index * 1000,
    endedAt: index * 1000 + tookMs,
    from,
    to,
    isRefused: each === 'x',
  }));
const both = (pattern: string) => [...asked(pattern), ...asked(pattern, 'b')];

test.for<[string, RequestLimit, OwnRequest[], boolean]>([
  ['as many as are admitted at once', twoAMinute, both('...xxx'), true],
  ['the bucket of each entry', twoAMinute, [...asked('...xx'), ...asked('...xx', 'a', '2')], true],
  ['one bucket for all entries', twoAMinute, [...asked('..xx'), ...asked('.xxx', 'a', '2')], true],
  ['one address for all vantages', twoAMinute, [...asked('..xx'), ...asked('.xxx', 'b')], true],
  ['the first request', twoAMinute, both('x.....'), false],
  ['sooner than it should be', twoAMinute, both('.xx.'), false],
  ['one vantage of two, both ask alike', twoAMinute, [...asked('......'), ...asked('.xxxxx', 'b')], false],
  ['two of three at once, with room for another each half minute', { ...twoAMinute, atOnce: 1 }, asked('.xxx'), true],
  ['nothing of its own in a bucket for one', { ...twoAMinute, atOnce: 1 }, asked('xxxx'), false],
  ['admitted again when it has emptied', { ...twoAMinute, requests: 30, atOnce: 2 }, asked('...x.x.x.x'), true],
  ['all clients of a proxy together', { ...twoAMinute, per: 'proxy', atOnce: 4 }, both('..xx'), true],
  ['each client by itself where all count together', { ...twoAMinute, per: 'proxy', atOnce: 3 }, both('...x'), false],
  [
    'too many under way',
    { ...twoAMinute, setting: 'limit-connections', inMs: null, atOnce: 2 },
    asked('..xxx', 'a', '1', 9000),
    true,
  ],
  [
    'one after the other where two may be under way',
    { ...twoAMinute, setting: 'limit-connections', inMs: null, atOnce: 2 },
    asked('..xxx'),
    false,
  ],
])('%s', ([, limit, requests, isOwn]) => {
  expect(areOwnRefusals(limit, requests)).toBe(isOwn);
});

test('an earlier run may have left a full bucket, and so much is admitted as it empties', () => {
  const limit = { ...twoAMinute, requests: 20 };
  const requests = asked('xxx.xx.');
  expect(areOwnRefusals(limit, requests)).toBe(false);
  expect(areOwnRefusals(limit, requests, 'an-earlier-run')).toBe(true);
  expect(areOwnRefusals(limit, [...requests, ...asked('...', 'b')], 'an-earlier-run')).toBe(true);
  expect(areOwnRefusals(limit, asked('..x....'), 'an-earlier-run')).toBe(false);
  expect(emptiesInMs(limit)).toBe(9000);
});
