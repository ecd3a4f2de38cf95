import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followLog } from '../../src/api/follow-log.ts';
import type { Transport } from '../../src/api/transport.ts';

const POD = { namespace: 'kprobe', name: 'probe-1' };
const RUNNING = { ok: true, value: { status: { phase: 'Running' } } } as const;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A log in which a line stands from its moment on (milliseconds), and streams that pass on what comes after `deafAfterMs` only to who opens anew. */
async function follow(lines: readonly number[], forMs: number, deafAfterMs = Infinity) {
  const silences: number[] = [];
  const told: { readonly line: string; readonly atMs: number }[] = [];
  const controller = new AbortController();
  const begun = Date.now();
  const sinceBegin = () => Date.now() - begun;
  async function* stream(silenceMs: number): AsyncGenerator<Uint8Array> {
    const openedAt = sinceBegin();
    let heardAt = openedAt;
    for (const at of lines) {
      const isHeard = at <= openedAt || at - openedAt <= deafAfterMs;
      const waitMs = Math.max(0, at - sinceBegin());
      if (!isHeard || sinceBegin() + waitMs - heardAt > silenceMs) break;
      await vi.advanceTimersByTimeAsync(waitMs);
      heardAt = sinceBegin();
      yield Buffer.from(`line at ${at}\n`);
    }
    await vi.advanceTimersByTimeAsync(Math.max(0, heardAt + silenceMs - sinceBegin()));
    if (sinceBegin() > forMs) controller.abort();
  }
  const transport = {
    open: async (_call: unknown, { silenceMs }: { readonly silenceMs: number }) => {
      silences.push(silenceMs);
      return { ok: true, value: stream(silenceMs) };
    },
  } as unknown as Transport;
  const events = followLog({ transport, getPod: async () => RUNNING, signal: controller.signal }, POD, 'agent');
  for await (const event of events) if (event.kind === 'line') told.push({ line: event.line, atMs: sinceBegin() });
  return { silences, told };
}

test('an agent that says something now and then is asked for its log less and less often, and each line is told once', async () => {
  const lines = [0, 10_000, 30_000, 70_000];
  const { silences, told } = await follow(lines, 80_000);
  expect(told.map(({ line }) => line)).toEqual(lines.map((at) => `line at ${at}`));
  expect(Math.max(...silences)).toBe(24_000);
});

test('what a dead connection held back is had by opening anew, and the next silence is a short one again', async () => {
  const lines = [0, 2000, 4000, 8000, 9000, 16_000];
  const { silences, told } = await follow(lines, 40_000, 5000);
  expect(told.map(({ line }) => line)).toEqual(lines.map((at) => `line at ${at}`));
  // Each is had within the short silence after the last that was heard.
  expect(told.every(({ line, atMs }) => atMs - Number(line.split(' ').at(-1)) <= 6000)).toBe(true);
  expect(silences.slice(0, 3)).toEqual([6000, 6000, 6000]);
});
