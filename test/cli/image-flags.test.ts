import { expect, test } from 'vitest';
import { pullChoice } from '../../src/commands/image-flags.ts';

test.for([
  [{}, { secrets: [], policy: 'IfNotPresent' }],
  [{ 'pull-secret': ['a', 'b,a'] }, { secrets: ['a', 'b'], policy: 'IfNotPresent' }],
  [{ 'pull-policy': 'Never' }, { secrets: [], policy: 'Never' }],
] as const)('%j means %j', ([flags, expected]) => {
  expect(pullChoice(flags)).toEqual(expected);
});

test.for<[Record<string, unknown>, RegExp]>([
  [{ 'pull-secret': [''] }, /--pull-secret is empty/],
  [{ 'pull-secret': ['My Secret'] }, /--pull-secret: "My Secret" cannot be a name in Kubernetes/],
  [{ 'pull-policy': 'always' }, /--pull-policy always is not known/],
])('%j is refused', ([flags, expected]) => {
  expect(() => pullChoice(flags)).toThrow(expected);
});
