import { describe, expect, test } from 'vitest';
import type { SweepReport, TargetReport } from '../../../src/model/sweep.ts';
import { sweepRenderers } from '../../../src/render/sweep/render.ts';
import { compare } from '../../../src/sweep/changes.ts';
import { verdict } from '../samples.ts';
import { sweepReport, targetReport } from '../sweeps.ts';
import type { SweepRenderOptions } from '../../../src/render/sweep/options.ts';

const wide: SweepRenderOptions = { width: 100, colour: false, unicode: true, verbose: false, onlyChanges: false };
const at = (startedAt: string) => ({ run: { ...sweepReport().run, startedAt } });
const sweepOf = (targets: readonly TargetReport[], over: Partial<SweepReport> = {}) =>
  sweepReport({ targets: [...targets], notes: [], dropped: [], ...over });

const quiet = targetReport({ key: 'a.example.com', says: 'fine', verdict: null });
const before = sweepOf([quiet, targetReport(), targetReport({ key: 'old.example.com' })], {
  status: 'healthy',
  ...at('2026-01-01T02:50:00Z'),
});
const fault = targetReport({
  state: 'faulty',
  verdict: verdict(),
  says: 'NetworkPolicy shop/allow-ingress drops ingress → web',
});
const incident = compare(
  before,
  sweepOf(
    [
      quiet,
      fault,
      targetReport({
        key: 'gone.example.com',
        state: 'unmeasured',
        verdict: null,
        latency: null,
        says: 'No Ingress, HTTPRoute or HTTPProxy serves gone.example.com',
      }),
      targetReport({ key: 'b.example.com', expectations: [{ says: 'p99 < 50ms', met: true, measured: '9 ms' }] }),
    ],
    {
      ...at('2026-01-01T03:00:00Z'),
      notes: [{ what: 'this sweep in the history', because: 'no space left on device' }],
    },
  ),
);
const calm = compare(before, { ...before, ...at('2026-01-01T03:00:00Z') });
const hostile = compare(
  null,
  sweepOf([targetReport({ key: '\u001b[31mred\u202e|`x`', says: 'a\nb | <b>', state: 'faulty', verdict: null })]),
);

test.for([
  ['incident.txt', 'terminal', incident, {}],
  ['incident-60.txt', 'terminal', incident, { width: 60 }],
  ['incident-ascii.txt', 'terminal', incident, { unicode: false }],
  ['incident-changes.txt', 'terminal', incident, { onlyChanges: true }],
  ['incident.md', 'markdown', incident, {}],
  ['calm.txt', 'terminal', calm, {}],
  ['calm-changes.md', 'markdown', calm, { onlyChanges: true }],
  ['hostile.txt', 'terminal', hostile, {}],
  ['hostile.md', 'markdown', hostile, {}],
] as const)('%s', async ([name, output, report, over]) => {
  await expect(sweepRenderers[output](report, { ...wide, ...over })).toMatchFileSnapshot(`golden/${name}`);
});

describe('the terminal page', () => {
  const lines = (report: SweepReport, over: Partial<SweepRenderOptions> = {}) =>
    sweepRenderers.terminal(report, { ...wide, ...over }).split('\n');

  test.for([40, 60, 80, 140])('keeps within %d columns, but for manifests', (width) => {
    const plain = lines(incident, { width }).filter((line) => !/^\s{6,}[\w-]|kprobe diagnose /u.test(line));
    expect(plain.filter((line) => line.length > width)).toEqual([]);
  });

  test('leads with what is new, before the table', () => {
    const page = lines(incident);
    expect(page.indexOf('New')).toBeGreaterThan(0);
    expect(page.indexOf('New')).toBeLessThan(page.findIndex((line) => line.startsWith('Target')));
  });

  test('tells two hundred targets of one cause in one line, and each in the table', () => {
    const many = Array.from({ length: 200 }, (_, number) => ({ ...fault, key: `svc/web-${number}` }));
    const was = sweepOf(many.map((each) => ({ ...each, state: 'healthy' as const })));
    const page = lines(compare(was, sweepOf(many)));
    expect(page.filter((line) => line.startsWith('  ✗'))).toEqual([
      '  ✗ svc/web-0, svc/web-1, svc/web-2 and 197 more: NetworkPolicy shop/allow-ingress drops ingress →',
    ]);
    expect(page.filter((line) => /^✗ svc\/web-\d+ +faulty/u.test(line))).toHaveLength(200);
  });

  test('has no page without targets', () => {
    expect(lines(compare(null, sweepOf([]))).length).toBeGreaterThan(2);
  });
});

test('JSON is the report itself', () => {
  expect(JSON.parse(sweepRenderers.json(incident, wide))).toEqual(incident);
});
