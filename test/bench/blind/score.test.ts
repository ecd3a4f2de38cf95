import { describe, expect, test } from 'vitest';
import { outcomeOf, toldOf } from '../../../bench/blind/score.ts';
import type { Truth } from '../../../bench/blind/draw.ts';
import type { Finding, Verdict } from '../../../src/model/verdict.ts';
import { verdict as sample } from '../../render/samples.ts';

const LOSS: Truth = { accepts: ['lost-syn'], names: [] };
const NODE: Truth = { accepts: ['broken-node-overlay'], names: ['oak-1'] };

function found(diagnosis: string, over: Partial<Finding> = {}): Finding {
  const [first] = sample().findings;
  if (first === undefined) throw new Error('the sample has no finding');
  return { ...first, diagnosis, certainty: 'proven', object: null, where: null, ...over };
}

function verdict(status: Verdict['status'], ...findings: Finding[]): Verdict {
  return { ...sample(), status, findings };
}

describe('a broken draw', () => {
  test.each([
    ['healthy', verdict('healthy')],
    ['inconclusive', verdict('inconclusive')],
    ['inconclusive', verdict('inconclusive', found('slow-tls', { certainty: 'possible' }))],
    ['wrong', verdict('faulty', found('slow-tls'))],
    ['behind', verdict('faulty', found('slow-tls'), found('lost-syn'))],
    ['unsure', verdict('inconclusive', found('lost-syn', { certainty: 'possible' }))],
    ['right', verdict('faulty', found('lost-syn', { certainty: 'likely' }), found('slow-tls'))],
  ])('%s', (outcome, said) => expect(outcomeOf({ truths: [LOSS] }, said)).toBe(outcome));

  test('without a verdict', () => expect(outcomeOf({ truths: [LOSS] }, null)).toBe('no verdict'));

  test('the right diagnosis of another node is wrong', () => {
    const of = (name: string) => found('broken-node-overlay', { object: { kind: 'Node', namespace: null, name } });
    expect(outcomeOf({ truths: [NODE] }, verdict('faulty', of('oak-1')))).toBe('right');
    expect(outcomeOf({ truths: [NODE] }, verdict('faulty', of('oak-2')))).toBe('wrong');
    const at = found('broken-node-overlay', { where: { from: 'fir-2', to: 'oak-1' } });
    expect(outcomeOf({ truths: [NODE] }, verdict('faulty', at))).toBe('right');
  });

  test('of two faults either may lead, and both are counted', () => {
    const said = verdict('faulty', found('lost-syn'));
    expect(outcomeOf({ truths: [NODE, LOSS] }, said)).toBe('right');
    expect(toldOf({ truths: [NODE, LOSS] }, said)).toBe(1);
  });
});

describe('a healthy draw', () => {
  test.each([
    ['right', verdict('healthy')],
    ['inconclusive', verdict('inconclusive')],
    ['inconclusive', verdict('inconclusive', found('slow-tls', { certainty: 'possible' }))],
    ['wrong', verdict('faulty', found('slow-tls'))],
  ])('%s', (outcome, said) => expect(outcomeOf({ truths: [] }, said)).toBe(outcome));
});
