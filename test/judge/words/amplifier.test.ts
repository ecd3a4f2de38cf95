import { expect, test } from 'vitest';
import { pod, slowEntries } from '../breaks.ts';
import { sample, times } from '../make.ts';
import { diagnose, web } from '../world.ts';
import type { Break } from '../world.ts';

/** What is said of the proxy's timer, where one endpoint is dead and entries saw this. */
function said(entries: Break): string | undefined {
  const verdict = diagnose({ breaks: [...web.slice(0, 1).map((each) => pod(each)), entries] });
  return verdict.findings
    .flatMap(({ evidence }) => evidence)
    .filter(({ says }) => says.includes('gives up connecting after 5.0 s'))
    .map(({ label, says }) => `${label}: ${says}`)[0];
}

const taking =
  (...ms: readonly number[]): Break =>
  (path) =>
    path.to.kind === 'entry'
      ? ms.flatMap((firstByteMs) => times(2, () => sample({ connectMs: 0.4, firstByteMs, status: 200 })))
      : null;

test('its timer is why users wait where an attempt took it', () => {
  expect(said(slowEntries)).toMatch(/^Why 5\.0 s: .* Not tcp_retries2: it shows at 15 min/);
});

test('what nobody waited for is not told as seen', () => {
  expect(said(taking(3, 600))).toMatch(/^Up to 5\.0 s: .*; no attempt of this run waited so long$/);
});

test('the answer that took it most nearly speaks, whatever came first', () => {
  const [one, other] = [said(taking(5004, 15_008)), said(taking(15_008, 5004))];
  expect(one).toBe(other);
  expect(one).toContain('Why 5.0 s');
});
