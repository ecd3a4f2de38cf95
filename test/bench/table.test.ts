import { expect, test } from 'vitest';
import { accuracyPage } from '../../bench/accuracy-page.ts';
import { confusionList, scenarioTable, totalsTable } from '../../bench/table.ts';
import { result } from './make.ts';

const wrong = result({ found: 'healthy', wrong: ['no finding lost-syn', 'status healthy instead of faulty'] });

test('the totals count each machine apart, and the healthy ones once more', () => {
  const results = [
    result(),
    wrong,
    result({ expected: 'healthy', found: 'healthy' }),
    result({ expected: 'healthy', found: 'no verdict', wrong: ['no verdict'] }),
  ];
  expect(totalsTable(results).split('\n').slice(2)).toEqual([
    '| as it is | 2/4 (50.0 %) | 1/2 (50.0 %) |',
    '| a hog on every core | not run | not run |',
  ]);
});

test('what was wrong is listed with what was true, and the most frequent first', () => {
  const results = [{ ...wrong, machine: 'hog' as const }, result(), wrong, wrong];
  expect(confusionList(results).split('\n')).toEqual([
    '| scenario | expected | found | wrong in | times |',
    '| --- | --- | --- | --- | --- |',
    '| lost-syn | lost-syn | healthy | no finding lost-syn; status healthy instead of faulty | 2 |',
    '| lost-syn (hog) | lost-syn | healthy | no finding lost-syn; status healthy instead of faulty | 1 |',
  ]);
});

test('where nothing was wrong that is said', () => {
  expect(confusionList([result()])).toBe('None.');
});

test('a scenario shows its right verdicts and the spread of its times on both machines', () => {
  const results = [
    result(),
    result({ diagnoseMs: 9000, labMs: null }),
    { ...wrong, diagnoseMs: 5000 },
    result({ machine: 'hog', diagnoseMs: 20_000, labMs: 7000 }),
  ];
  expect(scenarioTable(results).split('\n').at(-1)).toBe(
    '| lost-syn | lost-syn | 2/3 | 1/1 | 1.0 / 1.0 / 1.0 | 4.0 / 5.0 / 9.0 | 20.0 / 20.0 / 20.0 |',
  );
});

test('what nobody has run or timed is a dash', () => {
  expect(scenarioTable([result({ labMs: null, diagnoseMs: null })])).toContain('| 1/1 | - | - | - | - |');
});

test('the page says when, on what and of which commits its results are', () => {
  const page = accuracyPage(
    [result(), result({ at: '2026-01-05T00:00:00.000Z', revision: 'def5678', wrong: ['x'] })],
    2,
  );
  for (const each of ['1 of 2 verdicts right', '2026-01-02 to 2026-01-05', '6.18.0', 'abc1234, def5678', '2 CPUs'])
    expect(page).toContain(each);
});
