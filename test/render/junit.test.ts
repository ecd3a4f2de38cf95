import { readFileSync } from 'node:fs';
import { validateXML } from 'xmllint-wasm';
import { describe, expect, test } from 'vitest';
import { renderJunit, renderSweepJunit } from '../../src/render/junit.ts';
import { healthy, hostile, inconclusive, lostSyn, missesHostNetwork, verdict } from './samples.ts';
import { sweepReport, targetReport } from './sweeps.ts';

const schema = readFileSync(new URL('junit.xsd', import.meta.url), 'utf8');

/** What a strict reader has against it. */
async function problems(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'report.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

/** Tags with their attributes, without what is in them. */
function tags(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}\\b[^>]*>`, 'gu'))].map(([tag]) => tag);
}

const everyControl = String.fromCodePoint(
  ...Array.from({ length: 32 }, (_, code) => code),
  0x7f,
  0x9b,
  0xfffe,
  0xffff,
  0xd800,
);
const forged = { suspect: '"/></testcase><testcase name="x', because: "]]>&lt;'" };

describe('what a reader of the schema accepts', () => {
  test.for([
    ['healthy', renderJunit(healthy())],
    ['faulty', renderJunit(verdict({ findings: [missesHostNetwork, lostSyn] }))],
    ['faulty without a finding', renderJunit(verdict({ findings: [] }))],
    ['inconclusive', renderJunit(inconclusive())],
    ['hostile', renderJunit(hostile())],
    [
      'every control character',
      renderJunit(verdict({ summary: everyControl, target: `x${everyControl}`, findings: [] })),
    ],
    ['forged markup', renderJunit(verdict({ ruledOut: [forged] }))],
    ['a run without a time', renderJunit(verdict({ run: { ...verdict().run, startedAt: '', tookMs: -1 } }))],
    ['a sweep', renderSweepJunit(sweepReport())],
    ['a sweep without targets', renderSweepJunit(sweepReport({ targets: [] }))],
  ] as const)('%s', async ([, xml]) => {
    expect(await problems(xml)).toEqual([]);
  });

  test('and what it refuses', async () => {
    expect(await problems(renderJunit(healthy()).replace(' failures=', ' fails='))).not.toEqual([]);
    expect(await problems(renderJunit(healthy()).replace('<testcase ', '\u0001<testcase '))).not.toEqual([]);
  });
});

test('a healthy target passes, and findings that do not make it faulty do not fail it', () => {
  const xml = renderJunit({ ...healthy(), findings: [{ ...lostSyn, certainty: 'possible' }] });
  expect(tags(xml, 'testsuite')).toEqual([expect.stringContaining('tests="5" failures="0" errors="0" skipped="0"')]);
  expect(xml).toContain('SYNs to web-7f9c get lost on the way');
});

test('each cause is a case of its own, with the evidence and the fix in its text', () => {
  const xml = renderJunit(verdict({ findings: [missesHostNetwork, lostSyn] }));
  expect(tags(xml, 'failure').map((tag) => / type="([^"]+)"/u.exec(tag)?.[1])).toEqual([
    'policy-misses-hostnetwork',
    'lost-syn',
  ]);
  expect(xml).toContain('Who: the controller runs with hostNetwork');
  expect(xml).toContain('  name: allow-ingress\n');
});

test('what was not measured is skipped, not passed', () => {
  expect(tags(renderJunit(verdict()), 'skipped')).toHaveLength(1);
});

test('an inconclusive run is an error, not a failure', () => {
  expect(tags(renderJunit(inconclusive()), 'testsuites')).toEqual([expect.stringContaining('failures="0" errors="1"')]);
});

test('each target of a sweep is a suite, and each expectation a case', () => {
  const xml = renderSweepJunit(sweepReport());
  expect(tags(xml, 'testsuite')).toHaveLength(6);
  expect(tags(xml, 'testcase').filter((tag) => tag.includes('expected: '))).toHaveLength(4);
  expect(xml).toMatch(/name="expected: p99 &lt; 50ms"[^>]*><failure message="81 ms"/u);
  expect(xml).toMatch(/name="expected: loss &lt; 1%"[^>]*><skipped/u);
});

test('the state of a swept target decides: an unreachable one that should be passes', () => {
  const unreachable = targetReport({ verdict: verdict(), state: 'healthy' });
  expect(tags(renderSweepJunit(sweepReport({ targets: [unreachable] })), 'failure')).toEqual([]);
});

test('a missed expectation alone fails its suite once', () => {
  const slow = targetReport({
    state: 'faulty',
    expectations: [{ says: 'p99 < 50ms', met: false, measured: '81 ms' }],
  });
  expect(tags(renderSweepJunit(sweepReport({ targets: [slow] })), 'failure')).toHaveLength(1);
});

test('a target that could not be measured is an error with the reason', () => {
  const gone = targetReport({ state: 'unmeasured', verdict: null, says: 'no such Service' });
  expect(tags(renderSweepJunit(sweepReport({ targets: [gone] })), 'error')).toEqual([
    expect.stringContaining('message="no such Service"'),
  ]);
});
