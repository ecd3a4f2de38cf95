/** One name for what several plans mean alike, and different names for what they only call alike. Pure. */

/** Names by what they stand for. Of two things with one wish, the second is called `wish~2`. */
export class IdAllocator {
  readonly #names = new Map<string, string>();
  readonly #taken = new Map<string, number>();

  /** `essence`: all that makes the thing what it is; equal essences have one name. */
  nameOf(wish: string, essence: unknown): string {
    const key = canonical([wish, essence]);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const others = this.#taken.get(wish) ?? 0;
    this.#taken.set(wish, others + 1);
    const name = others === 0 ? wish : `${wish}~${others + 1}`;
    this.#names.set(key, name);
    return name;
  }
}

/** JSON in which the order of keys does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
