/** Connections of which only the SYN arrived: the answering side's proof that the way in is open and the way back is not. */
import { readCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { halfOpenRows, readSocketTables } from './sockets.ts';
import type { HalfOpen } from './wire.ts';

/** The row of a half-open connection stays for at least 2 s after its first retransmission. */
const POLL_MS = 200;
/** Peers worth telling; a SYN flood must not fill the log. */
const MAX_TOLD = 500;

/** What is read: the counters are cheap, the tables are not. */
export interface HalfOpenSources {
  counters(): Counters;
  tables(): Promise<string>;
}

/** Finds half-open connections. The tables are only looked at after something was retransmitted in this namespace. */
export class HalfOpenFinder {
  readonly #ports: ReadonlySet<number>;
  readonly #sources: HalfOpenSources;
  readonly #told = new Set<string>();
  #retransmitted: number;

  constructor(ports: readonly number[], sources: HalfOpenSources) {
    this.#ports = new Set(ports);
    this.#sources = sources;
    this.#retransmitted = this.#countRetransmitted();
  }

  /** Peer address and port listened on, each pair once. */
  async look(): Promise<{ port: number; from: string }[]> {
    const retransmitted = this.#countRetransmitted();
    if (retransmitted === this.#retransmitted) return [];
    this.#retransmitted = retransmitted;
    const rows = halfOpenRows(await this.#sources.tables(), this.#ports);
    return rows.filter(({ port, from }) => {
      const pair = `${port} ${from}`;
      if (this.#told.has(pair) || this.#told.size >= MAX_TOLD) return false;
      this.#told.add(pair);
      return true;
    });
  }

  #countRetransmitted(): number {
    return this.#sources.counters().get('Tcp.RetransSegs') ?? 0;
  }
}

/** Tells half-open connections to these ports until stopped. */
export function watchHalfOpen(ports: readonly number[], tell: (message: HalfOpen) => void): () => void {
  if (ports.length === 0) return () => undefined;
  const finder = new HalfOpenFinder(ports, { counters: () => readCounters(), tables: () => readSocketTables([4, 6]) });
  let isStopped = false;
  const poll = async () => {
    for (const found of await finder.look()) if (!isStopped) tell({ type: 'half-open', at: Date.now(), ...found });
    if (!isStopped) timer = setTimeout(() => void poll(), POLL_MS).unref();
  };
  let timer = setTimeout(() => void poll(), POLL_MS).unref();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
