/** Connections of which only the SYN arrived: the answering side's proof that the way in is open and the way back is not. */
import { readCounters } from './counters.ts';
import type { Counters } from './counters.ts';
import { halfOpenRows, readSocketTables } from './sockets.ts';
import type { Family } from './sockets.ts';
import type { HalfOpen } from './wire.ts';

/** A row stays for 1 s at least, until its SYN-ACK is sent again, and with each later one: two looks fall into that. Each costs milliseconds of CPU. */
const POLL_MS = 400;
/** How often to look at the tables after a timer fired: a row must be seen twice, and the first look may come too early. */
const LOOKS = 3;
/** Peers worth telling; a SYN flood must not fill the log. */
const MAX_TOLD = 500;

/** What is read: the counters are cheap, the tables are not. */
export interface HalfOpenSources {
  counters(): Counters;
  tables(): Promise<string>;
}

/**
 * Finds half-open connections. The tables are only looked at after a TCP timer fired in this namespace. The row's own count
 * of retransmissions is no help: each repeated SYN of a peer starts its timer anew, and the count stays 0. So a
 * connection counts when two looks running show it; one look can meet a healthy handshake in the middle.
 */
export class HalfOpenFinder {
  readonly #ports: ReadonlySet<number>;
  readonly #sources: HalfOpenSources;
  readonly #told = new Set<string>();
  #timeouts: number;
  #looksLeft = 0;
  #before = new Set<string>();

  constructor(ports: readonly number[], sources: HalfOpenSources) {
    this.#ports = new Set(ports);
    this.#sources = sources;
    this.#timeouts = this.#countTimeouts();
  }

  /** Peer address and port listened on, each pair once. To be called some times a second. */
  async look(): Promise<{ port: number; from: string }[]> {
    const timeouts = this.#countTimeouts();
    if (timeouts !== this.#timeouts) this.#looksLeft = LOOKS;
    this.#timeouts = timeouts;
    if (this.#looksLeft === 0) return [];
    this.#looksLeft -= 1;
    const rows = halfOpenRows(await this.#sources.tables(), this.#ports);
    const lasting = rows.filter(({ key }) => this.#before.has(key));
    this.#before = new Set(rows.map(({ key }) => key));
    return lasting
      .filter(({ port, from }) => this.#isNews(`${port} ${from}`))
      .map(({ port, from }) => ({ port, from }));
  }

  #isNews(pair: string): boolean {
    if (this.#told.has(pair) || this.#told.size >= MAX_TOLD) return false;
    this.#told.add(pair);
    return true;
  }

  /** A SYN-ACK sent again counts in one or the other, by the way it came about. */
  #countTimeouts(): number {
    const counters = this.#sources.counters();
    return (counters.get('TcpExt.TCPTimeouts') ?? 0) + (counters.get('Tcp.RetransSegs') ?? 0);
  }
}

/** What is listened on: ports, and the families of the sockets that do. */
export interface Listening {
  readonly tcp: readonly number[];
  readonly tcpFamilies: readonly Family[];
}

/** Tells half-open connections to these ports until stopped. */
export function watchHalfOpen({ tcp, tcpFamilies }: Listening, report: (message: HalfOpen) => void): () => void {
  if (tcp.length === 0) return () => undefined;
  const finder = new HalfOpenFinder(tcp, {
    counters: () => readCounters(),
    tables: () => readSocketTables(tcpFamilies),
  });
  let isStopped = false;
  const poll = async () => {
    for (const found of await finder.look()) if (!isStopped) report({ type: 'half-open', at: Date.now(), ...found });
    if (!isStopped) timer = setTimeout(() => void poll(), POLL_MS).unref();
  };
  let timer = setTimeout(() => void poll(), POLL_MS).unref();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
