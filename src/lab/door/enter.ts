/**
 * The way into the lab: the same command again, as process 1 of its own network, mount, process and host-name
 * namespaces. Nothing it does reaches the machine's own network, and when any process of the chain dies (even by
 * SIGKILL) the kernel ends all the others: setpriv's parent-death signal covers the outer one, unshare's --kill-child
 * the middle one, and the end of process 1 ends its process namespace.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { assertUsable, type Isolation } from './isolation.ts';
import { findTool, labPath } from './tools.ts';
import type { Door } from './door.ts';

const INSIDE = 'KPROBE_LAB_INSIDE';

/** Is this process the first of a lab? */
export function isInside(): boolean {
  return process.pid === 1 && process.env[INSIDE] === '1';
}

export interface EnterOptions {
  /** Script and arguments that node gets; by default those of this very process. */
  readonly argv?: readonly string[];
  /** Opens a way from the machine's loopback address into the lab once it is wanted. */
  readonly door?: Door;
}

/**
 * Runs this command again inside the lab's namespaces with the same standard streams, and returns its exit code.
 * @throws UserError where tools are missing or the machine forbids namespaces.
 */
export async function enter({ argv = process.argv.slice(1), door }: EnterOptions = {}): Promise<number> {
  const isolation = await assertUsable();
  const child = spawn(findTool('setpriv') ?? 'setpriv', command(isolation, argv), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: labPath(), [INSIDE]: '1' },
  });
  const stopForwarding = forwardSignals(child);
  door?.serve(child);
  try {
    return await exitCode(child);
  } finally {
    stopForwarding();
    door?.close();
  }
}

/**
 * Calls `end` when the lab shall come to a clean end: Ctrl-C, or the outer process was told to stop or died.
 * `fromTerminal` tells that every process of the foreground group has had the same Ctrl-C.
 */
export function onEnd(end: (fromTerminal: boolean) => void): void {
  process.on('SIGINT', () => end(true));
  process.on('SIGTERM', () => end(false));
  process.on('SIGHUP', () => end(false));
  process.on('disconnect', () => end(false));
  process.on('message', (message) => {
    if (message === 'end') end(false);
  });
  process.channel?.unref();
}

function command(isolation: Isolation, argv: readonly string[]): string[] {
  const unshare = findTool('unshare') ?? 'unshare';
  return [
    ...['--pdeathsig', 'KILL', '--', unshare, ...isolation.flags],
    ...['--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
    ...[process.execPath, ...process.execArgv, ...argv],
  ];
}

/** unshare does not pass signals on, and the inner process has its own numbering: it is told over the channel. */
function forwardSignals(child: ChildProcess): () => void {
  const tell = () => {
    if (child.connected) child.send('end');
  };
  const onInterrupt = () => {
    if (!isForeground()) tell();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', tell);
  process.on('SIGHUP', tell);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', tell);
    process.off('SIGHUP', tell);
  };
}

/** Whether Ctrl-C on the terminal reaches this process' group, and so the lab too (proc_pid_stat(5): pgrp, tpgid). */
function isForeground(): boolean {
  const afterName = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /su, '')
    .split(' ');
  return afterName[2] === afterName[5];
}

async function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
