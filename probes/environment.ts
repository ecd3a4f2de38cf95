/** What an agent is told that has no files and nobody at its standard input: all at its start, in variables, gzipped and base64. */
import { late } from './late.ts';
import type { Told } from './standard-input.ts';
import { ASSIGNMENT_VARIABLE, PEERS_VARIABLE } from './wire.ts';
import type { Parsed } from './wire.ts';

/** More is no assignment; the kernel gives a variable 128 KiB (execve(2), MAX_ARG_STRLEN). */
const LARGEST_BYTES = 4 * 1024 * 1024;

export function toldBy(env: Readonly<Record<string, string | undefined>>): Parsed<Told> {
  const assignment = unpack(env, ASSIGNMENT_VARIABLE);
  if (!assignment.ok) return assignment;
  const peers = unpack(env, PEERS_VARIABLE);
  if (!peers.ok) return peers;
  return {
    ok: true,
    value: { assignment: assignment.value, peers: { name: PEERS_VARIABLE, read: async () => peers.value } },
  };
}

function unpack(env: Readonly<Record<string, string | undefined>>, name: string): Parsed<string> {
  try {
    const bytes = Buffer.from(env[name] ?? '', 'base64');
    return {
      ok: true,
      value: late('node:zlib').gunzipSync(bytes, { maxOutputLength: LARGEST_BYTES }).toString('utf8'),
    };
  } catch (error) {
    return { ok: false, problem: `${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
