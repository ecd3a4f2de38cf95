import { describe, expect, test } from 'vitest';
import { twinObjection, type TwinQuestion } from '../../src/place/twin-objection.ts';
import type { Service } from '../../src/model/cluster.ts';

const labels = { app: 'web', tier: 'front' };
const service = (selector: Record<string, string>, publishNotReadyAddresses: boolean, namespace = 'shop') =>
  ({ namespace, name: 'svc', selector, publishNotReadyAddresses }) as unknown as Service;
const budget = (selector: unknown) => ({ metadata: { name: 'pdb' }, spec: { selector } });
const scaler = (name: string) => ({
  metadata: { name: 'hpa' },
  spec: { scaleTargetRef: { kind: 'Deployment', name } },
});

function objection(
  more: Partial<TwinQuestion> & { budgets?: unknown[] | null; autoscalers?: unknown[] | null },
): string | null {
  const counters = {
    budgets: more.budgets === undefined ? [] : more.budgets,
    autoscalers: more.autoscalers === undefined ? [] : more.autoscalers,
  };
  return twinObjection({
    identity: { namespace: 'shop', labels, hostNetwork: false },
    workloads: ['web-a', 'web'],
    services: [],
    counters,
    ...more,
  });
}

describe('a twin', () => {
  test.for<[string, Parameters<typeof objection>[0]]>([
    ['nothing else', {}],
    ['an ordinary Service', { services: [service({ app: 'web' }, false)] }],
    ['a Service that publishes others before they are ready', { services: [service({ app: 'api' }, true)] }],
    ['such a Service without selector', { services: [service({}, true)] }],
    ['such a Service in another namespace', { services: [service({ app: 'web' }, true, 'other')] }],
    ['a budget over others', { budgets: [budget({ matchLabels: { app: 'api' } })] }],
    ['a budget without selector', { budgets: [budget(undefined), {}] }],
    [
      'a budget that excludes it',
      { budgets: [budget({ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] })] },
    ],
    ['an autoscaler of another workload', { autoscalers: [scaler('api'), {}] }],
  ])('is made beside %s', ([, more]) => {
    expect(objection(more)).toBeNull();
  });

  test.for<[string, Parameters<typeof objection>[0], RegExp]>([
    [
      'a Service that would send clients to it',
      { services: [service({ app: 'web' }, true)] },
      /Service shop\/svc would send clients to it/,
    ],
    [
      'a budget that would count it',
      { budgets: [budget({ matchLabels: { app: 'web' } })] },
      /PodDisruptionBudget shop\/pdb/,
    ],
    ['a budget over everything', { budgets: [budget({})] }, /PodDisruptionBudget/],
    [
      'a budget by expression',
      { budgets: [budget({ matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] })] },
      /PodDisruptionBudget/,
    ],
    [
      'a budget of an unknown operator',
      { budgets: [budget({ matchExpressions: [{ key: 'app', operator: 'Like' }] })] },
      /PodDisruptionBudget/,
    ],
    ['an autoscaler of its Deployment', { autoscalers: [scaler('web')] }, /HorizontalPodAutoscaler shop\/hpa/],
    ['budgets that may not be seen', { budgets: null }, /may not list poddisruptionbudgets/],
    ['autoscalers that may not be seen', { autoscalers: null }, /may not list horizontalpodautoscalers/],
  ])('is not made beside %s', ([, more, expected]) => {
    expect(objection(more)).toMatch(expected);
  });
});
