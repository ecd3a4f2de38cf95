import { describe, expect, test } from 'vitest';
import { attemptsUnderWay, heardUntil } from '../../src/collect/under-way.ts';
import type { Sample, Shots } from '../../probes/wire.ts';
import { assignment, hello, sample, shots, tcp } from '../place/agents.ts';

/** hello at 1000; attempts due each second from then. */
function underWay(list: readonly Shots[], samples: readonly Sample[], nowMs: number): string[] {
  const found = attemptsUnderWay({ assignment: assignment('a', list), hello: hello('a', 1000), samples, nowMs });
  return found.map(
    ({ path, attempt, outcome }) => `${path} ${attempt} ${outcome.kind === 'cut' ? outcome.waitedMs : '?'}`,
  );
}

const direct = (path: string, more: Partial<Shots> = {}) => shots(path, tcp('10.0.0.1'), { count: 3, ...more });

describe('attempts under way', () => {
  test.for<[string, readonly Shots[], readonly Sample[], number, readonly string[]]>([
    ['nothing before the first is due', [direct('p', { startMs: 500 })], [], 1400, []],
    ['nothing that has only just begun', [direct('p')], [], 1150, []],
    ['nothing that has its outcome', [direct('p', { count: 1 })], [sample('p', 0)], 9000, []],
    [
      'nothing past its own limit, which the agent tells itself',
      [direct('p', { limitMs: 3000, count: 1 })],
      [],
      4500,
      [],
    ],
    ['nothing of a peer that may not be known yet', [shots('q', 'b')], [], 9000, []],
    ['each that waits', [direct('p')], [], 3500, ['p 0 2500', 'p 1 1500', 'p 2 500']],
    ['only the unanswered', [direct('p')], [sample('p', 1, { at: 2000 })], 3500, ['p 0 2500', 'p 2 500']],
    [
      'those of a peer, from when a sibling began',
      [shots('q', 'b'), shots('r', 'c')],
      [sample('r', 0, { at: 4000 })],
      4800,
      ['q 0 800'],
    ],
    [
      'none younger than the agent is late',
      [direct('p'), direct('s', { count: 1 })],
      [sample('s', 0, { at: 1900, lateMs: 900 })],
      2800,
      ['p 0 1800'],
    ],
  ])('are %s', ([, list, samples, nowMs, expected]) => {
    expect(underWay(list, samples, nowMs)).toEqual(expected);
  });

  test('are known until the latest line, or until as long ago as a log can lag', () => {
    expect(heardUntil(hello('a', 1000), 5000, 4500)).toBe(5000);
    expect(heardUntil(hello('a', 1000), 5000, 9000)).toBe(7000);
  });
});
