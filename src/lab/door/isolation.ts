/** Whether this machine lets us make namespaces, by which flags, and what to change where it does not. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { UserError } from '../../model/user-error.ts';
import { findTool, missingTools } from './tools.ts';

const run = promisify(execFile);

export interface Isolation {
  /** Flags for unshare besides the kinds of namespaces. */
  readonly flags: readonly string[];
}

/** Root needs no user namespace, and keeps its rights to the user's files without one; it is the way out in containers. */
const AS_ROOT: Isolation = { flags: [] };
const AS_USER: Isolation = { flags: ['--user', '--map-root-user'] };

/** Sysctls that forbid user namespaces, the value that does it, and the one that allows them. */
const GUARDS = [
  { name: 'user.max_user_namespaces', forbids: '0', allow: '15000' },
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allow: '1' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allow: '0' },
] as const;

/** @throws UserError with what to install or to allow. */
export async function assertUsable(): Promise<Isolation> {
  const missing = missingTools();
  if (missing !== null) {
    throw new UserError(`the lab needs ${missing.programs.join(', ')}, not found on this machine`, {
      hint: `install with: apt-get install ${missing.packages.join(' ')}`,
    });
  }
  const candidates = process.getuid?.() === 0 ? [AS_ROOT, AS_USER] : [AS_USER];
  let complaint = '';
  for (const candidate of candidates) {
    const problem = await tryOut(candidate);
    if (problem === null) return candidate;
    complaint = problem;
  }
  throw new UserError(`this machine does not let the lab make its own network: ${complaint}`, { hint: advice() });
}

async function tryOut(isolation: Isolation): Promise<string | null> {
  const flags = [...isolation.flags, '--net', '--mount', '--pid', '--fork', '--mount-proc'];
  try {
    // A link of the kind that everything hangs on: namespaces without the right to shape them would be of no use.
    await run(findTool('unshare') ?? 'unshare', [...flags, findTool('ip') ?? 'ip', 'link', 'add', 'type', 'veth']);
    return null;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return said.trim().split('\n')[0] || 'no reason given';
  }
}

/** What to change, from the sysctls that are known to forbid it. Exported for tests. */
export function advice(read: (name: string) => string | null = readSysctl): string {
  const guards = GUARDS.filter(({ name, forbids }) => read(name) === forbids);
  if (guards.length === 0) return 'run it as root, or in a container with --privileged';
  return `run it as root, or allow it with: sysctl -w ${guards.map(({ name, allow }) => `${name}=${allow}`).join(' ')}`;
}

function readSysctl(name: string): string | null {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim();
  } catch {
    return null;
  }
}
