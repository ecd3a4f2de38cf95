/** What `nft monitor trace` prints → packets: the lines of each, once no more are to come. Pure but for the caller's clock. */
import type { RuleTrace, TracedFlow, TraceOrder } from '../wire.ts';
import { OUTER_CHAIN } from './outer.ts';

/** A packet is through a node's rules within microseconds, and its lines come together; so long after the last one it is told. */
const QUIET_MS = 250;
/** The longest that a message carries. */
const MOST_LINES = 160;
const LONGEST_LINE = 600;
/** Packets whose lines are awaited at one time. */
const MOST_OPEN = 200;

const TRACE_LINE = /^trace id ([0-9a-f]+) (.*)$/u;
const PACKET_PORTS = /\b(?:tcp|udp) sport (\d+) (?:tcp|udp) dport (\d+)\b/u;

/** What rules before the last hook leave as it is: who sent it, and in IPv4 the packet's own number. */
const PACKET = /^\S+ \S+ \S+ packet: /u;
const SENDER = /\bip6? saddr \S+/u;
const SOURCE_PORT = /\b(?:tcp|udp) sport \d+/u;
const NUMBER = /\bip id \d+/u;

interface Open {
  readonly lines: string[];
  readonly identity: string | null;
  seenMs: number;
}

export type Followed = Pick<RuleTrace, 'path' | 'isAnswer' | 'isOuter' | 'lines'>;

export class PacketLines {
  readonly #flows: readonly TracedFlow[];
  /** The kernel makes the id of a packet mostly of its place in memory, so one soon comes again: where our first chains see a packet begin, it is another. */
  readonly #begin: RegExp;
  /** The chain in which the packet of an overlay was tagged says what it carries. */
  readonly #outer: RegExp;
  readonly #open = new Map<string, Open>();
  readonly #done: Open[] = [];

  constructor({ table, flows }: Pick<TraceOrder, 'table' | 'flows'>) {
    this.#flows = flows;
    this.#begin = new RegExp(`^inet ${table} (?:arrived|sent|flows|outer\\S+) packet: `, 'u');
    this.#outer = new RegExp(`^inet ${table} (outer\\S+) `, 'u');
  }

  /** Other lines than those of a trace are passed over. */
  add(line: string, nowMs: number): void {
    const [, id, text] = TRACE_LINE.exec(line) ?? [];
    if (id === undefined || text === undefined) return;
    const before = this.#open.get(id);
    const isNext = before !== undefined && this.#begin.test(text);
    if (isNext) this.#done.push(before);
    const goesOn = before ?? this.#movedFrom(text);
    if (goesOn === undefined && this.#open.size >= MOST_OPEN) return;
    const open = goesOn === undefined || isNext ? { lines: [], identity: identityOf(text), seenMs: nowMs } : goesOn;
    this.#open.set(id, open);
    open.seenMs = nowMs;
    if (open.lines.length < MOST_LINES) open.lines.push(text.trimEnd().slice(0, LONGEST_LINE));
  }

  /**
   * The packet that goes on under this id, taken from under its old one: the interface that it came in by is part of the id (net/netfilter/nf_tables_trace.c,
   * trace_fill_id), and where a bridge hands its packets to the node's rules that is first the bridge's port and then the bridge. It is no packet of its own,
   * for none begins there.
   */
  #movedFrom(text: string): Open | undefined {
    if (this.#begin.test(text)) return undefined;
    const identity = identityOf(text);
    const [old, open] = [...this.#open].findLast((entry) => identity !== null && entry[1].identity === identity) ?? [];
    if (old !== undefined) this.#open.delete(old);
    return open;
  }

  /** More lines may come, or a packet that is over has not been taken. */
  get isWaiting(): boolean {
    return this.#open.size > 0 || this.#done.length > 0;
  }

  /** Those of which no line has come for a while. `isOver`: all of them. */
  take(nowMs: number, isOver = false): Followed[] {
    const done = [...this.#open].filter(([, { seenMs }]) => isOver || nowMs - seenMs >= QUIET_MS);
    for (const [id] of done) this.#open.delete(id);
    const whole = [...this.#done.splice(0), ...done.map(([, open]) => open)];
    return whole.flatMap(({ lines }) => this.#followed(lines) ?? []);
  }

  /** null: no packet of ours, or one whose beginning was not heard. */
  #followed(lines: readonly string[]): Followed | null {
    const carrier = lines.map((line) => this.#outer.exec(line)?.[1]).find((chain) => chain !== undefined);
    if (carrier !== undefined) return this.#carrying(carrier, lines);
    const [, source, destination] = lines.map((line) => PACKET_PORTS.exec(line)).find((found) => found !== null) ?? [];
    const has = ({ sourcePorts: { first, count } }: TracedFlow, port: number) => port >= first && port < first + count;
    const asking = this.#flows.find((flow) => has(flow, Number(source)));
    const flow = asking ?? this.#flows.find((each) => has(each, Number(destination)));
    return flow === undefined ? null : { path: flow.path, isAnswer: asking === undefined, lines };
  }

  #carrying(chain: string, lines: readonly string[]): Followed | null {
    const [, index, back] = OUTER_CHAIN.exec(chain) ?? [];
    const flow = this.#flows[Number(index ?? Number.NaN)];
    return flow === undefined ? null : { path: flow.path, isAnswer: back !== undefined, isOuter: true, lines };
  }
}

/** null: the line does not describe a packet. */
function identityOf(text: string): string | null {
  const parts = [SENDER, SOURCE_PORT, NUMBER].flatMap((part) => part.exec(text)?.[0] ?? []);
  return PACKET.test(text) && parts.length >= 2 ? parts.join(' ') : null;
}
