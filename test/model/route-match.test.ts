import { expect, test } from 'vitest';
import { matchesPath, mayHavePath, namesHost, ownRules } from '../../src/model/route-match.ts';
import { route } from '../judge/make.ts';

test.for<['Ingress' | 'HTTPRoute', string | null, string, boolean]>([
  ['Ingress', 'shop.example.com', 'SHOP.example.com', true],
  ['Ingress', '*.example.com', 'shop.example.com', true],
  ['Ingress', '*.example.com', 'a.shop.example.com', false],
  ['HTTPRoute', '*.example.com', 'a.shop.example.com', true],
  ['HTTPRoute', '*.example.com', 'example.com', false],
  ['HTTPRoute', '*.example.com', '.example.com', false],
  ['HTTPRoute', null, 'shop.example.com', false],
])('%s of %s names %s: %s', ([kind, host, asked, expected]) => {
  expect(namesHost({ kind, host }, asked)).toBe(expected);
});

test.for<[string, string, string, boolean]>([
  ['Prefix', '/', '/any', true],
  ['Prefix', '/shop', '/shop', true],
  ['Prefix', '/shop/', '/shop', true],
  ['Prefix', '/shop', '/shop/cart', true],
  ['Prefix', '/shop', '/shopping', false],
  ['Exact', '/shop', '/shop/', false],
  ['RegularExpression', '/v[0-9]+/.*', '/v2/cart', true],
  ['RegularExpression', '/v[0-9]+', '/v2/cart', false],
  ['RegularExpression', '/v[0-9', '/v2', false],
])('%s %s has %s: %s', ([pathType, path, asked, expected]) => {
  expect(matchesPath({ pathType, path }, asked)).toBe(expected);
});

test.for<['Ingress' | 'HTTPRoute' | 'HTTPProxy', string, string, string, boolean]>([
  ['Ingress', 'Prefix', '/shop', '/shop?q=1', true],
  ['Ingress', 'Prefix', '/shop', '/shopping', false],
  // ingress-nginx takes it for a prefix, or for a pattern where it is told so.
  ['Ingress', 'ImplementationSpecific', '/shop', '/shopping', true],
  ['Ingress', 'ImplementationSpecific', '/shop/(.*)', '/cart', true],
  ['HTTPProxy', 'Prefix', '/shop', '/shopping', true],
  ['HTTPRoute', 'Prefix', '/shop', '/shopping', false],
])('%s %s %s may have %s: %s', ([kind, pathType, path, asked, expected]) => {
  expect(mayHavePath({ kind, pathType, path }, asked)).toBe(expected);
});

test('rules of the own route are those for the host, be it by wildcard or for any', () => {
  const own = { kind: 'HTTPRoute' as const, namespace: 'shop', name: 'web' };
  const routes = [
    route({ ...own, host: 'shop.example.com', service: 'exact' }),
    route({ ...own, host: '*.example.com', service: 'wildcard' }),
    route({ ...own, host: null, service: 'any' }),
    route({ ...own, host: '*.example.net', service: 'elsewhere' }),
    route({ ...own, name: 'other', host: 'shop.example.com', service: 'other' }),
  ];
  const found = ownRules(routes, { route: own, host: 'shop.example.com' });
  expect(found.map(({ service }) => service)).toEqual(['exact', 'wildcard', 'any']);
});
