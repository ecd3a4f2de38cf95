import { expect, test } from 'vitest';
import { examine } from '../../../src/judge/judge.ts';
import { worthFollowing } from '../../../src/judge/traces/worth-following.ts';
import { unanswered } from '../breaks.ts';
import { refused, times } from '../make.ts';
import { run, serviceOnly } from '../world.ts';
import type { Break } from '../world.ts';

function followed(breaks: readonly Break[]): { id: string; kind: string; from: string }[] {
  const recorded = run({ target: serviceOnly(), breaks });
  const { evidence, claimed } = examine(recorded);
  return worthFollowing(evidence, claimed).map((id) => {
    const path = recorded.plan.paths.find((each) => each.id === id);
    return { id, kind: path?.to.kind ?? '', from: path?.from ?? '' };
  });
}
const everything: Break = ({ locality }) => (locality === 'cross-node' ? unanswered() : null);
const port: Break = ({ to, locality }) =>
  to.kind === 'backend' && locality === 'cross-node' && to.node === 'worker-1' ? unanswered() : null;

test('nothing, where everything answers', () => {
  expect(followed([])).toEqual([]);
});

test('however much fails, a few paths, and none that begins on this machine', () => {
  const paths = followed([everything]);
  expect(paths.length).toBeGreaterThan(1);
  expect(paths.length).toBeLessThanOrEqual(4);
  expect(paths.map(({ from }) => from)).not.toContain('local');
});

test('endpoints before what is between probe pods; one path for each node that asks', () => {
  const paths = followed([port]);
  expect(new Set(paths.map(({ kind }) => kind))).toEqual(new Set(['backend']));
  expect(new Set(paths.map(({ from }) => from.split('@')[1])).size).toBe(paths.length);
});

test('what a process refuses comes after what vanishes', () => {
  const mixed: Break = (path, from, to) =>
    path.to.kind === 'dns-server' && path.locality === 'cross-node' ? times(4, refused) : port(path, from, to);
  const kinds = followed([mixed]).map(({ kind }) => kind);
  expect(kinds.indexOf('backend')).toBe(0);
  expect(kinds.lastIndexOf('backend')).toBeLessThan(Math.max(1, kinds.indexOf('dns-server')) || kinds.length);
});
