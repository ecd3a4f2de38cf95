/** Thousands of agents say the same again and again: what is equal is kept once. Samples are never changed, so nobody can tell. */
import type { Hello, Outcome, Sample } from '../../probes/wire.ts';

const ANSWERED: Outcome = { kind: 'answered' };
/** Counters are few combinations; more than so many are no longer worth keeping. */
const MOST_COUNTERS = 10_000;

type Surroundings = Pick<Hello, 'sysctls' | 'resolver' | 'kernel' | 'nodeVersion'>;

export class Sharing {
  readonly #words: ReadonlyMap<string, string>;
  readonly #counters = new Map<string, Sample['counters']>();
  readonly #surroundings = new Map<string, Surroundings>();

  /** `words`: strings that are there anyway, ids of paths above all. */
  constructor(words: Iterable<string>) {
    this.#words = new Map(Array.from(words, (word) => [word, word]));
  }

  /** The same sample in less memory. */
  sample(sample: Sample): Sample {
    const { path, outcome, local, seen, counters } = sample;
    return {
      ...sample,
      path: this.#words.get(path) ?? path,
      outcome: outcome.kind === 'answered' ? ANSWERED : outcome,
      seen: seen === local ? local : seen,
      counters: this.#countersOf(counters),
    };
  }

  /** The same hello: nodes of one cluster are set up alike. */
  hello(hello: Hello): Hello {
    const { sysctls, resolver, kernel, nodeVersion } = hello;
    const own = { sysctls, resolver, kernel, nodeVersion };
    const key = JSON.stringify(own);
    const known = this.#surroundings.get(key);
    if (known === undefined) this.#surroundings.set(key, own);
    return { ...hello, ...known };
  }

  #countersOf(counters: Sample['counters']): Sample['counters'] {
    const key = JSON.stringify(counters);
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    if (this.#counters.size < MOST_COUNTERS) this.#counters.set(key, counters);
    return counters;
  }
}
