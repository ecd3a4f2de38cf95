import { describe, expect, test } from 'vitest';
import { pathEvidence } from '../../../src/judge/evidence/path-evidence.ts';
import { arrivedAt, sourceSeen, sourcesSeen } from '../../../src/judge/evidence/sources.ts';
import type { Evidence } from '../../../src/judge/evidence/evidence.ts';
import type { Sample } from '../../../probes/wire.ts';
import type { Path } from '../../../src/model/plan.ts';
import { agent, arrival, halfOpen, hello, on, path, recording, sample, silent, times, to } from '../make.ts';

/** Evidence of these paths and samples alone: no expectations, no symptoms. */
function evidence(
  measured: readonly (readonly [Path, readonly Sample[]])[],
  over: Parameters<typeof recording>[0] = {},
): Evidence {
  const whole = recording({
    paths: measured.map(([each]) => each),
    samples: measured.flatMap(([of, all]) => on(of, all)),
    ...over,
  });
  const agents = new Map(whole.plan.agents.map((each) => [each.id, each]));
  const paths = whole.plan.paths.map((each) =>
    pathEvidence({
      path: each,
      from: agent(each.from),
      to: each.to.kind === 'agent' ? agent(each.to.agent) : null,
      attempts: whole.samples.flatMap((one, index) => (one.path === each.id ? [{ index, sample: one }] : [])),
      schedule: null,
      slowAfterMs: 200,
      isFarEndLost: false,
    }),
  );
  return {
    recording: whole,
    cluster: whole.cluster,
    target: whole.target,
    slowAfterMs: 200,
    paths,
    otherFamily: [],
    closedPorts: [],
    agents,
    births: [],
    expectations: new Map(),
    symptoms: [],
    differences: new Map(),
  };
}

const viaTcp = path('control@worker-1', to.agent('control@worker-2'));
const twin = path('host@worker-1', to.agent('twin:web@worker-2', 8080));

describe('the source seen', () => {
  test('nothing told', () => {
    expect(sourceSeen(evidence([[twin, [silent()]]]), 'host@worker-1', 'worker-2')).toBeNull();
  });

  test('the answering side says it, by majority', () => {
    const overlay = () => sample({ connectMs: 1, seen: '10.244.1.0:40000' });
    const all = evidence([[twin, [sample({ seen: '10.0.0.1:40000' }), ...times(2, overlay)]]]);
    expect(sourceSeen(all, 'host@worker-1', 'worker-2')).toBe('10.244.1.0');
    expect(sourceSeen(all, 'host@worker-1', 'worker-3')).toBeNull();
  });

  test('what a node’s own network sees has no vote', () => {
    const toHost = path('host@worker-1', to.agent('host@worker-2'));
    const all = evidence([
      [toHost, times(4, () => sample({ seen: '10.0.0.1:40000' }))],
      [twin, [sample({ seen: '10.244.1.0:40000' })]],
    ]);
    expect(sourcesSeen(all, 'host@worker-1', 'worker-2')).toEqual(['10.244.1.0']);
    const alone = evidence([[toHost, [sample({ seen: '10.0.0.1:40000' })]]], {
      arrivals: [arrival('host@worker-2', '10.0.0.1')],
    });
    expect(sourcesSeen(alone, 'host@worker-1', 'worker-2')).toEqual([]);
  });

  test('all addresses are told, the most frequent first', () => {
    const all = evidence([
      [twin, [sample({ seen: '10.0.0.1:1' }), ...times(2, () => sample({ seen: '[fd00::1]:1' }))]],
    ]);
    expect(sourcesSeen(all, 'host@worker-1', 'worker-2')).toEqual(['fd00::1', '10.0.0.1']);
  });

  test('a host vantage is known by its node’s overlay address where the answer did not get through', () => {
    const all = evidence([[twin, [silent()]]], { halfOpen: [halfOpen('twin:web@worker-2', '10.244.1.0')] });
    expect(sourceSeen(all, 'host@worker-1', 'worker-2')).toBe('10.244.1.0');
  });

  test('a pod vantage is known by its own address only', () => {
    const hellos = [hello('control@worker-1', { addresses: ['10.244.1.99'] })];
    const own = evidence([[viaTcp, [silent()]]], { hellos, arrivals: [arrival('control@worker-2', '10.244.1.99')] });
    const others = evidence([[viaTcp, [silent()]]], { hellos, arrivals: [arrival('control@worker-2', '10.244.1.0')] });
    expect(sourceSeen(own, 'control@worker-1', 'worker-2')).toBe('10.244.1.99');
    expect(sourceSeen(others, 'control@worker-1', 'worker-2')).toBeNull();
  });
});

test.for([
  [{ arrivals: [], halfOpen: [] }, null],
  [{ arrivals: [arrival('control@worker-3', '10.244.1.0')], halfOpen: [] }, null],
  [{ arrivals: [], halfOpen: [halfOpen('control@worker-2', '10.244.1.0:40000')] }, 'half-open'],
  [
    { arrivals: [arrival('control@worker-2', '10.244.1.0')], halfOpen: [halfOpen('control@worker-2', '10.244.1.0')] },
    'connected',
  ],
] as const)('what arrived: %j gives %s', ([heard, state]) => {
  expect(arrivedAt(heard, 'control@worker-2', '10.244.1.0')).toBe(state);
});
