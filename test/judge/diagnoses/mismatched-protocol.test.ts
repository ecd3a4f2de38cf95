import { expect, test } from 'vitest';
import type { Sample } from '../../../probes/wire.ts';
import type { Target } from '../../../src/model/target.ts';
import { controller, sample, times } from '../make.ts';
import { diagnose, findingOf, nginx, serviceOnly, shopCluster, shopTarget } from '../world.ts';
import type { Break } from '../world.ts';

const id = 'mismatched-protocol';
const failed = (phase: 'first-byte' | 'tls', code: string, message: string) => () =>
  times(3, () => sample({ connectMs: 0.4, firstByteMs: 1, outcome: { kind: 'error', phase, code, message } }));
const alert = failed('first-byte', 'ETLSRECORD', 'the answer is a record of TLS, not HTTP');
const notTls = failed('tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number');
const otherTls = failed('tls', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'alert protocol version');
const plain400 = () => times(3, () => sample({ status: 400 }));
const wanted400 = () =>
  times(3, () => sample({ http: { status: 400, bytes: 48, server: null, hash: null, wantsTls: true } }));
const badGateway = () => times(3, () => sample({ status: 502 }));

const behind =
  (samples: () => readonly Sample[]): Break =>
  ({ to }) =>
    to.kind === 'backend' || to.kind === 'service' ? samples() : null;
const atEntries =
  (samples: () => readonly Sample[]): Break =>
  ({ to }) =>
    to.kind === 'entry' ? samples() : null;
const byTls: Partial<Target> = { upstream: 'https' };

test.for<[string, { breaks: Break[]; target?: Target }]>([
  ['everything answers', { breaks: [] }],
  ['entries answer well: the proxies speak as they should', { breaks: [behind(alert)] }],
  ['the application says 400 for reasons of its own', { breaks: [behind(plain400), atEntries(plain400)] }],
  [
    'a TLS server that refuses the version',
    { breaks: [behind(otherTls), atEntries(badGateway)], target: shopTarget(byTls) },
  ],
  ['a Service that was asked for by itself', { breaks: [behind(alert)], target: serviceOnly() }],
])('silent: %s', ([, world]) => {
  expect(findingOf(id, world)).toBeNull();
});

test('healthy: entries answer well, and endpoints take no plain HTTP', () => {
  expect(diagnose({ breaks: [behind(alert)] }).status).toBe('healthy');
});

const pods = nginx.map(({ namespace, name }) => ({ namespace, name }));
const cluster = shopCluster({ controllers: [controller({ pods })] });

test.for<[string, Break[]]>([
  ['an alert, so the ingress says 502', [behind(alert), atEntries(badGateway)]],
  ['a page that says so, which the ingress hands on', [behind(wanted400), atEntries(wanted400)]],
])('speaking: endpoints of TLS answer plain HTTP with %s', ([, breaks]) => {
  const { findings, status } = diagnose({ breaks, cluster });
  expect(status).toBe('faulty');
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({
    diagnosis: id,
    certainty: 'proven',
    object: { kind: 'Ingress', namespace: 'shop', name: 'web' },
    fix: { says: 'kubectl -n shop annotate ingress web nginx.ingress.kubernetes.io/backend-protocol=HTTPS' },
  });
});

test('speaking: endpoints of plain HTTP are asked by TLS', () => {
  const breaks = [behind(notTls), atEntries(badGateway)];
  const { findings } = diagnose({ breaks, target: shopTarget(byTls) });
  expect(findings).toMatchObject([{ diagnosis: id, certainty: 'proven', explains: 1 }]);
  expect(findings[0]?.title).toContain('asked by TLS');
});
