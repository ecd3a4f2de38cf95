import { expect, test } from 'vitest';
import { Sharing } from '../../src/collect/sharing.ts';
import { hello, sample } from '../place/agents.ts';

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

test('hellos of nodes that are set up alike share what is alike, and differ as told', () => {
  const sharing = new Sharing([]);
  const told = [hello('one'), hello('two'), { ...hello('three'), kernel: 'another' }];
  const kept = told.map((each) => sharing.hello(JSON.parse(JSON.stringify(each)) as typeof each));
  expect(kept).toEqual(told);
  expect(kept[0]?.sysctls).toBe(kept[1]?.sysctls);
  expect(kept[0]?.sysctls).not.toBe(kept[2]?.sysctls);
});
