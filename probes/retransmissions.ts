/**
 * How often each connection in flight had to retransmit, exact also when several are in flight.
 *
 * The row in /proc/net/tcp counts retransmissions that are still unanswered. The last one, the one that gets through, is
 * answered within a round trip: it is never seen in the row, because the row is gone or set back. So each sighting
 * of a row also notes when its timer is due. When the connection moves on after that instant, and the namespace's counter
 * has risen by more than all visible rows account for, the timer did fire and the last retransmission was this connection's.
 */
import type { Counters } from './counters.ts';
import { findSocketRow, socketKey } from './sockets.ts';
import type { Endpoint, Family } from './sockets.ts';

/** What the ledger reads: the tables, then the counters, so that all a row shows has been counted. */
export interface RetransmissionSources {
  counters(): Counters;
  tables(families: readonly Family[]): Promise<string>;
  tablesNow(families: readonly Family[]): string;
  /** Monotonic milliseconds. */
  now(): number;
}

export type Segment = 'syn' | 'data';

interface Sighting {
  readonly retransmissions: number;
  readonly dueAt: number | null;
}

/** One connection that is being followed. */
export class Followed {
  readonly counts: Record<Segment, number> = { syn: 0, data: 0 };
  readonly sightings: Record<Segment, Sighting | null> = { syn: null, data: null };
  /** When it sent its SYN, monotonic milliseconds. */
  readonly since: number;
  readonly #local: Endpoint;
  readonly #remote: Endpoint;
  #key: string | null = null;

  constructor(local: Endpoint, remote: Endpoint, since: number) {
    this.#local = local;
    this.#remote = remote;
    this.since = since;
  }

  /** As the tables write it; made when it is first looked for, which most connections never are. */
  get key(): string {
    return (this.#key ??= socketKey(this.#local, this.#remote));
  }
}

/** Younger connections are not worth a look: the first SYN timer is 1 s, the first loss probe 200 ms. */
const FIRST_LOOK_MS = 100;
/** The kernel's timers fire late, never early; a tick of its clock (4 ms at HZ=250) lies between its time and ours. */
const TIMER_SLACK_MS = 5;
/** Without any sighting (our own process stalled) less than the first SYN timer means that there was none. */
const FIRST_SYN_TIMER_MS = 1000;
/** ` 0100007F:1F90 0100007F:9C40 ` */
const LONGEST_IPV4_KEY = 29;

/**
 * How far the counter rose lately beyond what rows account for, oldest first. What is older was not of the connections followed here (on
 * the host network: of any process of the node).
 */
interface Surplus {
  total: number;
  rises: { readonly at: number; count: number }[];
}

/**
 * How long a lost SYN may wait for the connection that it was of: two looks at their longest distance. Where many connections end each of
 * them looks, and two looks are a few milliseconds; where the machine is starved one look takes a second, and whoever waits for one has waited for another before.
 */
const SYN_RISE_MS = 700;
const SYN_RISES = 4;
/** Data timers are set back by any acknowledgement, so that one that was due says less: only what the last two looks saw is theirs. */
const DATA_RISES = 2;

export class RetransmissionLedger {
  readonly #sources: RetransmissionSources;
  readonly #followed = new Set<Followed>();
  readonly #surplus: Record<Segment, Surplus> = {
    syn: { total: 0, rises: [] },
    data: { total: 0, rises: [] },
  };
  #present: Promise<void> | null = null;

  constructor(sources: RetransmissionSources) {
    this.#sources = sources;
  }

