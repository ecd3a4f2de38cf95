/**
 * Traefik's matchers (doc.traefik.io, "Routers", Rule): calls joined by `&&`, `||` and `!`, with parentheses → the alternatives of hosts and paths that
 * a plain request may meet. Pure.
 */

export interface Alternative {
  /** null: any host. */
  readonly host: string | null;
  readonly path: string;
  readonly pathType: 'Exact' | 'Prefix' | 'ImplementationSpecific';
  /** It asks for more than a host and a path. */
  readonly isConditional: boolean;
}

/** What one call says; several of them have to hold at once. */
interface Atom {
  readonly host?: string;
  readonly path?: Pick<Alternative, 'path' | 'pathType'>;
  readonly isMore?: true;
  /** A host by a pattern: which hosts it means is not known. */
  readonly isUnread?: true;
}

/** Alternatives, each of calls that must all hold. */
type Sum = readonly (readonly Atom[])[];

/** Rules of more alternatives are nobody's. */
const MOST = 64;

/** null where it is no such rule. */
export function readRule(text: string): Alternative[] | null {
  const tokens = tokensOf(text);
  if (tokens === null) return null;
  const parser = new Parser(tokens);
  const sum = parser.either();
  if (sum === null || !parser.isAtEnd) return null;
  return sum.flatMap((atoms) => alternativeOf(atoms) ?? []);
}

function alternativeOf(atoms: readonly Atom[]): Alternative | null {
  if (atoms.some(({ isUnread }) => isUnread === true)) return null;
  const hosts = atoms.flatMap(({ host }) => host ?? []);
  // Of several paths that must all hold the longest says most.
  const [path = { path: '/', pathType: 'Prefix' as const }] = atoms
    .flatMap((each) => each.path ?? [])
    .toSorted((one, other) => other.path.length - one.path.length);
  return { host: hosts[0] ?? null, ...path, isConditional: atoms.some(({ isMore }) => isMore === true) };
}

type Token = '&&' | '||' | '!' | '(' | ')' | ',' | { readonly word: string } | { readonly text: string };

const TOKEN = /\s*(?:(&&|\|\||[!(),])|([A-Za-z][A-Za-z0-9]*)|`([^`]*)`|"((?:[^"\\]|\\.)*)")/y;

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  const whole = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < whole.length) {
    const match = TOKEN.exec(whole);
    if (match === null) return null;
    const [, sign, word, raw, quoted] = match;
    if (sign !== undefined) tokens.push(sign as Exclude<Token, object>);
    else if (word !== undefined) tokens.push({ word });
    else tokens.push({ text: raw ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1') });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): Sum | null {
    let sum = this.#both();
    while (sum !== null && this.#takes('||')) {
      const other = this.#both();
      sum = other === null ? null : limited([...sum, ...other]);
    }
    return sum;
  }

  #both(): Sum | null {
    let product = this.#one();
    while (product !== null && this.#takes('&&')) {
      const other = this.#one();
      product = other === null ? null : limited(product.flatMap((left) => other.map((right) => [...left, ...right])));
    }
    return product;
  }

  #one(): Sum | null {
    // What must not be is met by most plain requests, and which is not known.
    if (this.#takes('!')) return this.#one() === null ? null : [[]];
    if (this.#takes('(')) {
      const inside = this.either();
      return this.#takes(')') ? inside : null;
    }
    const token = this.#tokens[this.#at];
    if (typeof token !== 'object' || !('word' in token)) return null;
    this.#at += 1;
    const args = this.#arguments();
    return args === null ? null : atomsOf(token.word, args);
  }

  #arguments(): string[] | null {
    const args: string[] = [];
    if (!this.#takes('(')) return null;
    if (this.#takes(')')) return args;
    do {
      const token = this.#tokens[this.#at];
      if (typeof token !== 'object' || !('text' in token)) return null;
      args.push(token.text);
      this.#at += 1;
    } while (this.#takes(','));
    return this.#takes(')') ? args : null;
  }

  #takes(sign: Exclude<Token, object>): boolean {
    if (this.#tokens[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }
}

function limited(sum: Sum): Sum | null {
  return sum.length > MOST ? null : sum;
}

/** Version 2 takes several values in one call, of which one must hold; version 3 one. */
function atomsOf(word: string, values: readonly string[]): Sum {
  switch (word) {
    case 'Host':
      return values.map((host) => [{ host }]);
    case 'HostRegexp':
      return [[{ isUnread: true }]];
    case 'Path':
      return values.map((path) => [{ path: { path, pathType: 'Exact' } }]);
    case 'PathPrefix':
      return values.map((path) => [{ path: { path, pathType: 'Prefix' } }]);
    case 'PathRegexp':
      return values.map((path) => [{ path: { path, pathType: 'ImplementationSpecific' } }]);
    case 'Method':
      return [values.includes('GET') ? [] : [{ isMore: true }]];
    default:
      return [[{ isMore: true }]];
  }
}
