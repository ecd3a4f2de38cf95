/** What an agent without files is told on its standard input: its assignment on the first line, the peer table on each after it. */
import type { Readable } from 'node:stream';
import { late } from './late.ts';
import type { PeersSource } from './peers.ts';

export interface Told {
  readonly assignment: string;
  readonly peers: PeersSource;
}

/** null: the input ended before there was a line. `onEnd`: nobody is there any more who could tell something. */
export async function listenTo(input: Readable, onEnd: () => void): Promise<Told | null> {
  let latest: string | null = null;
  const lines = late('node:readline').createInterface({ input, crlfDelay: Infinity });
  const assignment = await new Promise<string | null>((resolve) => {
    lines.once('line', (first) => {
      resolve(first);
      lines.on('line', (line) => (latest = line));
    });
    lines.once('close', () => {
      resolve(null);
      onEnd();
    });
  });
  if (assignment === null) return null;
  return { assignment, peers: { name: 'standard input', read: async () => latest } };
}
