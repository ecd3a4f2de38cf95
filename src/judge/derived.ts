/** What is worked out of a value that never changes: once, however often it is asked for. */

/** `make` with a memory that lasts as long as the value it was made of. */
export function derived<From extends object, To>(make: (from: From) => To): (from: From) => To {
  const known = new WeakMap<From, { readonly value: To }>();
  return (from) => {
    const before = known.get(from);
    if (before !== undefined) return before.value;
    const value = make(from);
    known.set(from, { value });
    return value;
  };
}
