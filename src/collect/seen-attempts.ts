/** Which attempts have been told, by path: a bit for each, where a string for each would be most of what a collection of 200,000 remembers. */

/** Bits of a number that shifts and masks leave whole. */
const BITS = 31;

export class SeenAttempts {
  /** Path → bits of its first attempts; further ones by path and block. */
  readonly #bits = new Map<string, number>();

  has(path: string, attempt: number): boolean {
    return ((this.#bits.get(keyOf(path, attempt)) ?? 0) & bitOf(attempt)) !== 0;
  }

  add(path: string, attempt: number): void {
    const key = keyOf(path, attempt);
    this.#bits.set(key, (this.#bits.get(key) ?? 0) | bitOf(attempt));
  }
}

function keyOf(path: string, attempt: number): string {
  return attempt < BITS ? path : `${path}\n${Math.floor(attempt / BITS)}`;
}

function bitOf(attempt: number): number {
  return 1 << (attempt % BITS);
}
