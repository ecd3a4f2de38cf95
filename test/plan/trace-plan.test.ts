import { expect, test } from 'vitest';
import { planTrace } from '../../src/plan/trace-plan.ts';
import { hello } from '../judge/make.ts';
import { run, serviceOnly } from '../judge/world.ts';

const SETTINGS = { run: '1a2b', deadlineMs: 30_000, chance: 0 };
const recorded = run({
  target: serviceOnly(),
  over: { hellos: [hello('host@worker-3', { addresses: ['10.0.0.3', '10.244.3.0', '10.244.3.1'] })] },
});
const idOf = (pattern: RegExp) => recorded.plan.paths.find(({ id }) => pattern.test(id))?.id ?? '';
const cross =
  recorded.plan.paths.find(
    ({ from, to }) => from === 'control@worker-3' && to.kind === 'backend' && to.node === 'worker-1',
  )?.id ?? '';
const service = idOf(/^control@worker-3 > 10\.96\.0\.80:80/);
const between = idOf(/^control@worker-1 > control@worker-2/);

test('a tracer on each node that the path crosses, and the agents at its ends', () => {
  const plan = planTrace(recorded, [cross], SETTINGS);
  expect(plan.agents.map(({ id }) => id)).toEqual(['control@worker-3', 'tracer@worker-3', 'tracer@worker-1']);
  expect(plan.paths.map(({ id }) => id)).toEqual([cross]);
});

test('only tracers are given the right, and they stand on the host network of the privileged namespace', () => {
  const { agents } = planTrace(recorded, [cross, between], SETTINGS);
  const tracers = agents.filter(({ traces }) => traces === true);
  expect(tracers.map(({ id }) => id)).toEqual(agents.map(({ id }) => id).filter((id) => id.startsWith('tracer@')));
  expect(new Set(tracers.map(({ identity }) => JSON.stringify(identity)))).toEqual(
    new Set([JSON.stringify({ namespace: 'kprobe-host', labels: {}, hostNetwork: true })]),
  );
});

test('attempts wait for a tracer, are few, and come from ports of their own', () => {
  const plan = planTrace(recorded, [cross, between], SETTINGS);
  const schedules = Object.values(plan.assignments).flatMap(({ schedules: own }) => own);
  expect(schedules).toHaveLength(2);
  for (const schedule of schedules) {
    expect(schedule.count).toBeLessThanOrEqual(4);
    expect(schedule.after).toEqual(expect.arrayContaining([expect.stringMatching(/^tracer@/)]));
    expect(schedule.again).toBeUndefined();
  }
  const [first, second] = schedules.map(({ sourcePorts }) => sourcePorts?.first ?? 0);
  expect(Math.abs((first ?? 0) - (second ?? 0))).toBeGreaterThanOrEqual(schedules[0]?.sourcePorts?.count ?? 0);
});

test('a tracer knows the source by its agent, and every address that the node may give it', () => {
  const { assignments } = planTrace(recorded, [cross], SETTINGS);
  const [flow] = assignments['tracer@worker-1']?.traces?.flows ?? [];
  expect(flow?.from).toEqual({
    agent: 'control@worker-3',
    addresses: expect.arrayContaining(['10.0.0.3', '10.244.3.0', '10.244.3.1']),
  });
  expect(flow?.sourcePorts).toEqual(assignments['control@worker-3']?.schedules[0]?.sourcePorts);
});

test("a Service's packets are followed under its address and under those of its endpoints, on their nodes", () => {
  const { assignments, agents } = planTrace(recorded, [service], SETTINGS);
  expect(agents.map(({ id }) => id)).toEqual([
    'control@worker-3',
    'tracer@worker-3',
    'tracer@worker-1',
    'tracer@worker-2',
  ]);
  expect(assignments['tracer@worker-3']?.traces?.flows[0]?.to).toEqual([
    { address: '10.96.0.80', port: 80 },
    ...['10.244.1.', '10.244.2.'].map((range) => ({ address: expect.stringContaining(range), port: 8080 })),
  ]);
});

test('the far end of a path between agents answers; who only asks does not', () => {
  const { assignments } = planTrace(recorded, [between], SETTINGS);
  expect(assignments['control@worker-2']?.answers.tcp[0]).toBe(0);
  expect(assignments['control@worker-1']?.answers).toEqual({ tcp: [], udp: [] });
});

test('nothing chosen, nothing made', () => {
  expect(planTrace(recorded, [], SETTINGS)).toMatchObject({ agents: [], paths: [], assignments: {} });
});
