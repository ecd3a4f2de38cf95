/** The agent on this machine: a child process, so that what the controller does never delays a measurement. It leaves no files, and ends with us. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Assignment } from '../model/plan.ts';
import type { Peers } from '../../probes/wire.ts';

export interface LocalAgent {
  /** Its messages, a line each; ends with the process. */
  readonly lines: AsyncIterable<string>;
  tellPeers(peers: Peers): void;
  /** Asks it to leave: attempts in flight are still told. */
  stop(): void;
  /** Ends it. */
  remove(): Promise<void>;
}

/** `command`: a program that is an agent told on its standard input, and its arguments. */
export async function startLocalAgent(
  [program, ...args]: readonly [string, ...string[]],
  assignment: Assignment,
): Promise<LocalAgent> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Listens from the first moment, whenever it is read.
  const lines = createInterface({ input: child.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
  // It may leave before it has heard all; what it said counts.
  child.stdin.on('error', () => undefined);
  const tell = (what: object) => void child.stdin.write(`${JSON.stringify(what)}\n`);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  tell(assignment);
  return {
    lines,
    tellPeers: tell,
    // Not by a signal: where there are none (Windows) it would end the process before it has told.
    stop: () => void child.stdin.end(),
    async remove() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
