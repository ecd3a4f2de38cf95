/** One prober measured while it runs: what the kernel says of its CPU and memory. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Measured {
  /** User and system time from its first probe to its last, milliseconds. */
  readonly cpuMs: number;
  /** Most memory resident so far (VmHWM), MB of 10^6 bytes. */
  readonly residentMb: number;
  /** Of that what is in no file (RssAnon): what a memory limit is charged with even where the program is mapped by others as well, MiB. */
  readonly privateMib: number;
  /** When the process was started, Unix milliseconds. */
  readonly startedAt: number;
  readonly lines: readonly string[];
}

/** Runs a command; measures from the line that `isFirst` knows to the one that `isLast` knows, then ends it. */
export async function measure(
  command: readonly string[],
  isFirst: (line: string) => boolean,
  isLast: (line: string) => boolean,
): Promise<Measured> {
  const [program = '', ...args] = command;
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let before = 0;
  let result: Measured | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (isFirst(line)) before = cpuMs(child.pid);
    if (!isLast(line)) continue;
    result = { cpuMs: cpuMs(child.pid) - before, ...memoryOf(child.pid), startedAt, lines };
    child.stdin.end();
    child.kill('SIGTERM');
    break;
  }
  if (result === null) throw new Error(`bench:agent: ${command.join(' ')} ended before it was done: ${lines.at(-1)}`);
  return result;
}

/** All threads that are there, to the nanosecond (proc(5), schedstat); a prober's threads last as long as it does. */
function cpuMs(pid: number | undefined): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 1));
  return spent.reduce((sum, [nanoseconds]) => sum + Number(nanoseconds), 0) / 1e6;
}

function memoryOf(pid: number | undefined): Pick<Measured, 'residentMb' | 'privateMib'> {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { residentMb: (kib('VmHWM') * 1024) / 1e6, privateMib: kib('RssAnon') / 1024 };
}
