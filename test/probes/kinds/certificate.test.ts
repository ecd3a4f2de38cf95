/** What an agent tells of certificates, against TLS servers that present each of them. */
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { runAgent } from '../../../probes/agent.ts';
import { parseMessage } from '../../../probes/parse.ts';
import { peersFile } from '../../../probes/peers.ts';
import type { Sample } from '../../../probes/wire.ts';
import { daysFrom, issued, type CertificateRequest } from '../../../src/lab/network/certificate.ts';

const NOW = new Date();
const HOST = 'shop.example.com';

const open: Disposable[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each[Symbol.dispose]();
});

const request = (over: Partial<CertificateRequest> = {}): CertificateRequest => ({
  commonName: HOST,
  dnsNames: [HOST],
  validFrom: daysFrom(NOW, -1),
  validTo: daysFrom(NOW, 89),
  ...over,
});

/** What one attempt tells of who presents these, the holder's own first. */
async function told(chain: readonly CertificateRequest[], host = HOST): Promise<Sample['certificate']> {
  const [first, ...more] = chain.map(issued);
  const certificate = [first, ...more].map((each) => each?.certificatePem ?? '').join('');
  const server = createServer({ cert: certificate, key: first?.keyPem ?? '' }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ [Symbol.dispose]: () => void server.close() });
  const to = { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const samples: Sample[] = [];
  const out = new PassThrough();
  out.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      const parsed = parseMessage(line);
      if (!parsed.ok) throw new Error(parsed.problem);
      if (parsed.value.type === 'sample') samples.push(parsed.value);
    }
  });
  const probe = { kind: 'http', to, tls: true, host, path: '/' } as const;
  const schedules = [{ path: 'p', probe, startMs: 0, everyMs: 1000, count: 1, limitMs: 20_000 }];
  await runAgent({
    assignment: { version: 2, run: 'r', agent: 'a', answers: { tcp: [], udp: [] }, schedules, deadlineMs: 30_000 },
    peers: peersFile('/none'),
    out,
    signal: new AbortController().signal,
  });
  expect(samples).toMatchObject([{ outcome: { kind: 'answered' }, http: { status: 200 } }]);
  return samples[0]?.certificate;
}

test('a good one, with its dates to the hour', async () => {
  const own = await told([request()]);
  expect(own).toMatchObject({
    validity: 'valid',
    subject: HOST,
    issuer: HOST,
    names: [HOST],
    moreNames: 0,
    isForHost: true,
    isSelfSigned: true,
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    isIncomplete: false,
  });
  expect(own?.fingerprint).toMatch(/^[\da-f]{32}$/u);
  expect([own?.notBefore, own?.notAfter].map((each) => (each ?? 1) % 3_600_000)).toEqual([0, 0]);
});

describe('validity, by the clock of this side', () => {
  test('over since a minute', async () => {
    const own = await told([request({ validTo: new Date(+NOW - 60_000) })]);
    expect(own).toMatchObject({ validity: 'expired', code: 'CERT_HAS_EXPIRED' });
  });

  test('not begun', async () => {
    const own = await told([request({ validFrom: new Date(+NOW + 600_000) })]);
    expect(own).toMatchObject({ validity: 'not-yet-valid', code: 'CERT_NOT_YET_VALID' });
  });
});

describe('the host that was asked for', () => {
  test.for<[string, Partial<CertificateRequest>, string, boolean | null]>([
    ['a wildcard', { dnsNames: ['*.example.com'] }, HOST, true],
    ['with a port', {}, `${HOST}:8443`, true],
    ['another', { commonName: 'other', dnsNames: ['ingress.local'] }, HOST, false],
    ['in the common name alone', { dnsNames: [] }, HOST, false],
    ['none, by address', {}, '127.0.0.1', null],
  ])('%s', async ([, over, host, isForHost]) => {
    expect(await told([request(over)], host)).toMatchObject({ isForHost });
  });

  test('of many names the first few are told', async () => {
    const dnsNames = Array.from({ length: 100 }, (_, index) => `a${index}.example.com`);
    const own = await told([request({ dnsNames })], 'a99.example.com');
    expect(own).toMatchObject({ moreNames: 92, isForHost: true });
    expect(own?.names).toHaveLength(8);
  });
});

describe('the chain', () => {
  const issuer = 'Issuing Authority 7';
  const above = request({ commonName: issuer, dnsNames: [], issuer: 'Root' });

  test.for<[string, readonly CertificateRequest[], boolean]>([
    ['of a public authority, without its issuer', [request({ issuer, isLogged: true })], true],
    ['of a public authority, with it', [request({ issuer, isLogged: true }), above], false],
    ['of a house’s own, which a root may have issued', [request({ issuer })], false],
  ])('%s', async ([, chain, isIncomplete]) => {
    expect(await told(chain)).toMatchObject({ isIncomplete, isSelfSigned: false, issuer });
  });
});
