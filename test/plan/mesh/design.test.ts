import { describe, expect, test } from 'vitest';
import { designMesh } from '../../../src/plan/mesh/design.ts';
import type { Member, Mesh } from '../../../src/plan/mesh/design.ts';

/** Nodes in zones of the given sizes; one number: no zones. */
function members(...sizes: readonly number[]): Member[] {
  return sizes.flatMap((size, index) =>
    Array.from({ length: size }, (_, at) => ({
      name: `n${index}-${at}`,
      zone: sizes.length > 1 ? `zone-${index}` : null,
    })),
  );
}

function degrees(count: number, { couples }: Mesh): number[] {
  const result = Array.from({ length: count }, () => 0);
  for (const at of couples.flat()) result[at] = (result[at] ?? 0) + 1;
  return result;
}

test.for([
  [0, 0],
  [1, 0],
  [2, 1],
  [6, 15],
  [50, 1225],
  [71, 2485],
] as const)('of %i nodes, all %i couples', ([count, couples]) => {
  const mesh = designMesh(members(count), null, 'run');
  expect([mesh.kind, mesh.couples.length, mesh.peersPerNode]).toEqual(['full', couples, Math.max(0, count - 1)]);
});

test.for([
  [72, null, 69],
  [100, null, 50],
  [500, null, 10],
  [5000, null, 8],
  [100, 4, 4],
  [100, 5, 5],
  [100, 99, 99],
  [10, 1, 2],
] as const)(
  'of %i nodes with a budget of %s, everyone measures %i others and no one twice',
  ([count, budget, peers]) => {
    const mesh = designMesh(members(count), budget, 'run');
    expect(new Set(degrees(count, mesh))).toEqual(new Set([peers]));
    expect(new Set(mesh.couples.map(([a, b]) => `${a} ${b}`)).size).toBe(mesh.couples.length);
    expect(mesh.couples.every(([a, b]) => a < b && b < count)).toBe(true);
  },
);

test('an odd number of peers over an odd number of nodes is one more', () => {
  expect(new Set(degrees(101, designMesh(members(101), 5, 'run')))).toEqual(new Set([6]));
});

test('the same seed chooses the same node pairs, another one others', () => {
  const choose = (seed: string) => designMesh(members(200), 8, seed).couples;
  expect(choose('a')).toEqual(choose('a'));
  expect(choose('a')).not.toEqual(choose('b'));
});

test.for(['a', 'b', 'c', 'd'])('zones of very different sizes are all joined, seed %s', (seed) => {
  const all = members(2, 2, 3, 300);
  const { couples } = designMesh(all, 2, seed);
  const crossings = Map.groupBy(couples, ([a, b]) => [all[a]?.zone ?? '', all[b]?.zone ?? ''].toSorted().join(' '));
  for (const crossing of ['zone-0 zone-1', 'zone-0 zone-2', 'zone-1 zone-2', 'zone-0 zone-3'])
    expect(crossings.get(crossing)?.length).toBeGreaterThanOrEqual(2);
});

test('a zone for every node does not make it a full mesh again', () => {
  const all = Array.from({ length: 300 }, (_, at) => ({ name: `n${at}`, zone: `zone-${at}` }));
  expect(designMesh(all, 8, 'run').couples).toHaveLength(1200);
});

test('the number of node pairs grows with the nodes, not with their square', () => {
  const couples = (count: number) => designMesh(members(count), null, 'run').couples.length;
  expect([couples(1000), couples(5000)]).toEqual([4000, 20_000]);
});

describe('rounds of one seed', () => {
  const measured = (count: number, peers: number, rounds: number) =>
    Array.from({ length: rounds }, (_, round) => designMesh(members(count), peers, 'run', round).couples).flat();

  test.for([
    [101, 8, 12],
    [200, 8, 24],
    [200, 5, 33],
  ] as const)('%i nodes, %i others, %i rounds: other couples each', ([count, peers, rounds]) => {
    const couples = measured(count, peers, rounds).map((couple) => couple.join(' '));
    expect(new Set(couples).size).toBe(couples.length);
  });

  test('in the end all couples were measured', () => {
    const couples = measured(101, 8, 13).map((couple) => couple.join(' '));
    expect(new Set(couples).size).toBe((101 * 100) / 2);
  });
});
