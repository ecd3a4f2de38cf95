import { describe, expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import { backend, dnsAnswer, serviceTarget, times } from '../make.ts';
import { diagnose, dns, findingOf, isPod, serviceOnly, web } from '../world.ts';
import type { Break, World } from '../world.ts';
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

describe('addresses', () => {
  const NAME = 'web.shop.svc.cluster.local';
  const addresses = web.flatMap((each) => each.addresses);
  const headless = (answersOf: (path: Parameters<Break>[0]) => readonly string[]): World => ({
    target: serviceOnly({ service: serviceTarget({ clusterIp: null, backends: web.map(backend) }) }),
    breaks: [
      (path) =>
        path.probe.kind === 'dns' && path.probe.name === NAME
          ? times(2, () => dnsAnswer({ answers: answersOf(path) }))
          : null,
    ],
  });
  const GONE = '10.244.1.77';

  test.for<[string, World]>([
    ['of a headless Service, all', headless(() => addresses)],
    ['in another order', headless((path) => (isPod(first, path) ? addresses : addresses.toReversed()))],
    ['none is ready, and none is given', headless(() => [])],
    ['of the Service', {}],
  ])('silent: %s', ([, world]) => {
    expect(findingOf(id, world)).toBeNull();
  });

  test.for<[string, readonly string[]]>([
    ['one that is gone', [...addresses, GONE]],
    ['not the newest', addresses.slice(0, 1)],
  ])('speaking: one replica gives %s', ([, stale]) => {
    const verdict = diagnose(headless((path) => (isPod(first, path) ? stale : addresses)));
    expect(verdict.findings[0]).toMatchObject({
      diagnosis: id,
      certainty: 'proven',
      object: { kind: 'Pod', name: 'coredns-1' },
    });
  });

  test('speaking: one replica gives the ClusterIP that the Service had before', () => {
    const old: Break = (path) =>
      isPod(first, path) && path.probe.kind === 'dns' && path.probe.name === NAME
        ? times(2, () => dnsAnswer({ answers: ['10.96.0.99'] }))
        : null;
    expect(findingOf(id, { breaks: [old] })).toMatchObject({ certainty: 'proven', object: { name: 'coredns-1' } });
  });

  test('all give what is not the ClusterIP: likely, and none of them is the odd one', () => {
    const old: Break = ({ probe }) =>
      probe.kind === 'dns' && probe.name === NAME ? times(2, () => dnsAnswer({ answers: ['10.96.0.99'] })) : null;
    const { status, findings } = diagnose({ breaks: [old] });
    expect(status).toBe('faulty');
    expect(findings.map(({ certainty }) => certainty)).toEqual(['likely', 'likely']);
    expect(findings[0]?.fix?.says).toContain('All servers say so');
  });

  test('all give one that is gone: possible, for pods come and go; never healthy', () => {
    const verdict = diagnose(headless(() => [GONE]));
    expect(verdict.status).toBe('inconclusive');
    expect(verdict.findings.every(({ certainty }) => certainty === 'possible')).toBe(true);
  });
});
