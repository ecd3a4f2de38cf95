import { expect, test } from 'vitest';
import { confusionMatrix, scenarioTable } from '../../bench/table.ts';
import type { Trial } from '../../bench/trial.ts';

function trial(over: Partial<Trial>): Trial {
  return {
    scenario: 'lost-syn',
    expected: 'lost-syn',
    found: 'lost-syn',
    wrong: [],
    labMs: 1000,
    diagnoseMs: 4000,
    folder: null,
    ...over,
  };
}

test('the matrix counts each answer under what was true', () => {
  const trials = [
    trial({}),
    trial({}),
    trial({ found: 'healthy', wrong: ['x'] }),
    trial({ expected: 'healthy', found: 'healthy' }),
  ];
  expect(confusionMatrix(trials).split('\n')).toEqual([
    '| expected \\ found | lost-syn | healthy |',
    '| --- | --- | --- |',
    '| lost-syn | 2 | 1 |',
    '| healthy |  | 1 |',
  ]);
});

test('a scenario shows its right verdicts and the spread of its times', () => {
  const trials = [trial({}), trial({ diagnoseMs: 9000, labMs: null }), trial({ diagnoseMs: 5000, wrong: ['x'] })];
  expect(scenarioTable(trials).split('\n').at(-1)).toBe(
    '| lost-syn | lost-syn | 2/3 | 1.0 / 1.0 / 1.0 | 4.0 / 5.0 / 9.0 |',
  );
});

test('times that nobody could take are a dash', () => {
  expect(scenarioTable([trial({ labMs: null, diagnoseMs: null })])).toContain('| - / - / - | - / - / - |');
});
