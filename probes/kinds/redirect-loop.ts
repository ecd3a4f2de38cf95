/** Redirects that lead to where they were met. Pure. */
import type { HttpHead } from './http-answer.ts';

/** Those by which a client asks again elsewhere (RFC 9110, 15.4). */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

interface Asked {
  readonly tls: boolean;
  readonly host: string;
  readonly path: string;
}

/** The answer sends the client to the very URL that it asked for, and gives it no cookie by which the next request would differ. */
export function leadsToItself({ status, headers }: HttpHead, { tls, host, path }: Asked): boolean {
  const location = headers.get('location');
  if (!REDIRECTS.has(status) || location === undefined || headers.has('set-cookie')) return false;
  const asked = parse(`${tls ? 'https' : 'http'}://${host}${path}`);
  const next = asked === null ? null : parse(location, asked);
  return asked !== null && next !== null && withoutFragment(next) === withoutFragment(asked);
}

function parse(url: string, base?: URL): URL | null {
  return URL.canParse(url, base) ? new URL(url, base) : null;
}

/** Fragments are the client's own matter. */
function withoutFragment({ href, hash }: URL): string {
  return hash === '' ? href : href.slice(0, -hash.length);
}
