import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/lab/model.ts';
import { parseFieldSelector, parseLabelSelector, selectorMatches } from '../../../src/lab/api/labels.ts';

const pod = {
  metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web', tier: 'front', blank: '' } },
  spec: { nodeName: 'worker-1' },
} as unknown as KubeObject;

const holds = (parsed: ReturnType<typeof parseLabelSelector>): boolean | string =>
  parsed.ok ? parsed.matches(pod) : parsed.problem;

describe('a label selector of a query', () => {
  test.for([
    ['', true],
    ['app=web', true],
    ['app==web,tier=front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['missing!=x', true],
    ['tier in (front, back),app', true],
    ['tier notin (front)', false],
    ['missing notin (x)', true],
    ['!missing', true],
    ['!app', false],
    ['blank=', true],
  ] as const)('%s is %s', ([text, expected]) => {
    expect(holds(parseLabelSelector(text))).toBe(expected);
  });

  test('that cannot be read names the part', () => {
    expect(holds(parseLabelSelector('app in web'))).toBe('unable to parse requirement: app in web');
  });
});

test.for([
  ['spec.nodeName=worker-1', true],
  ['spec.nodeName!=worker-1', false],
  ['metadata.name=web-1,metadata.namespace=shop', true],
  ['status.phase=Running', false],
] as const)('the field selector %s is %s', ([text, expected]) => {
  expect(holds(parseFieldSelector(text))).toBe(expected);
});

test('an absent selector matches nothing and an empty one everything', () => {
  expect(selectorMatches(undefined, { app: 'web' })).toBe(false);
  expect(selectorMatches({}, { app: 'web' })).toBe(true);
  expect(
    selectorMatches({ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, { app: 'web' }),
  ).toBe(false);
});
