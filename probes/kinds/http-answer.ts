/** An HTTP/1.1 answer as it comes in (RFC 9112): status, two headers, and where its body ends. Pure; it owns no socket. */

export interface HttpHead {
  readonly status: number;
  /** Names in lower case; of a name that comes twice the first counts. */
  readonly headers: ReadonlyMap<string, string>;
  /** Its length, the empty line included. */
  readonly bytes: number;
}

/** What became of the answer with the bytes taken in so far. */
export type HttpState = 'open' | 'complete' | 'malformed';

/** Longer heads than any server sends; Node's own client stops at 16 KiB, proxies at 8 to 64 KiB. */
const LONGEST_HEAD_BYTES = 64 * 1024;
/** `ffffffff;name=value` and some room. */
const LONGEST_CHUNK_LINE = 4096;
const EMPTY = Buffer.alloc(0);

/** How the rest of the body is delimited (RFC 9112, 6.3). */
type Framing =
  | { readonly kind: 'head' }
  | { readonly kind: 'length'; left: number }
  | { readonly kind: 'chunk-size' | 'trailer' }
  | { readonly kind: 'chunk'; left: number }
  | { readonly kind: 'until-close' };

export class HttpAnswerReader {
  /** The final head: interim ones (100, 103) are passed over. */
  head: HttpHead | null = null;
  state: HttpState = 'open';
  readonly #onBody: (chunk: Buffer) => void;
  #framing: Framing = { kind: 'head' };
  /** Bytes of an unfinished head or line. */
  #held: Buffer = EMPTY;

  /** `onBody` gets the body piece by piece, without what frames it. */
  constructor(onBody: (chunk: Buffer) => void) {
    this.#onBody = onBody;
  }

  take(bytes: Buffer): HttpState {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = EMPTY;
    while (this.state === 'open' && rest.length > 0) {
      const left = this.#step(rest);
      if (left === null) {
        // A copy: what was read into is used again.
        this.#held = Buffer.from(rest);
        break;
      }
      rest = left;
    }
    return this.state;
  }

  /** The other side has closed: only a body without a length is complete by that. */
  close(): HttpState {
    if (this.state === 'open' && this.#framing.kind === 'until-close') this.state = 'complete';
    return this.state;
  }

  /** Takes one piece from the front; null where it needs more bytes for that. */
  #step(bytes: Buffer): Buffer | null {
    const framing = this.#framing;
    switch (framing.kind) {
      case 'head':
        return this.#takeHead(bytes);
      case 'until-close':
        this.#onBody(bytes);
        return EMPTY;
      case 'length':
      case 'chunk':
        return this.#takeCounted(bytes, framing);
      case 'chunk-size':
      case 'trailer':
        return this.#takeLine(bytes, framing.kind);
    }
  }

  #takeHead(bytes: Buffer): Buffer | null {
    const end = endOfHead(bytes);
    if (end === null) {
      if (bytes.length > LONGEST_HEAD_BYTES) this.state = 'malformed';
      return null;
    }
    const head = parseHead(bytes.toString('latin1', 0, end));
    if (head === null) {
      this.state = 'malformed';
      return null;
    }
    const rest = bytes.subarray(end);
    if (head.status < 200 && head.status !== 101) return rest;
    this.head = head;
    this.#frame(head);
    return rest;
  }

  #frame({ status, headers }: HttpHead): void {
    const length = headers.get('content-length');
    if (status < 200 || status === 204 || status === 304) this.state = 'complete';
    else if (/(^|,)\s*chunked\s*$/i.test(headers.get('transfer-encoding') ?? ''))
      this.#framing = { kind: 'chunk-size' };
    else if (length === undefined || headers.has('transfer-encoding')) this.#framing = { kind: 'until-close' };
    else if (!/^\d{1,15}$/.test(length)) this.state = 'malformed';
    else if (Number(length) === 0) this.state = 'complete';
    else this.#framing = { kind: 'length', left: Number(length) };
  }

  #takeCounted(bytes: Buffer, framing: { kind: 'length' | 'chunk'; left: number }): Buffer {
    const piece = bytes.subarray(0, framing.left);
    this.#onBody(piece);
    framing.left -= piece.length;
    if (framing.left === 0 && framing.kind === 'length') this.state = 'complete';
    else if (framing.left === 0) this.#framing = { kind: 'chunk-size' };
    return bytes.subarray(piece.length);
  }

  /** A chunk's size, the empty line that ends the chunk before, or a line of the trailer. */
  #takeLine(bytes: Buffer, kind: 'chunk-size' | 'trailer'): Buffer | null {
    const end = bytes.indexOf('\n');
    if (end < 0) {
      if (bytes.length > LONGEST_CHUNK_LINE) this.state = 'malformed';
      return null;
    }
    const line = bytes.toString('latin1', 0, end).replace(/\r$/, '');
    const rest = bytes.subarray(end + 1);
    if (kind === 'trailer') {
      if (line === '') this.state = 'complete';
      return rest;
    }
    if (line === '') return rest;
    const size = /^([0-9a-f]{1,12})\s*(;|$)/i.exec(line)?.[1];
    if (size === undefined) this.state = 'malformed';
    else if (/^0+$/.test(size)) this.#framing = { kind: 'trailer' };
    else this.#framing = { kind: 'chunk', left: Number.parseInt(size, 16) };
    return rest;
  }
}

/** Just past the empty line; null where it has not come yet. A bare line feed counts as a line's end (RFC 9112, 2.2). */
function endOfHead(bytes: Buffer): number | null {
  const strict = bytes.indexOf('\r\n\r\n');
  const bare = bytes.indexOf('\n\n');
  if (strict < 0 && bare < 0) return null;
  return bare < 0 || (strict >= 0 && strict < bare) ? strict + 4 : bare + 2;
}

function parseHead(text: string): HttpHead | null {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers, bytes: text.length };
}
