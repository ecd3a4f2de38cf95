/** Which user ids this process can give to others. */
import { readFileSync } from 'node:fs';

/** Reads the ranges of /proc/self/uid_map (inside, outside, count): in a user namespace of one id only 0 is there. */
export function mappedIds(map: string = readFileSync('/proc/self/uid_map', 'utf8')): (id: number) => boolean {
  const ranges = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([first = 0, , count = 0]) => ({ first, count }));
  return (id) => ranges.some(({ first, count }) => id >= first && id < first + count);
}
