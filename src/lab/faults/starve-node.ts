/** A node without a CPU of its own: all that runs there shares one with busy processes, and waits its turn. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { processesIn } from '../netns-processes.ts';

/** How soon a process that is new on the node is bound as well, in milliseconds. */
const LOOK_MS = 200;
const BUSY = ['sh', '-c', 'while :; do :; done'];

/**
 * @param netnsOf the network namespaces of the node and its pods: who is in one of them is on the node.
 * @returns how to end it; who was bound stays bound.
 */
export function starveNode(processes: number, netnsOf: () => readonly string[]): () => void {
  const cpu = lastCpu(readFileSync('/proc/self/status', 'utf8'));
  // Each in a session of its own: where the kernel groups by session, one group of many would count as one.
  const busy = Array.from({ length: processes }, () => bind(cpu, ...BUSY));
  const bound = new Set<number>();
  const look = (): void => {
    for (const pid of processesIn(netnsOf())) {
      if (bound.has(pid)) continue;
      bound.add(pid);
      bind(cpu, '-a', '-p', `${pid}`);
    }
  };
  look();
  const looking = setInterval(look, LOOK_MS);
  return () => {
    clearInterval(looking);
    busy.forEach((child) => child.kill('SIGKILL'));
  };
}

/** `taskset` with a program and its arguments, or with `-p` and a process that runs already. */
function bind(cpu: number, ...what: string[]): ChildProcess {
  const isRunning = what.includes('-p');
  const pid = what.at(-1) ?? '';
  const args = isRunning ? ['-a', '-c', '-p', `${cpu}`, pid] : ['-c', `${cpu}`, ...what];
  return spawn('taskset', args, { stdio: 'ignore', detached: true });
}

/** The last one that this process may run on: `Cpus_allowed_list: 0-1,4` (proc_pid_status(5)). */
export function lastCpu(status: string): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/mu.exec(status)?.[1] ?? '0';
  return Number(/\d+$/u.exec(list)?.[0] ?? 0);
}
