import { expect, test } from 'vitest';
import { joinRounds } from '../../../src/judge/matrix/rounds.ts';
import type { MatrixCell, MatrixReport } from '../../../src/model/matrix.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { matrixReport } from '../../render/matrices.ts';

function cell(from: string, to: string, state: MatrixCell['state']): MatrixCell {
  const lost = { share: 0, interval: [0, 0.5] as [number, number] };
  return { from, to, network: 'pod', attempts: 6, connect: null, roundTrip: null, lost, mtuBytes: null, state };
}

function round(status: Verdict['status'], number: number, ...cells: MatrixCell[]): MatrixReport {
  const { verdict, design, ...rest } = matrixReport();
  return {
    ...rest,
    verdict: { ...verdict, status, summary: `round ${number}` },
    design: { ...design, round: number },
    cells,
  };
}

test.for<[string, Verdict['status'][], number]>([
  ['all healthy: the latest', ['healthy', 'healthy'], 2],
  ['one that could not say is not made up for by a later one', ['healthy', 'inconclusive', 'healthy'], 2],
  ['a fault', ['inconclusive', 'faulty'], 2],
])('%s', ([, statuses, told]) => {
  const joined = joinRounds(statuses.map((status, at) => round(status, at + 1)));
  expect(joined.verdict.summary).toBe(`round ${told}`);
  expect(joined.design.round).toBe(statuses.length);
});

test('node pairs of all rounds are told, one that came twice as it was worse', () => {
  const joined = joinRounds([
    round('healthy', 1, cell('a', 'b', 'lossy'), cell('a', 'c', 'good')),
    round('healthy', 2, cell('a', 'b', 'good'), cell('a', 'd', 'good')),
  ]);
  expect(joined.cells.map(({ to, state }) => [to, state])).toEqual([
    ['b', 'lossy'],
    ['c', 'good'],
    ['d', 'good'],
  ]);
});
