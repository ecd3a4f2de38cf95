import { expect, test } from 'vitest';
import { pullAdvice } from '../../src/place/pull-advice.ts';

const UNAUTHORIZED = 'ErrImagePull: failed to authorize: failed to fetch anonymous token: 401 Unauthorized';

test.for([
  'ImagePullBackOff: no such host',
  'ErrImagePull: registry.example/kprobe:1: not found',
  'CreateContainerConfigError: access denied',
  'Unschedulable: 0/3 nodes are available',
])('has nothing to say to "%s"', (because) => {
  expect(pullAdvice(because, { namespace: 'kprobe', secrets: [] })).toBeNull();
});

test.for<[string, readonly string[], string]>([
  [UNAUTHORIZED, [], '--pull-secret NAME names a Secret in namespace shop that lets it in'],
  [UNAUTHORIZED, ['registry'], '--pull-secret registry: is it in namespace shop, and for this registry?'],
  [
    'ImagePullBackOff: pull access denied, repository does not exist or may require authorization',
    ['a', 'b'],
    '--pull-secret a and b: is it in namespace shop, and for this registry?',
  ],
])('to "%s" with Secrets %j it says what helps', ([because, secrets, expected]) => {
  expect(pullAdvice(because, { namespace: 'shop', secrets })).toBe(expected);
});
