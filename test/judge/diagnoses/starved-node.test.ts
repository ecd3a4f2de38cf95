import { expect, test } from 'vitest';
import { dnsAnswer, sample, times } from '../make.ts';
import { nodeFacts } from '../node-facts.ts';
import { judge } from '../../../src/judge/judge.ts';
import { diagnose, findingOf, run, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'starved-node';
/** What is on these nodes is given a CPU this late, milliseconds: who answers there, and who asks from there. */
const starved =
  (nodes: readonly string[], { answersMs, probersMs, onlyApp = false }: Late): Break =>
  (path, from) => {
    const isFrom = nodes.includes(from.node ?? '');
    const isTo = 'node' in path.to && nodes.includes(path.to.node ?? '') && path.probe.kind !== 'dns';
    const isLate = isTo && (!onlyApp || path.to.kind === 'backend');
    if (!isFrom && !isLate) return null;
    if (path.probe.kind === 'dns') return times(4, () => dnsAnswer({ cpuWaitMs: isFrom ? probersMs : 0 }));
    if (path.probe.kind === 'resolver') return times(4, () => sample({ dnsMs: 1, cpuWaitMs: isFrom ? probersMs : 0 }));
    if (path.probe.kind === 'udp') return null;
    const status = path.probe.kind === 'http' ? { status: 200 } : {};
    const firstByteMs = isLate ? answersMs : 1;
    const cpuWaitMs = isFrom ? probersMs : 0;
    return times(4, () => sample({ connectMs: 0.5, firstByteMs, cpuWaitMs, cpuPressure: 0.9, ...status }));
  };
interface Late {
  readonly answersMs: number;
  readonly probersMs: number;
  readonly onlyApp?: boolean;
}
const late = { answersMs: 700, probersMs: 300 };

test.for<[string, Break[]]>([
  ['everything answers', []],
  ['a busy node whose answers are in time', [starved(['worker-1'], { answersMs: 120, probersMs: 90 })]],
  [
    'the application alone is late: what runs beside it has a CPU',
    [starved(['worker-1'], { ...late, probersMs: 5, onlyApp: true })],
  ],
  ['all nodes are busy alike', [starved(['worker-1', 'worker-2', 'worker-3'], late)]],
  ['answers are late, and nobody on the node waited for a CPU', [starved(['worker-1'], { ...late, probersMs: 0 })]],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { target: serviceOnly(), breaks, over: { nodeFacts: nodeFacts() } })).toBeNull();
});

test('speaking: the application and kprobe itself are late on one node, whose processes wait; never proven', () => {
  const breaks = [starved(['worker-1'], late)];
  const verdict = diagnose({ target: serviceOnly(), breaks, over: { nodeFacts: nodeFacts() } });
  expect(verdict.status).toBe('faulty');
  expect(verdict.findings.map(({ diagnosis, certainty }) => [diagnosis, certainty])).toEqual([[id, 'likely']]);
  expect(verdict.findings[0]).toMatchObject({ object: { kind: 'Node', name: 'worker-1' } });
});

test('what is asked from the node itself is its doing too: the application is not blamed beside it', () => {
  const breaks = [starved(['worker-1'], { answersMs: 2400, probersMs: 900 })];
  const recorded = run({ target: serviceOnly(), breaks, over: { nodeFacts: nodeFacts() } });
  // Attempts from the starved node itself are late as well, by their own waits.
  expect(
    recorded.plan.paths.some(
      ({ from, to }) => from === 'control@worker-1' && to.kind === 'backend' && to.node === 'worker-1',
    ),
  ).toBe(true);
  expect(judge(recorded).findings.map(({ diagnosis }) => diagnosis)).toEqual([id]);
});

test('where all nodes starve alike, the application is not proven slow', () => {
  const breaks = [starved(['worker-1', 'worker-2', 'worker-3'], { answersMs: 2400, probersMs: 650, onlyApp: true })];
  expect(findingOf('slow-application', { target: serviceOnly(), breaks })).toMatchObject({ certainty: 'likely' });
});

test('a pressure that several nodes share is not told of one of them', () => {
  const waited = (ms: number) => ({ counters: {}, neighbors: null, cpuWaitedMs: ms });
  const busy = { start: { machine: waited(0) }, end: { machine: waited(8000) } };
  const says = (kernelId: string) => {
    const facts = nodeFacts({ 'worker-1': busy }).map((each) => ({ ...each, kernelId: kernelId || each.kernelId }));
    const finding = findingOf(id, {
      target: serviceOnly(),
      breaks: [starved(['worker-1'], late)],
      over: { nodeFacts: facts },
    });
    return finding?.evidence.map((each) => each.says).join('\n');
  };
  expect(says('')).toContain('waited for a CPU in 89 % of the time');
  expect(says('one')).not.toContain('of the time');
});
