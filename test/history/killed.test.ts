import { expect, test } from 'vitest';
import { killWriters } from './killing.ts';
import { newFile } from './make.ts';

/** Each kill is a new process; `npm run bench:history` does it a hundred times. */
const KILLS = 5;
const LIMIT_MS = 60_000;

test(
  'a writer that is killed at any moment loses at most the sweep that it was writing',
  { timeout: LIMIT_MS },
  async () => {
    const killed = await killWriters({ file: newFile(), times: KILLS, keep: 6, withinMs: 40, random: Math.random });
    expect(killed.faults).toEqual([]);
    expect(killed.sweeps).toBeGreaterThan(KILLS);
  },
);
