import { expect, test } from 'vitest';
import { pod as podBreak, slowEntries } from '../breaks.ts';
import { diagnose, findingOf, web } from '../world.ts';
import type { World } from '../world.ts';

const id = 'ingress-connect-timeout';
const unseen: World = { hostVantages: false, breaks: [slowEntries] };

test.for<[string, World]>([
  ['everything answers', { hostVantages: false }],
  ['the proxies’ own way was measured', { breaks: [slowEntries] }],
  [
    'what it hides was found',
    { hostVantages: false, breaks: [slowEntries, ...web.slice(0, 1).map((each) => podBreak(each))] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('possible: nobody could ask for the proxies', () => {
  const verdict = diagnose(unseen);
  expect(verdict.status).toBe('inconclusive');
  expect(verdict.findings).toMatchObject([{ diagnosis: id, certainty: 'possible', timer: { ms: 5000 } }]);
});
