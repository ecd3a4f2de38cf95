/** Certificates, self-signed or of a nameless authority, written in DER by hand because Node can sign but not issue (RFC 5280, section 4.1). */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const ECDSA_WITH_SHA256 = sequence(oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
const COMMON_NAME = oid([0x55, 0x04, 0x03]);
const SUBJECT_ALTERNATIVE_NAME = oid([0x55, 0x1d, 0x11]);
const SIGNED_TIMESTAMPS = oid([0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02]);

export interface CertificateRequest {
  readonly commonName: string;
  /** Wildcards are allowed. */
  readonly dnsNames: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;
  /** Who signs, and keeps the certificate for it to itself; absent: the holder itself. */
  readonly issuer?: string | undefined;
  /** It holds what public authorities put into theirs for browsers: a (here empty) list of signed timestamps (RFC 6962, 3.3). */
  readonly isLogged?: boolean | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A P-256 key and a certificate of one year for these DNS names (wildcards allowed). */
export function selfSigned(commonName: string, dnsNames: readonly string[], now: Date = new Date()): Certificate {
  const [validFrom, validTo] = [daysFrom(now, -1), daysFrom(now, 365)];
  return issued({ commonName, dnsNames, validFrom, validTo });
}

export function daysFrom(now: Date, days: number): Date {
  return new Date(+now + days * DAY_MS);
}

export function issued(request: CertificateRequest): Certificate {
  const { commonName, dnsNames, validFrom, validTo, issuer, isLogged = false } = request;
  const { privateKey, publicKey } = keyPair();
  const names = sequence(...dnsNames.map((dnsName) => der(0x82, Buffer.from(dnsName))));
  const extensions = [
    ...(dnsNames.length === 0 ? [] : [sequence(SUBJECT_ALTERNATIVE_NAME, der(0x04, names))]),
    ...(isLogged ? [sequence(SIGNED_TIMESTAMPS, der(0x04, der(0x04, Buffer.from([0, 0]))))] : []),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    // The first byte keeps the serial number positive and free of leading zeros.
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    nameOf(issuer ?? commonName),
    sequence(time(validFrom), time(validTo)),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  return {
    certificatePem: pem(signed(body, issuer === undefined ? privateKey : keyPair().privateKey)),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function keyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))));
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sequence(body, ECDSA_WITH_SHA256, der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, key)])));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+/u, '').replaceAll(/[-:T]/gu, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

function oid(bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}
