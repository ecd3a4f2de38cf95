import { expect, test } from 'vitest';
import { leadsToItself } from '../../../probes/kinds/redirect-loop.ts';

const ASKED = { tls: false, host: 'shop.example.com', path: '/cart?id=1' };
const headers = (location: string, more: readonly [string, string][] = []) =>
  new Map([['location', location], ...more]);

test.for<[string, number, Map<string, string>]>([
  ['no redirect', 200, headers('http://shop.example.com/cart?id=1')],
  ['a redirect without a target', 301, new Map()],
  ['another scheme', 301, headers('https://shop.example.com/cart?id=1')],
  ['another host', 301, headers('http://www.shop.example.com/cart?id=1')],
  ['another port', 307, headers('http://shop.example.com:8080/cart?id=1')],
  ['another path', 302, headers('/cart/?id=1')],
  ['another query', 302, headers('/cart?id=2')],
  ['a cookie, by which the next request differs', 302, headers('/cart?id=1', [['set-cookie', 'seen=1']])],
  ['no URL at all', 302, headers('http://[/')],
])('does not lead to itself: %s', ([, status, all]) => {
  expect(leadsToItself({ status, headers: all, bytes: 0 }, ASKED)).toBe(false);
});

test.for<[string, Map<string, string>]>([
  ['absolute', headers('http://shop.example.com/cart?id=1')],
  ['in other letters, with the usual port', headers('HTTP://Shop.Example.com:80/cart?id=1')],
  ['relative', headers('/cart?id=1')],
  ['with a fragment', headers('/cart?id=1#top')],
])('leads to itself: %s', ([, all]) => {
  for (const status of [301, 302, 303, 307, 308])
    expect(leadsToItself({ status, headers: all, bytes: 0 }, ASKED)).toBe(true);
});
