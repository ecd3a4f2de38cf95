import { expect, test } from 'vitest';
import { annotatedLimits, limitStatus, proxyLimits } from '../../src/discover/request-limits.ts';

const on = (annotations: Record<string, string>) =>
  Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]));

test.for<[string, Record<string, string>, object[] | undefined]>([
  ['none', {}, undefined],
  [
    'five times the rate at once',
    { 'limit-rps': '2' },
    [{ setting: 'limit-rps', per: 'client', requests: 2, inMs: 1000, atOnce: 11 }],
  ],
  [
    'another multiplier',
    { 'limit-rpm': '6', 'limit-burst-multiplier': '1' },
    [{ setting: 'limit-rpm', per: 'client', requests: 6, inMs: 60_000, atOnce: 7 }],
  ],
  [
    'connections',
    { 'limit-connections': '3' },
    [{ setting: 'limit-connections', per: 'client', requests: 3, inMs: null, atOnce: 3 }],
  ],
  ['nothing that is a number', { 'limit-rps': 'many', 'limit-rpm': '0' }, undefined],
])('ingress-nginx: %s', ([, annotations, limits]) => {
  expect(annotatedLimits(on(annotations), 'ingress-nginx').limits).toEqual(limits);
});

test('another controller does not read them', () => {
  expect(annotatedLimits(on({ 'limit-rps': '2' }), 'traefik')).toEqual({});
});

const local = (more: object) => ({ rateLimitPolicy: { local: { requests: 10, unit: 'minute', ...more } } });

test('HTTPProxy: that of the route, else of the virtual host', () => {
  const own = { setting: 'rateLimitPolicy.local', per: 'proxy', requests: 10, inMs: 60_000, atOnce: 10, status: 429 };
  expect(proxyLimits(local({}), {}).limits).toEqual([own]);
  expect(proxyLimits(local({ burst: 5, responseStatusCode: 503 }), {}).limits).toEqual([
    { ...own, atOnce: 15, status: 503 },
  ]);
  expect(proxyLimits({}, { spec: { virtualhost: local({ unit: 'hour' }) } }).limits).toEqual([
    { ...own, inMs: 3_600_000 },
  ]);
  expect(proxyLimits(local({ unit: 'fortnight' }), {})).toEqual({});
  expect(proxyLimits({}, {})).toEqual({});
});

test('the status is the ConfigMap’s, or 503', () => {
  expect(limitStatus(null, 'ingress-nginx')).toEqual({ limitStatus: { requests: 503, connections: 503 } });
  expect(limitStatus({ 'limit-req-status-code': '429' }, 'ingress-nginx')).toEqual({
    limitStatus: { requests: 429, connections: 503 },
  });
  expect(limitStatus({}, 'contour')).toEqual({});
});
