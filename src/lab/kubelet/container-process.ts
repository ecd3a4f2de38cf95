/** One run of one container: a process in the pod's network namespace with mounts, host name and rights of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { ContainerLog } from '../api/logs.ts';

/** All that is needed to start it. */
export interface Launch {
  readonly netns: string;
  /** Where its root lies; prepared by buildRoot, whose fstab this is. */
  readonly root: string;
  readonly fstab: string;
  readonly hostname: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly isRootReadOnly: boolean;
  readonly rights: Rights;
  /** `stdin`: it has an input that can be written into. */
  readonly hasInput: boolean;
  readonly log: ContainerLog;
}

export interface Rights {
  /** null keeps the lab's own. */
  readonly user: number | null;
  readonly group: number | null;
  /** Lower case, without `cap_`; null keeps all that the lab has. */
  readonly capabilities: readonly string[] | null;
  readonly mayGain: boolean;
}

export interface Exit {
  readonly code: number;
  /** The signal's number, or 0. */
  readonly signal: number;
}

/** A started process; everything it starts is in its session and ends with it. */
export interface ContainerProcess {
  readonly pid: number;
  readonly input: Writable | null;
  readonly exited: Promise<Exit>;
  signal(name: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Shell positional arguments: 1 fstab, 2 host name, 3 root if read-only, then the rest of the exec chain. */
const SETUP =
  'mount --all --fstab "$1" && hostname "$2" && { [ -z "$3" ] || mount -o remount,bind,ro "$3"; } && shift 3 && exec "$@"';
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** One chain of execs and no process that stays: nsenter, unshare, sh, chroot, setpriv, env, the command. */
export function startProcess(launch: Launch): ContainerProcess {
  const fstab = join(launch.root, '..', 'fstab');
  writeFileSync(fstab, launch.fstab);
  const readOnly = launch.isRootReadOnly ? launch.root : '';
  const environment = Object.entries(launch.environment).map(([name, value]) => `${name}=${value}`);
  const child = spawn(
    'nsenter',
    [
      `--net=${launch.netns}`,
      ...['unshare', '--mount', '--uts', 'sh', '-c', SETUP, 'sh', fstab, launch.hostname, readOnly],
      ...['chroot', launch.root, 'setpriv', ...privileges(launch.rights)],
      ...['env', '--ignore-environment', `--chdir=${launch.workingDirectory}`, ...environment, ...launch.command],
    ],
    { stdio: [launch.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'], env: { PATH: SYSTEM_PATH }, detached: true },
  );
  child.stdout?.on('data', (chunk: Buffer) => launch.log.append(chunk));
  child.stderr?.on('data', (chunk: Buffer) => launch.log.append(chunk));
  return {
    pid: child.pid ?? -1,
    input: child.stdin,
    exited: exitOf(child, launch.log),
    signal: (name) => signalGroup(child, name),
  };
}

function privileges({ user, group, capabilities, mayGain }: Rights): string[] {
  return [
    ...(group === null ? [] : [`--regid=${group}`, '--clear-groups']),
    ...(user === null ? [] : [`--reuid=${user}`]),
    ...(capabilities === null
      ? []
      : [`--bounding-set=${['-all', ...capabilities.map((name) => `+${name}`)].join(',')}`]),
    '--inh-caps=-all',
    ...(mayGain ? [] : ['--no-new-privs']),
  ];
}

function exitOf(child: ChildProcess, log: ContainerLog): Promise<Exit> {
  return new Promise((resolve) => {
    let code = 0;
    let signal = 0;
    const end = (): void => {
      log.end();
      resolve({ code, signal });
    };
    child.once('error', (error) => {
      log.append(Buffer.from(`${error.message}\n`));
      code = 128;
      end();
    });
    child.once('exit', (exitCode, name) => {
      signal = name === null ? 0 : (SIGNAL_NUMBERS[name] ?? 9);
      code = exitCode ?? 128 + signal;
      // What it left behind in its session goes with it, and so do the ends of its pipes.
      signalGroup(child, 'SIGKILL');
    });
    child.once('close', end);
  });
}

function signalGroup(child: ChildProcess, name: Parameters<ContainerProcess['signal']>[0]): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // ESRCH: the group is gone already, which is what was wanted.
  }
}