  /** Follows a connection that has just sent its SYN. `counters` were read just before. */
  follow(local: Endpoint, remote: Endpoint, counters: Counters): Followed {
    if (this.#followed.size === 0) this.#rebase(counters);
    const followed = new Followed(local, remote, this.#sources.now());
    this.#followed.add(followed);
    return followed;
  }

  /** Whether any connection has been waiting long enough to have something to show. */
  isWorthALook(): boolean {
    const now = this.#sources.now();
    // The first that is followed is the oldest.
    for (const { since } of this.#followed) return now - since >= FIRST_LOOK_MS;
    return false;
  }

  /** Looks at all rows; to be called several times a second while connections wait. Calls that wait for each other share one look. */
  async look(): Promise<void> {
    await this.#present;
    this.#present ??= this.#lookOnce().finally(() => (this.#present = null));
    await this.#present;
  }

  /** Looks at once, for the moment of leaving; at nothing where nobody has waited long enough. */
  lookNow(): void {
    if (!this.isWorthALook()) return;
    const tables = this.#sources.tablesNow(this.#families());
    this.#take(this.#sources.counters(), tables, this.#sources.now());
  }

  #families(): Family[] {
    const hasIpv6 = [...this.#followed].some(({ key }) => key.length > LONGEST_IPV4_KEY);
    return hasIpv6 ? [4, 6] : [4];
  }

  /** Takes in one reading of the counters and the tables. */
  #take(counters: Counters, tables: string, at: number): void {
    this.#gather(counters);
    const suspects = [...this.#followed].filter((followed) => this.#sight(followed, tables, at));
    for (const followed of suspects) this.#claim(followed, 'data');
  }

  /** It was done at the instant `at` with what it did, before any timer of the kernel could fire: there is nothing to conclude. */
  isTooYoung(followed: Followed, at: number): boolean {
    return at - followed.since < FIRST_LOOK_MS;
  }

  /**
   * The connection left the phase in which it sent SYNs (or data) at the instant `at`, a moment ago: concludes the
   * retransmission that no row could show.
   */
  async conclude(followed: Followed, segment: Segment, at: number): Promise<void> {
    if (this.isTooYoung(followed, at)) return;
    // A look that began before the connection moved on may still show it as it was.
    await this.#present;
    const before = followed.sightings[segment];
    await this.look();
    const isStillVisible = followed.sightings[segment] !== before;
    if (before === null && !isStillVisible) this.#concludeUnseen(followed, segment, at);
    else if (before !== null && !isStillVisible && isDue(before, at)) this.#claim(followed, segment);
    followed.sightings[segment] = null;
  }

  forget(followed: Followed): void {
    this.#followed.delete(followed);
  }

  async #lookOnce(): Promise<void> {
    const at = this.#sources.now();
    const tables = await this.#sources.tables(this.#families());
    this.#take(this.#sources.counters(), tables, at);
  }

  #concludeUnseen(followed: Followed, segment: Segment, at: number): void {
    const isPossible = segment === 'data' || at - followed.since >= FIRST_SYN_TIMER_MS;
    if (!isPossible || this.#followed.size !== 1) return;
    for (let left = this.#unclaimed(segment); left > 0; left -= 1) this.#claim(followed, segment);
  }

  /** Counts what the row shows, and says whether a data timer must have fired and been answered since the last sighting. */
  #sight(followed: Followed, tables: string, now: number): boolean {
    const row = findSocketRow(tables, followed.key);
    if (row === null || row.state === 'other') return false;
    const segment: Segment = row.state === 'syn-sent' ? 'syn' : 'data';
    const before = followed.sightings[segment];
    const risen = row.retransmissions - (before?.retransmissions ?? 0);
    if (risen > 0) this.#claim(followed, segment, risen);
    followed.sightings[segment] = {
      retransmissions: row.retransmissions,
      dueAt: row.timerMs === null ? null : now + row.timerMs,
    };
    return risen <= 0 && segment === 'data' && before !== null && isDue(before, now);
  }

  /** Counts what a row shows in any case (`seen`); what only the timer suggests, as far as the counter bears it out. */
  #claim(followed: Followed, segment: Segment, seen = 0): void {
    const claimed = seen > 0 ? seen : Math.min(1, this.#unclaimed(segment));
    followed.counts[segment] += claimed;
    let left = claimed;
    for (const rise of this.#surplus[segment].rises) {
      const taken = Math.min(left, rise.count);
      rise.count -= taken;
      left -= taken;
    }
  }

  #unclaimed(segment: Segment): number {
    return this.#surplus[segment].rises.reduce((sum, { count }) => sum + count, 0);
  }

  #rebase(counters: Counters): void {
    this.#surplus.syn = { total: synTotal(counters), rises: [] };
    this.#surplus.data = { total: dataTotal(counters), rises: [] };
  }

  #gather(counters: Counters): void {
    const at = this.#sources.now();
    const totals = { syn: synTotal(counters), data: dataTotal(counters) };
    for (const segment of ['syn', 'data'] as const) {
      const { total, rises } = this.#surplus[segment];
      const all = [...rises, { at, count: Math.max(0, totals[segment] - total) }];
      const isRecent = (rise: { at: number }, index: number) =>
        at - rise.at <= SYN_RISE_MS || index >= all.length - SYN_RISES;
      const recent = segment === 'syn' ? all.filter(isRecent) : all.slice(-DATA_RISES);
      this.#surplus[segment] = { total: totals[segment], rises: recent };
    }
  }
}

function isDue(sighting: Sighting, at: number): boolean {
  return sighting.dueAt !== null && at >= sighting.dueAt - TIMER_SLACK_MS;
}

function synTotal(counters: Counters): number {
  return counters.get('TcpExt.TCPSynRetrans') ?? 0;
}

/** Tcp.RetransSegs counts SYNs, data and loss probes alike. */
function dataTotal(counters: Counters): number {
  return (counters.get('Tcp.RetransSegs') ?? 0) - synTotal(counters);
}
