import { expect, test } from 'vitest';
import { isTraceTable, traceTable } from '../../src/model/trace-table.ts';

test('the table of a run is known as one, and nothing else is', () => {
  expect(isTraceTable(traceTable('5f3b42b6'))).toBe(true);
  expect(['kprobe', 'kprobe-', 'kprobe-rules', 'kprobe-5f3b42b6a', 'x-kprobe-5f3b42b6'].some(isTraceTable)).toBe(false);
});
