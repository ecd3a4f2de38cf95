import { expect, test } from 'vitest';
import { matchesPath, namesHost } from '../../src/model/route-match.ts';

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
