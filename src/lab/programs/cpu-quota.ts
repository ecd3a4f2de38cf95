/**
 * A limit of CPU time as the kernel's bandwidth control enforces it (cpu.max of cgroup v2, 100 ms): in each period the processes of a network
 * namespace may use so much together; then they stand still until the next period begins. Made with signals, for a lab without root
 * has no cgroups. Arguments: milliseconds, and the path of the network namespace. It ends with its standard input.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { processesIn } from '../netns-processes.ts';

const PERIOD_MS = 100;
/** How soon it is seen that they have used it up: what they use beyond is at most this much, milliseconds. */
const LOOK_MS = 1;
/** How soon a new process is found, milliseconds. */
const FIND_MS = 200;
const NANOSECONDS = 1e6;

const quotaMs = Number(process.argv[2]);
const netns = process.argv[3] ?? '';
let pids = processesIn([netns]);
let period = -1;
let usedBefore = 0;
let isStopped = false;

setInterval(() => (pids = processesIn([netns])), FIND_MS);
setInterval(look, LOOK_MS);
process.stdin.resume().on('end', () => {
  signalAll('SIGCONT');
  process.exit(0);
});

function look(): void {
  const now = Math.floor(performance.now() / PERIOD_MS);
  if (now !== period) {
    period = now;
    usedBefore = usedMs();
    if (isStopped) signalAll('SIGCONT');
    isStopped = false;
  } else if (!isStopped && usedMs() - usedBefore >= quotaMs) {
    signalAll('SIGSTOP');
    isStopped = true;
  }
}

function signalAll(name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) quietly(() => process.kill(pid, name));
}

/** Milliseconds on a CPU so far, of all their threads: the first number of schedstat (Documentation/scheduler/sched-stats.rst). */
function usedMs(): number {
  const threads = pids.flatMap(
    (pid) => quietly(() => readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`)) ?? [],
  );
  const each = threads.map(
    (thread) => quietly(() => Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0])) ?? 0,
  );
  return each.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / NANOSECONDS;
}

/** null where the process has gone meanwhile. */
function quietly<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
