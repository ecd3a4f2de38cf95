/** Where the cluster admits no twin, what rests on it is not called healthy, and nobody is blamed for it. */
import { expect, test } from 'vitest';
import type { Recording } from '../../../src/model/recording.ts';
import { judge } from '../../../src/judge/judge.ts';
import { policy } from '../make.ts';
import { askedByCheckout, checkoutCluster, run, serviceOnly } from '../world.ts';

const from = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pay' } } }];
const cluster = checkoutCluster(
  policy({ name: 'web', spec: { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from }] } }),
);
const target = serviceOnly({ from: askedByCheckout });

/** As it would be without the pods of these agents. */
function without(recording: Recording, isRefused: (agent: Recording['plan']['agents'][number]) => boolean): Recording {
  const gone = new Set(recording.plan.agents.filter(isRefused).map(({ id }) => id));
  const toGone = new Set(
    recording.plan.paths
      .filter(({ from, to }) => gone.has(from) || (to.kind === 'agent' && gone.has(to.agent)))
      .map(({ id }) => id),
  );
  expect(gone.size).toBeGreaterThan(0);
  return {
    ...recording,
    hellos: recording.hellos.filter(({ agent }) => !gone.has(agent)),
    samples: recording.samples.filter(({ path }) => !toGone.has(path)),
    limitations: [...gone].map((id) => ({
      what: `agent ${id}`,
      because: 'exceeded quota: full',
      subject: { kind: 'agent', agent: id },
    })),
  };
}

test('the client’s own: inconclusive, and told', () => {
  const { status, findings, notMeasured } = judge(
    without(run({ cluster, target }), ({ kind, underTest }) => kind === 'twin' && underTest),
  );
  expect([status, findings]).toEqual(['inconclusive', []]);
  expect(notMeasured.map(({ because }) => because)).toContain('exceeded quota: full');
});

test('the endpoints’: what the client meets was measured, so it is healthy, and what was not is told', () => {
  const { status, findings, notMeasured, ruledOut } = judge(
    without(run({ cluster, target }), ({ kind, underTest }) => kind === 'twin' && !underTest),
  );
  expect([status, findings]).toEqual(['healthy', []]);
  expect(notMeasured.map(({ because }) => because)).toContain('exceeded quota: full');
  expect(ruledOut.map(({ suspect }) => suspect)).toContain('application');
});
