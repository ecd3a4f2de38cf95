import { describe, expect, test } from 'vitest';
import { farKindOf, pathsBetween, sibling } from '../../../src/judge/evidence/contrast.ts';
import { nodesMatrix, reachableNode } from '../../../src/judge/evidence/nodes.ts';
import { pathEvidence } from '../../../src/judge/evidence/path-evidence.ts';
import { arrivedAt, sourceSeen } from '../../../src/judge/evidence/sources.ts';
import type { Evidence } from '../../../src/judge/evidence/evidence.ts';
import type { Sample } from '../../../probes/wire.ts';
import type { Path } from '../../../src/model/plan.ts';
import {
  agent,
  arrival,
  halfOpen,
  hello,
  on,
  path,
  pod,
  recording,
  refused,
  sample,
  silent,
  times,
  to,
} from '../make.ts';

const answered = () => sample({ connectMs: 1 });

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
      shots: whole.samples.flatMap((one, index) => (one.path === each.id ? [{ index, sample: one }] : [])),
      schedule: null,
      slowAfterMs: 200,
    }),
  );
  return {
    recording: whole,
    cluster: whole.cluster,
    target: whole.target,
    slowAfterMs: 200,
    paths,
    agents,
    expectations: new Map(),
    symptoms: [],
  };
}

const web1 = pod({ name: 'web-1', node: 'worker-2' });
const near = path('host@worker-2', to.backend(web1));
const far = path('host@worker-1', to.backend(web1));
const neutral = path('control@worker-1', to.backend(web1));
const viaTcp = path('control@worker-1', to.agent('control@worker-2'));
const viaUdp = path('control@worker-1', to.agent('control@worker-2'), { probeKind: 'udp' });
const large = path('control@worker-1', to.agent('control@worker-2'), {
  id: 'large',
  probe: { kind: 'tcp', to: { agent: 'control@worker-2', port: 'tcp' }, echo: true, bytes: 20_000 },
});
const twin = path('host@worker-1', to.agent('twin:web@worker-2', 8080));

describe('paths between ends', () => {
  const all = evidence([
    [near, []],
    [far, []],
    [neutral, []],
    [viaTcp, []],
    [viaUdp, []],
    [twin, []],
  ]);

  test.for([
    [{}, 6],
    [{ toKind: 'backend' }, 3],
    [{ toKind: 'backend', fromKind: 'host' }, 2],
    [{ toKind: 'twin' }, 1],
    [{ toKind: 'control', probe: 'udp' }, 1],
    [{ fromNode: 'worker-2' }, 1],
    [{ toNode: 'worker-3' }, 0],
  ] as const)('%j: %i', ([ends, count]) => {
    expect(pathsBetween(all, ends)).toHaveLength(count);
  });

  test('an agent is told by its kind', () => {
    expect(all.paths.map(farKindOf)).toEqual(['backend', 'backend', 'backend', 'control', 'control', 'twin']);
  });
});

describe('siblings', () => {
  const all = evidence([
    [far, [silent()]],
    [near, [answered()]],
    [neutral, []],
    [viaTcp, [answered()]],
    [viaUdp, [silent({ phase: 'dns' })]],
    [large, [silent()]],
  ]);
  const of = (each: Path) => {
    const found = all.paths.find(({ path: { id } }) => id === each.id);
    if (found === undefined) throw new Error(`no path ${each.id}`);
    return found;
  };

  test('another node, the same end', () => {
    expect(sibling(all, of(far), { fromNode: 'worker-2' })?.path.id).toBe(near.id);
  });

  test('another protocol, the same ends', () => {
    expect(sibling(all, of(viaTcp), { probe: 'udp' })?.path.id).toBe(viaUdp.id);
  });

  test('one that was not measured is none', () => {
    expect(sibling(all, of(far), { fromKind: 'control' })).toBeNull();
  });

  test('there is none', () => {
    expect(sibling(all, of(far), { fromNode: 'worker-3' })).toBeNull();
  });

  test('a large answer is not the sibling of a small one', () => {
    expect(sibling(all, of(viaUdp), { probe: 'tcp' })?.path.id).toBe(viaTcp.id);
  });
});

describe('the node matrix', () => {
  test.for([
    ['both answered', [answered()], [answered()], 'open', true],
    ['both silent', [silent()], [silent({ phase: 'dns' })], 'silent', false],
    ['TCP passes, UDP does not', [answered()], [silent({ phase: 'dns' })], 'lossy', true],
    ['only TCP was measured', [answered()], [], 'open', true],
    ['a RST came back', [refused()], [], 'refused', true],
    ['nothing was measured', [], [], 'unmeasured', null],
  ] as const)('%s', ([, tcp, udp, state, reachable]) => {
    const all = evidence([
      [viaTcp, tcp],
      [viaUdp, udp],
    ]);
    expect(nodesMatrix(all)).toMatchObject([{ from: 'worker-1', to: 'worker-2', state }]);
    expect(reachableNode(all, 'worker-1', 'worker-2')).toBe(reachable);
  });

  test('a large answer that stalls is no matter of reaching the node', () => {
    const all = evidence([
      [viaTcp, [answered()]],
      [large, [silent()]],
    ]);
    expect(nodesMatrix(all)[0]?.state).toBe('open');
  });

  test('one direction says nothing of the other', () => {
    expect(reachableNode(evidence([[viaTcp, [silent()]]]), 'worker-2', 'worker-1')).toBeNull();
  });
});

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
