import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenToHolder } from '../../../probes/trace/holder.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

function heard() {
  const input = new PassThrough();
  const told: string[] = [];
  const stop = listenToHolder(input, { onHeld: () => told.push('held'), onLeft: () => told.push('left') });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { input, told, stop, turn };
}

test('nothing while nobody is there: not even the end of patience', async () => {
  const { told } = heard();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(told).toEqual([]);
});

test('the first word begins it, once', async () => {
  const { input, told, turn } = heard();
  input.write('\n');
  await turn();
  input.write('\n');
  await turn();
  expect(told).toEqual(['held']);
});

test('the end of the input is the end, without waiting', async () => {
  const { input, told, turn } = heard();
  input.write('\n');
  await turn();
  input.end();
  await turn();
  expect(told).toEqual(['held', 'left']);
});

test('who closes without a word was never there', async () => {
  const { input, told, turn } = heard();
  input.end();
  await turn();
  input.destroy();
  await turn();
  expect(told).toEqual(['left']);
});

test('words keep it, five seconds of silence end it', async () => {
  const { input, told, turn } = heard();
  for (let word = 0; word < 10; word += 1) {
    input.write('\n');
    await turn();
    await vi.advanceTimersByTimeAsync(3900);
  }
  expect(told).toEqual(['held']);
  await vi.advanceTimersByTimeAsync(2000);
  expect(told).toEqual(['held', 'left']);
});

test('whoever has stopped listening hears nothing', async () => {
  const { input, told, stop, turn } = heard();
  input.write('\n');
  await turn();
  stop();
  input.end();
  await turn();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['held']);
});
