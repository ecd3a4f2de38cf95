import { expect, test } from 'vitest';
import { dnsTimeout, slowEntries, unanswered } from './breaks.ts';
import { dnsAnswer } from './make.ts';
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

test('DNS that loses half of its answers is never passed over', () => {
  const half: Break = (path) =>
    path.to.kind === 'dns-server' && path.to.service !== null
      ? [dnsAnswer(), ...dnsTimeout().slice(0, 2), dnsAnswer()]
      : null;
  expect(diagnose({ breaks: [half] }).status).toBe('inconclusive');
});

test('a port that is filtered on the way to a node is neither a dead endpoint nor a policy', () => {
  const filtered: Break = (path) =>
    'port' in path.to && path.to.port === 8080 && 'node' in path.to && path.to.node === 'worker-2'
      ? unanswered()
      : null;
  expect(diagnose({ breaks: [filtered] }).findings.filter(({ certainty }) => certainty === 'proven')).toEqual([]);
});

test('an agent that never reported is said', () => {
  expect(diagnose({ over: { hellos: [] } }).notMeasured.map((gap) => gap.what)).toContain(
    'the view of control@worker-1',
  );
});
