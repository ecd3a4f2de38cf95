/** Names that probes go to: each is looked up once, as a program in this pod would (getaddrinfo), and never while an attempt is timed. */
import { late } from './late.ts';

/** The first address that getaddrinfo gave, or the code of its error, such as ENOTFOUND. */
export type Found = { readonly address: string } | { readonly code: string };

export class Names {
  readonly #found = new Map<string, Found | null>();
  readonly #whenFound: () => void;

  /** `whenFound` is called each time that another name is known to have an address, or none. */
  constructor(whenFound: () => void) {
    this.#whenFound = whenFound;
  }

  /** null while it is being looked up, which asking for it begins. */
  addressOf(name: string): Found | null {
    const found = this.#found.get(name);
    if (found !== undefined) return found;
    this.#found.set(name, null);
    void this.#look(name);
    return null;
  }

  async #look(name: string): Promise<void> {
    const found = await late('node:dns/promises')
      .lookup(name)
      .then(
        ({ address }) => ({ address }),
        (error: NodeJS.ErrnoException) => ({ code: error.code ?? 'EAI_FAIL' }),
      );
    this.#found.set(name, found);
    this.#whenFound();
  }
}
