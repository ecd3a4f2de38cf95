/** The programs of nftables, as children: one that is asked, one that owns the table, one that prints what packets meet. */
import type { ChildProcess } from 'node:child_process';
import { late } from '../late.ts';
import { readText } from '../procfs.ts';
import { listensToNetfilter } from './netlink.ts';

/** Not every PATH has the folders of administrators' programs. */
const ENVIRONMENT = { PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`, HOME: '/nonexistent' };
/** Large rulesets take a while to list. */
const ANSWER_MS = 8000;
const LONGEST_OUTPUT = 64 * 1024 * 1024;
/** proc_pid_stat(5): fields 14 and 15, in ticks of USER_HZ, which is 100 on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** The output, or null where the program is not there, fails or takes too long. */
export function run(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { env: ENVIRONMENT, timeout: ANSWER_MS, maxBuffer: LONGEST_OUTPUT };
    late('node:child_process').execFile(program, args, options, (error, stdout) =>
      resolve(error === null ? stdout : null),
    );
  });
}

/** `nft -i`: its netlink socket, and so whatever it owns, lasts as long as it does; and that is no longer than this process holds its input open. */
export class Owner {
  readonly #child: ChildProcess;
  #said = '';

  constructor(whenGone: (said: string) => void) {
    this.#child = late('node:child_process').spawn('nft', ['-i'], {
      env: ENVIRONMENT,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const hear = (bytes: Buffer) => (this.#said = (this.#said + bytes.toString('utf8')).slice(-2000));
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.once('error', (error) => whenGone(error.message));
    this.#child.once('exit', () => whenGone(this.#said));
  }

  get said(): string {
    return this.#said;
  }

  get cpuMs(): number {
    return cpuMsOf(this.#child);
  }

  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

/** `nft -a monitor trace`, line by line. */
export class Monitor {
  readonly #child: ChildProcess;

  constructor(onLine: (line: string) => void, whenGone: (said: string) => void) {
    this.#child = late('node:child_process').spawn('nft', ['-a', 'monitor', 'trace'], {
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    this.#child.stderr?.on('data', (bytes: Buffer) => (said = (said + bytes.toString('utf8')).slice(-2000)));
    if (this.#child.stdout !== null)
      late('node:readline').createInterface({ input: this.#child.stdout }).on('line', onLine);
    this.#child.once('error', (error) => whenGone(error.message));
    this.#child.once('exit', () => whenGone(said));
  }

  get isListening(): boolean {
    const { pid } = this.#child;
    return pid !== undefined && listensToNetfilter(pid);
  }

  get cpuMs(): number {
    return cpuMsOf(this.#child);
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

function cpuMsOf({ pid }: ChildProcess): number {
  const fields = (readText(`/proc/${pid}/stat`) ?? '').replace(/^.*\) /u, '').split(' ');
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return Number.isFinite(ticks) ? ticks * MS_PER_TICK : 0;
}
