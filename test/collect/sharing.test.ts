import { expect, test } from 'vitest';
import { Sharing } from '../../src/collect/sharing.ts';
import { sample } from '../place/agents.ts';

test('what is shared is the same, to the last character', () => {
  const sharing = new Sharing(['a>b']);
  const told = [
    sample('a>b', 0),
    { ...sample('a>b', 1), local: '10.0.0.1:4', seen: '10.0.0.1:4', counters: { 'Tcp.ActiveOpens': 1 } },
    { ...sample('other', 2), local: '10.0.0.1:4', seen: '10.9.9.9:4', counters: { 'Tcp.ActiveOpens': 2 } },
    { ...sample('a>b', 3), outcome: { kind: 'refused' as const, phase: 'connect' as const } },
  ];
  const kept = told.map((each) => sharing.sample(JSON.parse(JSON.stringify(each)) as typeof each));
  expect(kept.map((each) => JSON.stringify(each))).toEqual(told.map((each) => JSON.stringify(each)));
  expect(kept[0]?.outcome).toBe(kept[1]?.outcome);
});
