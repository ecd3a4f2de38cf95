import { expect, test } from 'vitest';
import { annotatedTimers } from '../../src/discover/proxy-timers.ts';

const ANNOTATIONS = {
  'nginx.ingress.kubernetes.io/proxy-connect-timeout': '3',
  'nginx.ingress.kubernetes.io/proxy-read-timeout': '30',
  'nginx.ingress.kubernetes.io/proxy-next-upstream-tries': '2',
  'nginx.org/proxy-connect-timeout': '7s',
  'haproxy-ingress.github.io/timeout-connect': '4s',
  'haproxy.org/timeout-server': '9s',
};

test.for<[string | null, ReturnType<typeof annotatedTimers>]>([
  ['ingress-nginx', { connectTimeoutMs: 3000, readTimeoutMs: 30_000, tries: 2 }],
  [null, { connectTimeoutMs: 3000, readTimeoutMs: 30_000, tries: 2 }],
  ['nginx-ingress', { connectTimeoutMs: 7000, readTimeoutMs: null, tries: null }],
  ['haproxy-ingress', { connectTimeoutMs: 4000, readTimeoutMs: null, tries: null }],
  ['haproxytech-ingress', { connectTimeoutMs: null, readTimeoutMs: 9000, tries: null }],
  ['contour', null],
])('%s reads the annotations that are its own', ([implementation, timers]) => {
  expect(annotatedTimers(ANNOTATIONS, implementation)).toEqual(timers);
});

test('an Ingress that sets none has none of its own', () => {
  expect(annotatedTimers({}, 'ingress-nginx')).toBeNull();
});
