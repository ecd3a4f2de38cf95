import { expect, test } from 'vitest';
import { diagnose } from '../world.ts';
import type { Break } from '../world.ts';

/** No attempt with a large answer tells anything: all of them were the prober's own trouble. */
const largeUnmeasured: Break = ({ probe }) => (probe.kind === 'tcp' && probe.bytes > 0 ? [] : null);
const suspects = (breaks: Break[]) => diagnose({ breaks }).ruledOut.map(({ suspect }) => suspect);

test('MTU is ruled out by large packets, and never by small ones alone', () => {
  expect(suspects([])).toContain('MTU');
  expect(suspects([largeUnmeasured])).not.toContain('MTU');
  expect(suspects([largeUnmeasured])).toContain('DNS');
});
