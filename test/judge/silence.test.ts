import { expect, test } from 'vitest';
import { slowEntries, unanswered } from './breaks.ts';
import { diagnose } from './world.ts';
import type { Break } from './world.ts';

const between: Break = (_path, from, to) => (from.kind === 'host' && to?.kind === 'host' ? unanswered() : null);

test('a delay that no diagnosis explains is inconclusive, and the timers that it fits are named', () => {
  const { status, notMeasured } = diagnose({ breaks: [slowEntries] });
  expect(status).toBe('inconclusive');
  expect(notMeasured[0]).toMatchObject({
    what: expect.stringContaining('the cause of'),
    because: expect.stringContaining('nginx proxy-connect-timeout'),
  });
});

test('paths of our own that fail without a finding are never passed over', () => {
  const { status, notMeasured } = diagnose({ breaks: [between] });
  expect(status).toBe('inconclusive');
  expect(notMeasured.length).toBeGreaterThan(0);
});

test('an agent that never reported is said', () => {
  expect(diagnose({ over: { hellos: [] } }).notMeasured.map((gap) => gap.what)).toContain(
    'the view of control@worker-1',
  );
});
