/** What the far end of a TLS connection presented, in the terms in which its clients would refuse it. */
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { late } from '../late.ts';
import type { Certificate } from '../wire.ts';

const MOST_NAMES = 8;
const LONGEST_NAME = 253;
const FINGERPRINT_DIGITS = 32;
const HOUR_MS = 3_600_000;
/**
 * The list of signed certificate timestamps (RFC 6962, 3.3): 1.3.6.1.4.1.11129.2.4.2 in DER. Public authorities put it into what they issue, for
 * browsers ask for it, and private ones do not.
 */
const TIMESTAMPS = Buffer.from('060a2b06010401d679020402', 'hex');

/** `host`: the name that was asked for; null: none was. null where the far end showed no certificate. */
export function certificateOf(socket: TLSSocket, host: string | null): Certificate | null {
  const shown = socket.getPeerCertificate(true);
  // Without a certificate Node gives an object without fields; of a socket that is gone, null.
  if (typeof shown?.fingerprint256 !== 'string') return null;
  const [begin, end] = [Date.parse(shown.valid_from), Date.parse(shown.valid_to)];
  if (Number.isNaN(begin) || Number.isNaN(end)) return null;
  const names = namesOf(shown.subjectaltname ?? '');
  const issuer = shown.issuerCertificate as DetailedPeerCertificate | undefined;
  const isSelfSigned = issuer?.fingerprint256 === shown.fingerprint256;
  return {
    fingerprint: shown.fingerprint256.replaceAll(':', '').slice(0, FINGERPRINT_DIGITS).toLowerCase(),
    validity: validityAt(Date.now(), begin, end),
    notBefore: toTheHour(begin),
    notAfter: toTheHour(end),
    subject: commonName(shown.subject),
    issuer: commonName(shown.issuer),
    names: names.slice(0, MOST_NAMES),
    moreNames: Math.max(0, names.length - MOST_NAMES),
    isForHost: host === null ? null : isFor(host, shown),
    isSelfSigned,
    code: codeOf(socket),
    isIncomplete: issuer === undefined && shown.raw.includes(TIMESTAMPS),
  };
}

function validityAt(now: number, begin: number, end: number): Certificate['validity'] {
  if (now > end) return 'expired';
  return now < begin ? 'not-yet-valid' : 'valid';
}

function toTheHour(instant: number): number {
  return Math.floor(instant / HOUR_MS) * HOUR_MS;
}

/** A name in the common name alone is none to browsers, Go and Rust, and none by the standard (RFC 9525, 2): Node would take it. */
function isFor(host: string, shown: DetailedPeerCertificate): boolean | null {
  const alternatives = shown.subjectaltname ?? '';
  if (namesOf(alternatives).length === 0) return alternatives.includes('URI:') ? null : false;
  return late('node:tls').checkServerIdentity(host, shown) === undefined;
}

/** `DNS:a.example, IP Address:10.0.0.1`, as Node writes them. */
function namesOf(alternatives: string): string[] {
  return alternatives
    .split(', ')
    .flatMap((each) => /^(?:DNS|IP Address):(.+)$/.exec(each)?.[1]?.slice(0, LONGEST_NAME) ?? []);
}

/** A name that is there several times comes as a list. */
function commonName(name: DetailedPeerCertificate['subject'] | undefined): string | null {
  const told: unknown = name?.CN;
  const [first]: unknown[] = Array.isArray(told) ? told : [told];
  return typeof first === 'string' ? first.slice(0, LONGEST_NAME) : null;
}

/** Node gives the code where its types promise an error. */
function codeOf({ authorizationError: error }: TLSSocket): string | null {
  const told: unknown = error;
  if (typeof told === 'string') return told.slice(0, 64);
  return told instanceof Error && 'code' in told && typeof told.code === 'string' ? told.code.slice(0, 64) : null;
}
