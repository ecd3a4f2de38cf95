import { describe, expect, test } from 'vitest';
import type { Certificate, Sample } from '../../../probes/wire.ts';
import type { Target } from '../../../src/model/target.ts';
import { entry, route, sample, times } from '../make.ts';
import { diagnose, findingOf, serviceOnly, shopCluster, shopTarget } from '../world.ts';
import type { Break, World } from '../world.ts';

const id = 'bad-certificate';
/** When recordings of these tests begin. */
const NOW = Date.parse('2026-01-01T03:00:00.000Z');
const DAY_MS = 86_400_000;

function certificate(over: Partial<Certificate> = {}): Certificate {
  return {
    fingerprint: 'aa',
    validity: 'valid',
    notBefore: NOW - 30 * DAY_MS,
    notAfter: NOW + 60 * DAY_MS,
    subject: 'shop.example.com',
    issuer: 'R11',
    names: ['shop.example.com'],
    moreNames: 0,
    isForHost: true,
    isSelfSigned: false,
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    isIncomplete: false,
    ...over,
  };
}

const good = certificate();
const expired = certificate({
  fingerprint: 'bb',
  validity: 'expired',
  notAfter: NOW - 3 * DAY_MS,
  code: 'CERT_HAS_EXPIRED',
});
const fake = certificate({
  fingerprint: 'cc',
  subject: 'Kubernetes Ingress Controller Fake Certificate',
  issuer: 'Kubernetes Ingress Controller Fake Certificate',
  names: ['ingress.local'],
  isForHost: false,
  isSelfSigned: true,
  code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
});
const ownAuthority = certificate({ issuer: 'Shop Internal CA', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
const leafOnly = certificate({ fingerprint: 'dd', isIncomplete: true });

const presented = (presents: Certificate, over: Partial<Sample> = {}) =>
  times(3, () =>
    sample({ connectMs: 0.4, tlsMs: 1, firstByteMs: 1, status: 200, at: NOW + 2000, certificate: presents, ...over }),
  );

/** What every TLS path to such an end is shown; `at`: only where the address is this one. */
const shows =
  (kind: 'entry' | 'backend' | 'service' | 'any', presents: Certificate, at?: string): Break =>
  ({ to, probe }) => {
    if (probe.kind !== 'http' || !probe.tls || (kind !== 'any' && to.kind !== kind)) return null;
    return at !== undefined && 'address' in to && to.address !== at ? null : presented(presents);
  };

const secured = (over: Partial<Target> = {}) =>
  shopTarget({ scheme: 'https', entries: shopTarget().entries.map((each) => ({ ...each, port: 443 })), ...over });
const byUrl: Partial<Target> = { scheme: 'https', host: 'web.shop.svc', isHostWritten: true };

test.for<[string, World]>([
  ['a good certificate', { target: secured(), breaks: [shows('any', good)] }],
  ['there is no TLS', {}],
  ['an authority that only the house knows', { target: secured(), breaks: [shows('any', ownAuthority)] }],
  [
    'signed by itself, and for this host',
    {
      target: secured(),
      breaks: [shows('any', certificate({ isSelfSigned: true, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }))],
    },
  ],
  [
    'pods behind a proxy that speaks TLS to them, which it does not verify',
    { target: secured({ upstream: 'https' }), breaks: [shows('entry', good), shows('any', fake)] },
  ],
  [
    'a load balancer that ends TLS itself, before proxies with their default certificate',
    {
      target: secured({
        entries: [...secured().entries, entry('lb', { address: '203.0.113.7', port: 443, node: null })],
      }),
      breaks: [shows('entry', good, '203.0.113.7'), shows('entry', fake)],
    },
  ],
  [
    'a clock that is wrong by days',
    {
      target: secured(),
      breaks: [({ to }) => (to.kind === 'entry' ? presented(expired, { at: NOW - 9 * DAY_MS }) : null)],
    },
  ],
  [
    'a Service, asked by a name that kprobe chose',
    { target: serviceOnly({ scheme: 'https' }), breaks: [shows('any', certificate({ isForHost: false }))] },
  ],
  [
    'a Service whose clients must have been told to accept it',
    { target: serviceOnly(byUrl), breaks: [shows('any', fake)] },
  ],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
  expect(diagnose(world).status).toBe('healthy');
});

test('said, and no fault: it is signed by itself', () => {
  const own = certificate({ isSelfSigned: true, issuer: 'shop.example.com', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const { status, notMeasured } = diagnose({ target: secured(), breaks: [shows('any', own)] });
  expect(status).toBe('healthy');
  expect(notMeasured.map(({ what }) => what)).toContain('whether clients trust the certificate of shop.example.com');
});

describe('speaking: at the ingress', () => {
  test.for([
    ['expired', expired, 'expired on 2025-12-29'],
    [
      'not valid yet',
      certificate({ validity: 'not-yet-valid', notBefore: NOW + 2 * DAY_MS }),
      'is not valid before 2026-01-03',
    ],
    ['for another host', fake, 'is not for shop.example.com but for ingress.local'],
    ['for no host', certificate({ names: [], isForHost: false }), 'is not for shop.example.com but for no host at all'],
    ['without its issuer', leafOnly, 'comes without that of its issuer R11'],
  ] as const)('%s', ([, presents, says]) => {
    const verdict = diagnose({ target: secured(), breaks: [shows('entry', presents)] });
    expect(verdict.status).toBe('faulty');
    expect(verdict.findings).toMatchObject([
      { diagnosis: id, certainty: 'proven', object: { kind: 'Ingress', namespace: 'shop', name: 'web' } },
    ]);
    expect(verdict.findings[0]?.title).toContain(says);
  });

  test('one proxy goes on with the old one: its pod, and what the others present', () => {
    const [, second] = secured().entries;
    const breaks = [shows('entry', expired, second?.address), shows('entry', good)];
    const [finding] = diagnose({ target: secured(), breaks }).findings;
    expect(finding).toMatchObject({
      diagnosis: id,
      certainty: 'proven',
      object: { kind: 'Pod', name: second?.pod?.name },
    });
    expect(finding?.title).toContain('worker-2) presents');
    expect(finding?.evidence.map(({ label }) => label)).toContain('Others');
    expect(finding?.fix?.says).toContain(`delete pod ${second?.pod?.name}:`);
  });

  test('the Secret that the Ingress names, which nobody may read', () => {
    const cluster = shopCluster({ routes: [route({ tls: true, tlsSecret: { namespace: 'shop', name: 'web-tls' } })] });
    const says = findingOf(id, { cluster, target: secured(), breaks: [shows('entry', fake)] })?.fix?.says;
    expect(says).toContain(
      'names Secret shop/web-tls: that is missing, not of type kubernetes.io/tls, or for other hosts',
    );
    expect(says).toContain('kubectl -n shop get secret web-tls');
  });

  test('an Ingress that names none', () => {
    const says = findingOf(id, { target: secured(), breaks: [shows('entry', fake)] })?.fix?.says;
    expect(says).toContain('Ingress shop/web names no Secret for shop.example.com');
  });

  test('beside another fault, which it neither hides nor is hidden by', () => {
    const dead: Break = ({ to }) =>
      to.kind === 'entry' ? times(3, () => sample({ ...presented(expired)[0], status: 503 })) : null;
    expect(diagnose({ target: secured(), breaks: [dead] }).findings.map(({ diagnosis }) => diagnosis)).toContain(id);
  });
});

describe('speaking: without an ingress', () => {
  test('of an authority, expired: no client that verifies takes it', () => {
    const world = { target: serviceOnly({ scheme: 'https' }), breaks: [shows('any', expired)] };
    expect(findingOf(id, world)).toMatchObject({ certainty: 'proven' });
  });

  test('signed by itself and expired: who verifies nothing does not mind', () => {
    const own = certificate({ ...expired, isSelfSigned: true });
    const world = { target: serviceOnly({ scheme: 'https' }), breaks: [shows('any', own)] };
    expect(findingOf(id, world)).toMatchObject({ certainty: 'likely' });
  });

  test('of an authority, for other hosts than the URL has', () => {
    const world = {
      target: serviceOnly(byUrl),
      breaks: [shows('any', certificate({ isForHost: false, names: ['other.svc'] }))],
    };
    expect(findingOf(id, world)?.title).toContain('is not for web.shop.svc but for other.svc');
  });
});
