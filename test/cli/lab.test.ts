import { expect, test } from 'vitest';
import { run } from './session.ts';

test('lab list names each scenario and what is broken in it', async () => {
  const { exitCode, stdout } = await run(['lab', 'list']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^policy-misses-hostnetwork +\S/mu);
  expect(stdout).toMatch(/^healthy-shop +\S/mu);
});

test.for([
  [['lab', 'ls'], 'There is no action "ls" of the lab', 'did you mean kprobe lab list?'],
  [['lab', 'destroy-everything'], 'There is no action "destroy-everything"', 'list, run or up'],
  [['lab', 'run'], 'SCENARIO is missing', 'kprobe lab list'],
  [['lab', 'list', 'x', 'y'], 'one argument too many', ''],
] as const)('%j: %s', async ([argv, message, hint]) => {
  const { error } = await run(argv);
  expect(error?.message).toContain(message);
  expect(error?.hint ?? '').toContain(hint);
});
