import { expect, test } from 'vitest';
import { sample, times } from '../make.ts';
import { diagnose } from '../world.ts';
import type { Break } from '../world.ts';

test('a healthy verdict says what would have shown', () => {
  const { status, summary } = diagnose();
  expect(status).toBe('healthy');
  const [, tried = '', share = ''] =
    /(\d+) of \1 attempts .*; a fault in (\d+) % of attempts would have shown \(95 %\)$/.exec(summary) ?? [];
  // A fault of this share leaves no trace in that many attempts in at most one run of twenty; of a percent less, it may.
  expect((1 - Number(share) / 100) ** Number(tried)).toBeLessThanOrEqual(0.05);
  expect((1 - (Number(share) - 1) / 100) ** Number(tried)).toBeGreaterThan(0.05);
});

test.for([404, 302])('that all answers are HTTP %i is said', (status) => {
  const alike: Break = (path) => (path.probe.kind === 'http' ? times(4, () => sample({ status })) : null);
  expect(diagnose({ breaks: [alike] }).summary).toMatch(
    new RegExp(`is healthy: (\\d+) of \\1 attempts answered alike, with HTTP ${status}`),
  );
});

test('that all answers say no is said beside one that is late as well', () => {
  let isFirst = true;
  const missing: Break = (path) => {
    if (path.probe.kind !== 'http') return null;
    const late = isFirst && path.to.kind === 'entry' ? [sample({ status: 404, firstByteMs: 900 })] : [];
    isFirst = isFirst && late.length === 0;
    return [...late, ...times(4 - late.length, () => sample({ status: 404 }))];
  };
  expect(diagnose({ breaks: [missing] }).summary).toMatch(/slow or failed; all answers were HTTP 404/);
});
