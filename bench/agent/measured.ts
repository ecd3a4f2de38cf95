/** One prober measured while it runs: what the kernel says of its CPU and memory. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** USER_HZ, the unit of times in /proc/PID/stat (proc(5)); 100 on every architecture that kprobe runs on. */
const TICKS_PER_SECOND = 100;

export interface Measured {
  /** User and system time from its first probe to its last, milliseconds. */
  readonly cpuMs: number;
  /** Most memory resident so far (VmHWM), MB of 10^6 bytes. */
  readonly residentMb: number;
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
    result = { cpuMs: cpuMs(child.pid) - before, residentMb: residentMb(child.pid), startedAt, lines };
    child.stdin.end();
    child.kill('SIGTERM');
    break;
  }
  if (result === null) throw new Error(`bench:agent: ${command.join(' ')} ended before it was done: ${lines.at(-1)}`);
  return result;
}

function cpuMs(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const [utime, stime] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return ((Number(utime) + Number(stime)) * 1000) / TICKS_PER_SECOND;
}

function residentMb(pid: number | undefined): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}
