import { expect, test } from 'vitest';
import type { Target } from '../../../src/model/target.ts';
import { silent, target, times } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'vanished-cluster-ip';
const direct = [{ address: '10.96.41.40', port: 80, ready: true, node: null, pod: null, slice: null }];
const address = (over: Partial<Target> = {}): Target =>
  target({
    input: '10.96.41.40:80',
    kind: 'address',
    route: null,
    className: null,
    entries: [],
    service: null,
    direct,
    ...over,
  });
const dead: Break = (path) => ('address' in path.to && path.to.address === '10.96.41.40' ? times(4, silent) : null);

test('silent: the address is none of the range of Services', () => {
  expect(findingOf(id, { target: address(), breaks: [dead] })).toBeNull();
});

test('silent: somebody answers there', () => {
  expect(findingOf(id, { target: address({ unownedClusterIp: true }) })).toBeNull();
});

test('speaking: in the range of Services, nobody has it, nobody answers', () => {
  const verdict = diagnose({ target: address({ unownedClusterIp: true }), breaks: [dead] });
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', explains: 1 });
});
