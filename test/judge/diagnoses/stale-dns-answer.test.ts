import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { dnsAnswer, times } from '../make.ts';
import { diagnose, dns, findingOf } from '../world.ts';
import { pod } from '../breaks.ts';

const id = 'stale-dns-answer';
const [first, second] = dns;
if (first === undefined || second === undefined) throw new Error('the shop has two DNS servers');
const unknown = (): Sample[] => times(3, () => dnsAnswer({ rcode: 'NXDOMAIN', answers: [] }));

test('silent: both know the name', () => {
  expect(findingOf(id)).toBeNull();
});

test('silent: nobody knows the name: another cluster domain', () => {
  expect(findingOf(id, { breaks: [(path) => (path.probe.kind === 'dns' ? unknown() : null)] })).toBeNull();
});

test('speaking: one replica of two denies what its sibling knows', () => {
  const verdict = diagnose({ breaks: [pod(first, unknown)] });
  expect(verdict.findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Pod', name: 'coredns-1' },
  });
  expect(verdict.ruledOut.map(({ suspect }) => suspect)).not.toContain('DNS');
});
