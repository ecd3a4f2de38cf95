/** The agent on this machine: a child process, so that what the controller does never delays a measurement. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Assignment } from '../model/plan.ts';
import type { Peers } from '../../probes/wire.ts';

export interface LocalAgent {
  /** Its messages, a line each; ends with the process. */
  readonly lines: AsyncIterable<string>;
  tellPeers(peers: Peers): Promise<void>;
  /** Asks it to leave: attempts in flight are still told. */
  stop(): void;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

export async function startLocalAgent(bundle: string, assignment: Assignment): Promise<LocalAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'kprobe-'));
  const file = (name: string) => join(folder, name);
  await Promise.all([
    writeFile(file('agent.mjs'), bundle),
    writeFile(file('assignment.json'), JSON.stringify(assignment)),
  ]);
  const child = spawn(
    process.execPath,
    [file('agent.mjs'), '--assignment', file('assignment.json'), '--peers', file('peers.json')],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    lines: linesOf(child),
    async tellPeers(peers) {
      // Replaced as a whole, as the kubelet does: the agent never reads half of it.
      await writeFile(file('peers.new'), JSON.stringify(peers));
      await rename(file('peers.new'), file('peers.json'));
    },
    stop: () => void child.kill('SIGTERM'),
    async remove() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  if (child.stdout !== null) yield* createInterface({ input: child.stdout, crlfDelay: Infinity });
}
