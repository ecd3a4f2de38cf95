/** The programs of the system that the lab is made with, and where to get them. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** Debian package of each program that the lab calls. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  bridge: 'iproute2',
  nft: 'nftables',
  nginx: 'nginx-light',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  taskset: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  sh: 'dash',
};

/** An ordinary user's PATH on Debian lacks the folders where ip, nft and nginx live. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

export interface MissingTools {
  readonly programs: readonly string[];
  /** Debian packages that hold them. */
  readonly packages: readonly string[];
}

/** PATH with the system's folders added at its end. */
export function labPath(path: string = process.env['PATH'] ?? ''): string {
  const given = path.split(':').filter((folder) => folder !== '');
  return [...given, ...SYSTEM_FOLDERS.filter((folder) => !given.includes(folder))].join(':');
}

/** Absolute path of a program, or null. */
export function findTool(program: string, path: string = labPath()): string | null {
  return (
    path
      .split(':')
      .map((folder) => join(folder, program))
      .find(isExecutable) ?? null
  );
}

/** What the lab needs and this machine has not; null when everything is there. */
export function missingTools(path: string = labPath()): MissingTools | null {
  const programs = Object.keys(PACKAGES).filter((program) => findTool(program, path) === null);
  if (programs.length === 0) return null;
  return { programs, packages: [...new Set(programs.map((program) => PACKAGES[program] ?? program))] };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
