/** A string, cut into what may be replaced: addresses and words; what stands between them stays. Pure. */
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

export type Piece =
  /** `prefix`: of a CIDR, else null. */
  | { readonly kind: 'address'; readonly address: Address; readonly prefix: number | null; readonly form: Form }
  | { readonly kind: 'word'; readonly word: Word }
  | { readonly kind: 'other'; readonly text: string };

/** `dashed`: as host names hold it, ip-10-0-1-12; `mapped`: IPv4 in IPv6, ::ffff:10.0.1.12. */
type Form = 'plain' | 'dashed' | 'mapped';

/** A word is replaced by its key; spelling and number come back after it. */
export interface Word {
  readonly key: string;
  readonly spelling: 'lower' | 'upper' | 'capital';
  /** `web2` is `web` and 2: which of several it is tells nothing, and the judge tells v1 from v2. */
  readonly digits: string;
}

const V6 = String.raw`(?<![\p{L}\p{N}:.])(?:[0-9a-fA-F]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4})(?:\/\d{1,3})?(?![\p{L}\p{N}:])`;
const V4 = String.raw`(?<![\p{L}\p{N}]|\d\.)\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?![\p{L}\p{N}]|\.\d)`;
const DASHED = String.raw`(?<![\p{L}\p{N}]|\d-)\d{1,3}(?:-\d{1,3}){3}(?![\p{L}\p{N}]|-\d)`;
const PIECE = new RegExp(`(?<v6>${V6})|(?<v4>${V4})|(?<dashed>${DASHED})|(?<word>[\\p{L}\\p{N}]+)`, 'gu');

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    if (match.index > end) pieces.push({ kind: 'other', text: text.slice(end, match.index) });
    pieces.push(...pieceOf(match[0], match.groups ?? {}));
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: 'other', text: text.slice(end) });
  return pieces;
}

function pieceOf(text: string, { v6, v4, dashed, word }: Readonly<Record<string, string | undefined>>): Piece[] {
  if (word !== undefined) return [{ kind: 'word', word: wordOf(word) }];
  const found = addressOf(v6 ?? v4 ?? dashed?.replaceAll('-', '.') ?? '');
  if (found !== null)
    return [{ kind: 'address', ...found, ...(dashed === undefined ? {} : { form: 'dashed' as const }) }];
  // No address after all, 12:31:10 or 300.1.2.3: its parts are words.
  return text
    .split(/([\p{L}\p{N}]+)/u)
    .filter((part) => part !== '')
    .map((part) =>
      /^[\p{L}\p{N}]/u.test(part) ? { kind: 'word', word: wordOf(part) } : { kind: 'other', text: part },
    );
}

function addressOf(text: string): { address: Address; prefix: number | null; form: Form } | null {
  const [bare = '', bits] = text.split('/');
  if (!ipaddr.isValid(bare) || (!bare.includes(':') && /(?:^|\.)0\d/.test(bare))) return null;
  const parsed = ipaddr.parse(bare);
  const address = ipaddr.process(bare);
  const form = parsed.kind() === address.kind() ? 'plain' : 'mapped';
  const prefix = bits === undefined ? null : Number(bits);
  if (prefix !== null && (form === 'mapped' || prefix > (address.kind() === 'ipv4' ? 32 : 128))) return null;
  return { address, prefix, form };
}

export function wordOf(text: string): Word {
  const [, stem = text, digits = ''] = /^(\p{L}{2,})(\d{1,3})$/u.exec(text) ?? [];
  const lower = stem.toLowerCase();
  if (stem === lower) return { key: lower, spelling: 'lower', digits };
  // One letter is both; whatever does not come back from lower case is a word of its own.
  if (stem === capital(lower)) return { key: lower, spelling: 'capital', digits };
  if (stem === lower.toUpperCase()) return { key: lower, spelling: 'upper', digits };
  return { key: stem, spelling: 'lower', digits };
}

export function spelled({ key, spelling, digits }: Word): string {
  if (spelling === 'lower') return `${key}${digits}`;
  return `${spelling === 'upper' ? key.toUpperCase() : capital(key)}${digits}`;
}

export function writtenAs(address: Address, prefix: number | null, form: Form): string {
  const bits = prefix === null ? '' : `/${prefix}`;
  const text = address.toString();
  if (form === 'dashed') return text.replaceAll('.', '-');
  return form === 'mapped' ? `::ffff:${text}` : `${text}${bits}`;
}

function capital(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
