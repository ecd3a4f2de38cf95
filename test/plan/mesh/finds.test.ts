import { expect, test } from 'vitest';
import { designMesh } from '../../../src/plan/mesh/design.ts';
import { describeDesign } from '../../../src/plan/mesh/finds.ts';

function zoned(...sizes: readonly number[]) {
  return sizes.flatMap((size, index) =>
    Array.from({ length: size }, (_, at) => ({ name: `n${index}-${at}`, zone: `zone-${index}` })),
  );
}
const plain = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `n${at}`, zone: null }));

test.for([
  ['one node', plain(1), { pair: 0, node: 0, zoneCrossing: null }],
  ['two nodes: a node pair and a node look the same', plain(2), { pair: 0, node: 0, zoneCrossing: null }],
  ['three nodes', plain(3), { pair: 1, node: 1, zoneCrossing: null }],
  ['two zones of three', zoned(3, 3), { pair: 1, node: 1, zoneCrossing: 1 }],
  ['three zones of one node: a crossing is a node pair', zoned(1, 1, 1), { pair: 1, node: 1, zoneCrossing: 1 }],
  ['a zone of one node: the crossing is that node', zoned(1, 4), { pair: 1, node: 1, zoneCrossing: 1 }],
] as const)('%s', ([, members, finds]) => {
  expect(describeDesign(members, designMesh(members, null, 'run')).finds).toEqual(finds);
});

test('a partial mesh finds a node pair as often as it measures it, and a node for sure', () => {
  const design = describeDesign(plain(500), designMesh(plain(500), null, 'run'));
  expect(design.finds).toEqual({ pair: 10 / 499, node: 1, zoneCrossing: null });
  expect(design.says).toBe(
    '5000 of 249500 node pairs: each of 500 nodes measures 10 others and is measured by them; it would name one cut node pair with 2 % and one node that is cut off with 100 %',
  );
});

test('after some rounds a node pair was found so many times as often', () => {
  const nodes = plain(500);
  const [first, second, third] = [0, 1, 2].map((round) => designMesh(nodes, null, 'run', round));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three rounds');
  const design = describeDesign(nodes, third, [first, second]);
  expect(design).toMatchObject({ round: 3, finds: { pair: 30 / 499, node: 1, zoneCrossing: null } });
  expect(design.says).toBe(
    '5000 of 249500 node pairs: each of 500 nodes measures 10 others and is measured by them; after 3 rounds, each with other node pairs, a fault that lasts would have been named: one cut node pair with 6 % and one node that is cut off with 100 %',
  );
});
