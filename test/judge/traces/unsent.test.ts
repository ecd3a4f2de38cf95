import { expect, test } from 'vitest';
import { unsent } from '../../../src/judge/traces/unsent.ts';
import { agent, assignment, hello, plan, sample, schedule, tcp } from '../../place/agents.ts';

const A = agent('control', 'a');
const B = agent('control', 'b');
const PLAN = plan([A, B], [assignment(A.id, [schedule('a>x', tcp('10.0.0.9'))]), assignment(B.id)]);
const NOTHING = { hellos: [], samples: [], limitations: [] };

test('who has sent, or has nothing to send, is not told', () => {
  expect(unsent(PLAN, { ...NOTHING, samples: [sample('a>x', 0)] })).toEqual([]);
});

test('who is told already is not told twice', () => {
  const told = { what: 'agent control@a', because: 'no image', subject: { kind: 'agent', agent: A.id } } as const;
  expect(unsent(PLAN, { ...NOTHING, limitations: [told] })).toEqual([]);
});

test.for([
  ['was never heard', [], 'its pod runs, and had said nothing by the end'],
  ['was there', [hello(A.id)], 'it was there, and had begun no attempt by the end'],
] as const)('a sender that %s', ([, hellos, because]) => {
  expect(unsent(PLAN, { ...NOTHING, hellos })).toEqual([
    { what: 'agent control@a', because, subject: { kind: 'agent', agent: A.id } },
  ]);
});
