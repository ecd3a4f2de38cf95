import { describe, expect, test } from 'vitest';
import { knownPods } from '../../../src/lab/network/newborns.ts';
import type { PolicyPod } from '../../../src/lab/network/policy-select.ts';

const pod = (uid: string): PolicyPod => ({
  uid,
  namespace: 'a',
  labels: {},
  address: '10.244.1.2',
  node: 'n1',
  ports: [],
});
const AGENT = { learnsAfterMs: 2000, newborn: 'open', matchedAfterMs: 500 } as const;
const at = (ageMs: number, agent: Parameters<typeof knownPods>[1] = AGENT) => {
  const { subjects, peers, nextMs } = knownPods([{ pod: pod('x'), ageMs }], agent);
  return { treatment: subjects[0]?.treatment, isPeer: peers.length === 1, nextMs };
};

describe('a pod', () => {
  test.each([
    { ageMs: 0, treatment: 'open', isPeer: false, nextMs: 500 },
    { ageMs: 499, treatment: 'open', isPeer: false, nextMs: 1 },
    { ageMs: 500, treatment: 'open', isPeer: true, nextMs: 1500 },
    { ageMs: 1999, treatment: 'open', isPeer: true, nextMs: 1 },
    { ageMs: 2000, treatment: 'by-policy', isPeer: true, nextMs: null },
  ])('of $ageMs ms is $treatment', ({ ageMs, ...expected }) => {
    expect(at(ageMs)).toEqual(expected);
  });

  test('is denied by an agent that lets nobody pass before it knows them', () => {
    expect(at(100, { ...AGENT, newborn: 'denied' }).treatment).toBe('denied');
  });

  test('is known at once by an agent that takes no time', () => {
    const expected = { treatment: 'by-policy', isPeer: true, nextMs: null };
    expect(at(0, { learnsAfterMs: 0, newborn: 'denied', matchedAfterMs: 0 })).toEqual(expected);
  });
});

test('the next thing to learn is the one of the pod whose time comes first', () => {
  const pods = [
    { pod: pod('young'), ageMs: 0 },
    { pod: pod('older'), ageMs: 1900 },
    { pod: pod('old'), ageMs: 60_000 },
  ];
  expect(knownPods(pods, AGENT).nextMs).toBe(100);
  expect(knownPods([], AGENT)).toEqual({ subjects: [], peers: [], nextMs: null });
});
