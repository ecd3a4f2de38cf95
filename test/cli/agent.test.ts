import { expect, test } from 'vitest';
import { assignment, schedule } from '../place/agents.ts';
import { run } from './session.ts';

const TOLD = `${JSON.stringify(assignment('local', [schedule('p1', 'nobody')]))}\n`;
const onStandardInput = (stdin: string) => run(['agent', '--assignment', '-'], { stdin });

test('an assignment on standard input is carried out until that ends', async () => {
  const { exitCode, error, stdout } = await onStandardInput(TOLD);
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: null });
  const types = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  expect([types[0], types.at(-1)]).toEqual(['hello', 'bye']);
});

test.for([
  ['', 'There is no assignment on standard input'],
  ['no assignment\n', '-: assignment: not JSON'],
] as const)('%j there is the mistake of who asks', async ([stdin, message]) => {
  expect((await onStandardInput(stdin)).error?.message).toBe(message);
});
