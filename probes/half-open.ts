/** Connections of which only the SYN arrived: the answering side's proof that the way in is open and the way back is not. */
import { halfOpenRows, readSocketTables } from './sockets.ts';
import type { HalfOpen } from './wire.ts';

/** A SYN_RECV row lives for the SYN-ACK's first timer at least, 1 s. */
const POLL_MS = 200;
/** On a node with very many sockets a look is slow; it may cost this share of the time at most. */
const LOOK_SHARE = 0.05;
/** Peers worth telling; a SYN flood must not fill the log. */
const MAX_TOLD = 500;

/** Finds half-open connections that stand in two looks running: one look can meet a healthy handshake in the middle. */
export class HalfOpenFinder {
  readonly #ports: ReadonlySet<number>;
  readonly #told = new Set<string>();
  #before = new Set<string>();

  constructor(ports: readonly number[]) {
    this.#ports = new Set(ports);
  }

  /** Peer address and port listened on, each pair once. */
  look(tables: string): { port: number; from: string }[] {
    const found: { port: number; from: string }[] = [];
    const present = new Set<string>();
    for (const { port, from } of halfOpenRows(tables, this.#ports)) {
      const connection = `${port} ${from.address} ${from.port}`;
      const pair = `${port} ${from.address}`;
      present.add(connection);
      if (!this.#before.has(connection) || this.#told.has(pair) || this.#told.size >= MAX_TOLD) continue;
      this.#told.add(pair);
      found.push({ port, from: from.address });
    }
    this.#before = present;
    return found;
  }
}

/** Tells half-open connections to these ports until stopped. */
export function watchHalfOpen(ports: readonly number[], tell: (message: HalfOpen) => void): () => void {
  if (ports.length === 0) return () => undefined;
  const finder = new HalfOpenFinder(ports);
  const look = () => {
    const start = performance.now();
    for (const found of finder.look(readSocketTables())) tell({ type: 'half-open', at: Date.now(), ...found });
    timer = setTimeout(look, Math.max(POLL_MS, (performance.now() - start) / LOOK_SHARE)).unref();
  };
  let timer = setTimeout(look, POLL_MS).unref();
  return () => clearTimeout(timer);
}
