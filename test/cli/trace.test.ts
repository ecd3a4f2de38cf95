import { expect, test } from 'vitest';
import type { FlowTraceRequest } from '../../src/model/request.ts';
import { flowTrace } from '../render/flows.ts';
import { run } from './session.ts';

test.for([
  ['healthy', 0],
  ['faulty', 1],
  ['inconclusive', 3],
] as const)('%s: exit code %i', async ([status, code]) => {
  const { exitCode, stdout } = await run(['trace', 'worker-1', 'svc/web:80', '-q'], {
    stages: { trace: async () => flowTrace({ status }) },
  });
  expect(exitCode).toBe(code);
  expect(stdout).toContain('worker-2');
});

test('-o json prints the object itself', async () => {
  const { stdout } = await run(['trace', 'worker-1', 'svc/web:80', '-o', 'json', '-q']);
  expect(JSON.parse(stdout)).toEqual(flowTrace());
});

test('what was asked for reaches the stage', async () => {
  const asked: FlowTraceRequest[] = [];
  const stages = { trace: async (request: FlowTraceRequest) => (asked.push(request), flowTrace()) };
  await run(['trace', 'shop/checkout', '10.0.0.1:53', '--udp', '-n', 'shop', '--image', 'r/k:trace'], { stages });
  expect(asked).toMatchObject([
    {
      from: 'shop/checkout',
      to: '10.0.0.1:53',
      protocol: 'udp',
      namespace: 'shop',
      image: 'r/k:trace',
      timeoutMs: 45_000,
    },
  ]);
});

test.for([
  [['trace'], /^FROM is missing/],
  [['trace', 'worker-1'], /^TO is missing/],
  [['trace', 'worker-1', ' '], /TO is empty/],
  [['trace', 'a b', '10.0.0.1:80'], /FROM is none/],
  [['trace', 'worker-1', '10.0.0.1:80', '-o', 'html'], /html/],
] as const)('%j is refused', async ([argv, says]) => {
  const { exitCode, error } = await run(argv);
  expect(exitCode).toBeNull();
  expect(error?.message).toMatch(says);
});
