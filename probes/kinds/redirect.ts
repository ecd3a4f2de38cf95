/** Where a redirect leads, and whether anybody is there. Each agent looks once at each place, and no answer waits for it. */
import { connect, isIP } from 'node:net';
import { late } from '../late.ts';
import type { Endpoint } from '../sockets.ts';
import type { Redirect, RedirectFate } from '../wire.ts';
import type { HttpHead } from './http-answer.ts';

/** Those by which a client asks again elsewhere (RFC 9110, 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
/** Twice what a SYN that is lost once takes (1 s, tcp(7)), and some. Who waits longer finds the place as dead as this does. */
const LONGEST_LOOK_MS = 2500;
/** Pages that send their clients to more places than this send them anywhere. */
const MOST_PLACES = 16;

interface Asked {
  readonly tls: boolean;
  readonly host: string;
  readonly path: string;
}

/** The answer sends the client to the very URL that it asked for, and gives it no cookie by which the next request would differ. */
export function leadsToItself(head: HttpHead, asked: Asked): boolean {
  const step = head.headers.has('set-cookie') ? null : stepOf(head, asked);
  return step !== null && withoutFragment(step.next) === withoutFragment(step.from);
}

/** The place that the answer sends the client to; null: none, the one that was asked, or one that is not asked by HTTP. */
export function placeOf(head: HttpHead, asked: Asked): Omit<Redirect, 'fate'> | null {
  const step = stepOf(head, asked);
  if (step === null || !/^https?:$/.test(step.next.protocol) || step.next.origin === step.from.origin) return null;
  const [tls, port] = [step.next.protocol === 'https:', step.next.port];
  return { tls, host: hostOf(step.next), port: port === '' ? (tls ? HTTPS_PORT : HTTP_PORT) : Number(port) };
}

interface Place {
  readonly host: string;
  readonly port: number;
}

const fates = new Map<string, RedirectFate | null>();

/**
 * What was found at a place; null: not known yet, or not to be known. The first to ask starts the look. A place of the same host is looked for where
 * this host was found, if that was at a port that users take: what stands before another port is not known here.
 */
export function fateOf({ host, port }: Omit<Redirect, 'fate'>, asked: Asked, found: Endpoint): RedirectFate | null {
  const from = urlOf(asked);
  const askedHost = from === null ? '' : hostOf(from);
  const isSameHost = host === askedHost;
  if (!isSameHost && isOwnMachine(host)) return 'own-machine';
  if (isSameHost && found.port !== HTTP_PORT && found.port !== HTTPS_PORT) return null;
  const at = isSameHost ? found.address : host;
  const key = `${at} ${port}`;
  if (!fates.has(key)) {
    if (fates.size >= MOST_PLACES) return null;
    fates.set(key, null);
    void look({ host: at, port }, askedHost).then((fate) => fates.set(key, fate));
  }
  return fates.get(key) ?? null;
}

/** A name that is not found proves something only where the host that was asked is: else this resolver knows neither of them. */
async function look({ host, port }: Place, askedHost: string): Promise<RedirectFate | null> {
  const addresses = await addressesOf(host);
  if (addresses === null) return null;
  if (addresses.length === 0) return ((await addressesOf(askedHost)) ?? []).length > 0 ? 'unresolved' : null;
  const ends = await Promise.all(addresses.map((address) => knock(address, port)));
  if (ends.includes('taken')) return 'taken';
  return ends.includes('silent') ? 'silent' : 'refused';
}

/** Addresses that are the client's own, whoever it is (RFC 6890, RFC 6761 6.3). */
function isOwnMachine(host: string): boolean {
  return (
    /^(?:.+\.)?localhost\.?$/.test(host) ||
    (isIP(host) === 4 && host.startsWith('127.')) ||
    host === '0.0.0.0' ||
    host === '::1'
  );
}

/** None where the name does not exist; null where nobody says so. */
async function addressesOf(host: string): Promise<string[] | null> {
  if (isIP(host) !== 0) return [host];
  try {
    const found = await late('node:dns/promises').lookup(host, { all: true });
    return found.map(({ address }) => address);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTFOUND' ? [] : null;
  }
}

async function knock(host: string, port: number): Promise<'taken' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: LONGEST_LOOK_MS });
    const end = (how: 'taken' | 'refused' | 'silent') => {
      socket.destroy();
      resolve(how);
    };
    socket.once('connect', () => end('taken'));
    socket.once('timeout', () => end('silent'));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED' ? 'refused' : 'silent'));
  });
}

interface Step {
  readonly from: URL;
  readonly next: URL;
}

/** The URL that was asked for and the one that the answer names; null: it names none. */
function stepOf({ status, headers }: HttpHead, asked: Asked): Step | null {
  const [from, location] = [urlOf(asked), headers.get('location')];
  if (!REDIRECTS.has(status) || location === undefined || from === null || !URL.canParse(location, from)) return null;
  return { from, next: new URL(location, from) };
}

function urlOf({ tls, host, path }: Asked): URL | null {
  const url = `${tls ? 'https' : 'http'}://${host}${path}`;
  return URL.canParse(url) ? new URL(url) : null;
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Fragments are the client's own matter. */
function withoutFragment({ href, hash }: URL): string {
  return hash === '' ? href : href.slice(0, -hash.length);
}
