import { expect, test } from 'vitest';
import { sample, silent, times } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break } from '../world.ts';
import { overlayBetween } from '../breaks.ts';

const id = 'mtu-black-hole';
const large =
  (isHit: (from: string | null, to: string | null) => boolean): Break =>
  (path, from, to) =>
    path.probe.kind === 'tcp' && path.probe.bytes > 0 && isHit(from.node, to?.node ?? null)
      ? times(3, () =>
          sample({
            connectMs: 0.4,
            firstByteMs: 16_700,
            outcome: { kind: 'silent', phase: 'first-byte', waitedMs: 16_700, code: null },
          }),
        )
      : null;

test.for<[string, Break[]]>([
  ['large answers come as small ones do', []],
  ['nothing crosses the nodes, large or small', [overlayBetween(null, null)]],
  [
    'large connects are not even made',
    [(path) => (path.probe.kind === 'tcp' && path.probe.bytes > 0 ? times(3, silent) : null)],
  ],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('speaking: every large answer across nodes hangs, and the page of the user is small', () => {
  const verdict = diagnose({ breaks: [large((from, to) => from !== to)] });
  expect(verdict.status).toBe('faulty');
  expect(verdict.findings).toHaveLength(1);
  expect(verdict.findings[0]).toMatchObject({ diagnosis: id, certainty: 'proven', where: null });
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('MTU');
});

test('speaking: the page of the user is large, and hangs where it crosses nodes', () => {
  const page: Break = (path, from) => {
    const isAcross = path.to.kind === 'backend' && from.node !== path.to.node;
    const stuck = { kind: 'silent', phase: 'body', waitedMs: 16_700, code: null } as const;
    return isAcross || path.to.kind === 'entry'
      ? times(3, () => sample({ connectMs: 0.4, firstByteMs: 2, status: 200, outcome: stuck }))
      : null;
  };
  const verdict = diagnose({ breaks: [large((from, to) => from !== to), page] });
  expect(verdict.findings.map(({ diagnosis, explains }) => [diagnosis, explains])).toEqual([[id, 1]]);
});

test('speaking: of one pair of nodes', () => {
  const one = large((from, to) => from === 'worker-1' && to === 'worker-3');
  expect(findingOf(id, { breaks: [one] })).toMatchObject({ where: { from: 'worker-1', to: 'worker-3' } });
});
