import { expect, test } from 'vitest';
import { diagnoses } from '../../../src/judge/diagnoses/index.ts';
import { breaks, drawOne } from '../../../bench/blind/draw.ts';

const draws = Array.from({ length: 600 }, (_, index) => drawOne(7, index + 1));

test('a draw is the same whenever it is drawn', () => {
  expect(drawOne(7, 41)).toEqual(draws[40]);
  expect(drawOne(8, 41)).not.toEqual(draws[40]);
});

test('one in six is healthy, and expects nothing', () => {
  const healthy = draws.filter(({ broken }) => broken.length === 0);
  expect(healthy).toHaveLength(100);
  for (const { truths, scenario } of healthy) {
    expect(truths).toEqual([]);
    expect(scenario.expect.status).toBe('healthy');
  }
});

test('every way to break is drawn, some together with another of another part', () => {
  const drawn = new Set(draws.flatMap(({ broken }) => broken));
  expect(drawn).toEqual(new Set(breaks.map(({ name }) => name)));
  const twice = draws.filter(({ broken }) => broken.length === 2);
  expect(twice.length).toBeGreaterThan(50);
  for (const { broken } of twice) {
    const parts = broken.map((name) => breaks.find((each) => each.name === name)?.part);
    expect(new Set(parts).size).toBe(2);
  }
});

test('only diagnoses that exist are expected', () => {
  const known = new Set(diagnoses.map(({ id }) => id));
  const expected = [...breaks, ...draws.flatMap(({ truths }) => truths)].flatMap(({ accepts }) => accepts);
  expect(expected.filter((id) => !known.has(id))).toEqual([]);
});

test('faults speak of nodes of their own cluster, and names of what is broken there', () => {
  for (const { scenario } of draws) {
    const nodes = new Set(scenario.nodes.map(({ name }) => name));
    for (const fault of scenario.faults) {
      const spoken = ['node', 'on', 'from', 'to'].flatMap((key) => (fault as Record<string, unknown>)[key] ?? []);
      expect(spoken.filter((name) => typeof name === 'string' && !nodes.has(name))).toEqual([]);
    }
  }
});

test('a healthy draw touches nothing of what is asked about', () => {
  const faults = draws.filter(({ broken }) => broken.length === 0).flatMap(({ scenario }) => scenario.faults);
  const harmful = faults.filter(
    (fault) => fault.kind !== 'cpu-noise' && !(fault.kind === 'drop-syn' && fault.to.labels['app'] === 'bystander'),
  );
  expect(harmful).toEqual([]);
});
