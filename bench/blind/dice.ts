/** Chance that can be repeated: the same seed and draw give the same throws, whatever else was drawn. */
import { mulberry32 } from '../../src/plan/mesh/random.ts';

/** An odd constant near 2^32 / golden ratio: neighbouring draws of a seed start far apart. */
const APART = 0x9e3779b1;

export class Dice {
  readonly #next: () => number;

  constructor(seed: number, draw: number) {
    this.#next = mulberry32(Math.imul(seed + 1, APART) ^ Math.imul(draw + 1, 0x85ebca6b));
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  /** A share with two digits, both ends included. */
  share(from: number, to: number): number {
    return this.int(Math.round(from * 100), Math.round(to * 100)) / 100;
  }

  isOneIn(count: number): boolean {
    return this.int(1, count) === 1;
  }

  pick<const T>(things: readonly [T, ...T[]]): T;
  pick<T>(things: readonly T[]): T | undefined;
  pick<T>(things: readonly T[]): T | undefined {
    return things[this.int(0, things.length - 1)];
  }

  /** So many of them, in an order of chance. */
  some<T>(things: readonly T[], count: number): T[] {
    const left = [...things];
    return Array.from({ length: Math.min(count, left.length) }, () =>
      left.splice(this.int(0, left.length - 1), 1),
    ).flat();
  }
}
