import { expect, test } from 'vitest';
import { blindPage } from '../../../bench/blind/blind-page.ts';
import type { BlindResult } from '../../../bench/blind/blind-result.ts';

function result(over: Partial<BlindResult> = {}): BlindResult {
  return {
    seed: 1,
    draw: 1,
    asked: 'svc/loom -n mesa',
    broken: ['lost SYNs'],
    faults: '[]',
    accepts: [['lost-syn']],
    outcome: 'right',
    told: 1,
    found: 'lost-syn (proven)',
    diagnoseMs: 9000,
    folder: null,
    at: '2026-11-21T00:00:00.000Z',
    kprobe: '0.1.0',
    revision: 'abc',
    kernel: '6.18.44',
    ...over,
  };
}

test('broken and healthy draws are counted apart, and who led wrongly twice', () => {
  const page = blindPage([
    result(),
    result({ draw: 2, outcome: 'behind', found: 'slow-tls (likely), lost-syn (proven)' }),
    result({ draw: 3, outcome: 'wrong', told: 0, found: 'slow-tls (likely)' }),
    result({ draw: 4, outcome: 'healthy', told: 0, found: 'healthy' }),
    result({ draw: 6, broken: [], accepts: [], told: 0, found: 'healthy' }),
  ]);
  expect(page).toContain('| right | 1/4 (25.0 %) | 1/1 (100.0 %) |');
  expect(page).toContain('| healthy | 1/4 (25.0 %) | 0/1 (0.0 %) |');
  expect(page).toContain('wrong or behind* | 2/4 (50.0 %) | 0/1 (0.0 %) |');
});

test('whatever was not right is listed', () => {
  const page = blindPage([result(), result({ draw: 3, outcome: 'wrong', found: 'slow-tls (likely)' })]);
  expect(page).toContain('| 1/3 | lost SYNs | `svc/loom -n mesa` | wrong | slow-tls (likely) |');
  expect(page).not.toContain('| 1/1 |');
});

test('both causes of a draw that was broken twice are asked for', () => {
  const twice = { broken: ['lost SYNs', 'no DNS server'] };
  const page = blindPage([result({ ...twice, told: 2 }), result({ ...twice, draw: 2, told: 1 })]);
  expect(page).toContain('Of 2 draws broken twice, 1 had both causes named.');
});
