/** The peer table of the run, which comes when it is known and is replaced as a whole: by the kubelet in a file, or by whoever started the agent. */
import { isIPv6 } from 'node:net';
import type { Names } from './names.ts';
import { parsePeers } from './parse.ts';
import type { Endpoint } from './sockets.ts';
import { readTextLater } from './procfs.ts';
import type { Peers, Where } from './wire.ts';

/** A projected volume is replaced by moving a symbolic link, which file watchers miss; reading a small file now and then costs nothing, and what asks other agents waits for it. */
const POLL_MS = 40;

export interface PeersSource {
  /** As complaints call it. */
  readonly name: string;
  /** The present state; null: there is none yet. Never rejects. */
  read(): Promise<string | null>;
}

export function peersFile(path: string): PeersSource {
  return { name: path, read: () => readTextLater(path, 'utf8') };
}

/** What is known of the far ends by now. */
export interface FarEnds {
  readonly peers: Peers | null;
  readonly names: Names;
}

/** Where a probe goes, or null while its agent or the address of its name is not known. A name without one, or a known agent that does not listen as asked, is a problem. */
export function resolveWhere(where: Where, { peers, names }: FarEnds): { to: Endpoint | null; problem: string | null } {
  if ('address' in where) return { to: where, problem: null };
  if ('name' in where) {
    const found = names.addressOf(where.name);
    if (found === null) return { to: null, problem: null };
    return 'address' in found
      ? { to: { address: found.address, port: where.port }, problem: null }
      : { to: null, problem: `${where.name} does not resolve: ${found.code}` };
  }
  const peer = peers !== null && Object.hasOwn(peers.agents, where.agent) ? peers.agents[where.agent] : undefined;
  if (peer === undefined) return { to: null, problem: null };
  const port = typeof where.port === 'number' ? where.port : peer[where.port][0];
  if (port === undefined || port === 0) {
    return { to: null, problem: `agent ${where.agent} listens on no ${where.port} port` };
  }
  const { family } = where;
  const address = [peer.address, ...(peer.others ?? [])].find(
    (each) => family === undefined || familyOf(each) === family,
  );
  return address === undefined
    ? { to: null, problem: `agent ${where.agent} has no ${family} address` }
    : { to: { address, port }, problem: null };
}

function familyOf(address: string): 'IPv4' | 'IPv6' {
  return isIPv6(address) ? 'IPv6' : 'IPv4';
}

/** Calls `onPeers` with each new state of the peer table, and `onProblem` once for each thing that is wrong with it, until stopped. */
export function watchPeers(options: {
  source: PeersSource;
  onPeers: (peers: Peers) => void;
  onProblem: (problem: string) => void;
}): () => void {
  let last: string | null = null;
  let isStopped = false;
  const poll = async () => {
    const contents = await options.source.read();
    if (isStopped) return;
    // An empty file is one whose annotation is not yet written.
    if (contents !== null && contents.trim() !== '' && contents !== last) {
      last = contents;
      const parsed = parsePeers(contents);
      if (parsed.ok) options.onPeers(parsed.value);
      else options.onProblem(parsed.problem);
    }
    if (!isStopped) timer = setTimeout(() => void poll(), POLL_MS);
  };
  let timer = setTimeout(() => void poll(), 0);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
