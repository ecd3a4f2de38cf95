import { expect, test } from 'vitest';
import { dnsAnswer, sample, silent, times } from '../make.ts';
import { diagnose, findingOf } from '../world.ts';
import type { Break } from '../world.ts';
import { dnsTimeout } from '../breaks.ts';

const id = 'unanswered-aaaa';
const unanswered: Break = (path) =>
  path.probe.kind === 'dns' && path.probe.type !== 'A'
    ? times(3, () => silent({ phase: 'dns', waitedMs: 16_700 }))
    : null;
const slowLookups: Break = (path) =>
  path.probe.kind === 'resolver' ? times(1, () => sample({ dnsMs: 15_010 })) : null;
const empty: Break = (path) =>
  path.probe.kind === 'dns' && path.probe.type === 'AAAA' ? times(3, () => dnsAnswer({ answers: [] })) : null;

test.for<[string, Break[]]>([
  ['both are answered', []],
  ['AAAA is answered with nothing', [empty]],
  ['nothing is answered at all', [(path) => (path.probe.kind === 'dns' ? dnsTimeout() : null)]],
])('silent: %s', ([, breaks]) => {
  expect(findingOf(id, { breaks })).toBeNull();
});

test('speaking: A is answered, AAAA never, and names take 15 s', () => {
  const verdict = diagnose({ breaks: [unanswered, slowLookups] });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Service', name: 'kube-dns' },
    timer: { name: 'resolver timeout', ms: 5000 },
  });
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('DNS');
});
