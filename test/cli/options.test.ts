import { expect, test } from 'vitest';
import { diagnoseOptions } from '../../src/options.ts';

const flags = { target: 'x', output: 'terminal', timeout: '45s', 'slow-after': '500ms' };

test('flags that are not given become null, not guesses', () => {
  expect(diagnoseOptions(flags)).toEqual({
    target: 'x',
    namespace: null,
    from: null,
    context: null,
    kubeconfig: null,
    image: null,
    hostVantages: true,
    inside: false,
    traceRules: false,
    timeoutMs: 45_000,
    lastingMs: null,
    idleMs: null,
    slowAfterMs: 500,
    save: null,
    output: 'terminal',
    verbose: false,
    quiet: false,
  });
});

test('--trace-rules needs a pod on the host network', () => {
  expect(() => diagnoseOptions({ ...flags, 'trace-rules': true, 'no-host': true })).toThrow(
    '--trace-rules needs a pod',
  );
  expect(diagnoseOptions({ ...flags, 'trace-rules': true })).toMatchObject({ traceRules: true });
});

test('--inside needs a workload whose pods it means', () => {
  expect(() => diagnoseOptions({ ...flags, inside: true })).toThrow('--inside needs to know in whose pods');
  expect(diagnoseOptions({ ...flags, inside: true, from: 'shop/checkout' })).toMatchObject({ inside: true });
});

test.for([
  ['30', 30_000],
  ['30s', 30_000],
  ['2m', 120_000],
  ['2.5s', 2500],
  ['2500ms', 2500],
  ['1h', 3_600_000],
] as const)('--timeout %s is %d ms', ([timeout, timeoutMs]) => {
  expect(diagnoseOptions({ ...flags, timeout })).toMatchObject({ timeoutMs });
});

test('--idle keeps connections for so long, and the run as a whole has time for it', () => {
  expect(diagnoseOptions(flags)).toMatchObject({ idleMs: null });
  expect(diagnoseOptions({ ...flags, idle: '65s' })).toMatchObject({ idleMs: 65_000, timeoutMs: 95_000 });
  expect(diagnoseOptions({ ...flags, idle: '5m', 'until-sure': '2m' })).toMatchObject({ timeoutMs: 330_000 });
  expect(() => diagnoseOptions({ ...flags, idle: '200ms' })).toThrow('--idle');
});

test('--until-sure goes on for so long, and the run as a whole has time for it', () => {
  expect(diagnoseOptions({ ...flags, 'until-sure': '2m' })).toMatchObject({ lastingMs: 120_000, timeoutMs: 150_000 });
  expect(diagnoseOptions({ ...flags, timeout: '10m', 'until-sure': '2m' })).toMatchObject({ timeoutMs: 600_000 });
  expect(() => diagnoseOptions({ ...flags, 'until-sure': '5s' })).toThrow('--until-sure');
  expect(() => diagnoseOptions({ ...flags, 'until-sure': 'soon' })).toThrow('--until-sure');
});

test.for(['node:24-slim', 'registry.example:5000/team/kprobe@sha256:0123abcd', 'kprobe'])(
  '--image %s is fine',
  (image) => {
    expect(diagnoseOptions({ ...flags, image })).toMatchObject({ image });
  },
);

test('the options cannot be changed behind the back of those who hold them', () => {
  expect(Object.isFrozen(diagnoseOptions({ ...flags, from: 'shop/checkout' }))).toBe(true);
});
