/**
 * Follows packets of a run through the rules of its node. It makes one table, which tags these packets and decides nothing, and which the kernel
 * removes with the process that owns it; it reads everything else and changes nothing.
 */
import { late } from '../late.ts';
import type { Names } from '../names.ts';
import { resolveWhere, watchPeers } from '../peers.ts';
import type { PeersSource } from '../peers.ts';
import type { ChainListing, HookedChain, Message, Peers, RuleTrace, TraceOrder } from '../wire.ts';
import { countRules } from './count-rules.ts';
import { listenToHolder } from './holder.ts';
import { PacketLines } from './lines.ts';
import type { Followed } from './lines.ts';
import { Monitor, Owner, run } from './nft.ts';
import { readinessOf } from './readiness.ts';
import { ownRules, ownTable } from './table.ts';
import type { KnownFlow } from './known-flow.ts';

/** How often packets are looked for of which no more lines come. */
const LOOK_EVERY_MS = 100;
/** Who ends all processes of a container at once ends the tracer as well, which hears of its nft first, milliseconds. */
const GONE_MS = 150;
const LISTEN_TRIES = 60;
const LISTEN_PAUSE_MS = 50;
/** Chains of which the listing is told, and how much of each. */
const MOST_LISTINGS = 16;
const LONGEST_LISTING = 24_000;
const MOST_CHAINS = 400;

export interface TracerOptions {
  readonly order: TraceOrder;
  readonly peers: PeersSource;
  readonly names: Names;
  readonly say: (message: Message) => void;
}

/** Resolves when it is ready to be told of peers, or known that it will never be. Stopping it leaves nothing. */
export async function startTracer(options: TracerOptions): Promise<() => void> {
  const { order, say } = options;
  const found = readinessOf(await run('nft', ['--version']));
  const counting = await countRules(found, say);
  const readiness = { ...found, ...(counting.sources.length === 0 ? {} : { counts: counting.sources }) };
  say({ type: 'tracing', at: Date.now(), ...readiness });
  if (readiness.state !== 'ready') return () => counting.stop();
  const tracer = new Tracer(options, (says) =>
    say({ type: 'tracing', at: Date.now(), ...readiness, state: 'failed', says: says.slice(0, 1000) }),
  );
  const watch = () =>
    watchPeers({
      source: options.peers,
      onPeers: (peers) => tracer.onPeers(peers),
      onProblem: (problem) => say({ type: 'trouble', at: Date.now(), what: `${order.table}: ${problem}` }),
    });
  const stopWatching = order.isHeld === true ? whileHeld(watch, (says) => tracer.fail(says)) : watch();
  return () => {
    stopWatching();
    counting.stop();
    tracer.stop();
  };
}

/** Without a holder nothing is begun, and nothing lasts. */
function whileHeld(begin: () => () => void, fail: (says: string) => void): () => void {
  let end: () => void = () => undefined;
  const stopListening = listenToHolder(process.stdin, {
    onHeld: () => (end = begin()),
    onLeft: () => {
      end();
      fail('nobody holds its standard input any more');
    },
  });
  return () => {
    stopListening();
    end();
  };
}

class Tracer {
  readonly #options: TracerOptions;
  /** It takes its table away and says why; once. */
  readonly fail: (says: string) => void;
  readonly #lines: PacketLines;
  readonly #startedMs = performance.now();
  readonly #told = new Map<string, number>();
  readonly #listed = new Set<string>();
  /** As of the last table of peers. */
  #flows: readonly KnownFlow[] = [];
  #owner: Owner | null = null;
  /** The table is made and heard: rules may be told. */
  #isFollowing = false;
  #monitor: Monitor | null = null;
  #looking: NodeJS.Timeout | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #lineCount = 0;
  #leftOut = 0;
  #isOver = false;

  constructor(options: TracerOptions, fail: (says: string) => void) {
    this.#options = options;
    this.#lines = new PacketLines(options.order);
    this.fail = (says) => {
      if (this.#isOver) return;
      this.stop();
      fail(says);
    };
  }

  /** Tags what is known by now; later states of the table of peers add to it. */
  onPeers(peers: Peers): void {
    this.#flows = this.#known(peers);
    if (this.#flows.length === 0 || this.#isOver) return;
    this.#leaveInTime(peers);
    if (this.#owner === null) void this.#begin();
    else if (this.#isFollowing) this.#owner.tell(ownRules(this.#options.order, this.#flows));
  }

  /** Its time runs from when a sender is there: until then pods may take long to start, and the agent's own deadline holds. */
  #leaveInTime({ agents }: Peers): void {
    const { flows, lastsMs } = this.#options.order;
    if (lastsMs === undefined || !flows.some(({ from }) => agents[from.agent] !== undefined)) return;
    this.#leaving ??= setTimeout(() => this.stop(), lastsMs);
  }

  #known(peers: Peers): KnownFlow[] {
    const { order, names } = this.#options;
    return order.flows.flatMap(({ protocol, sourcePorts, from, to }, index) => {
      const source = peers.agents[from.agent]?.address;
      const targets = to.flatMap((where) => resolveWhere(where, { peers, names }).to ?? []);
      const sources = [...(source === undefined ? [] : [source]), ...from.addresses];
      return sources.length === 0 || targets.length === 0 ? [] : [{ index, protocol, sourcePorts, sources, targets }];
    });
  }

  async #begin(): Promise<void> {
    const { order, say } = this.#options;
    const gone = (says: string) => void setTimeout(() => this.fail(says), GONE_MS);
    const owner = new Owner((said) => gone(`nft -i ended: ${said}`));
    this.#owner = owner;
    owner.tell(ownTable(order));
    this.#monitor = new Monitor(
      (line) => this.#onLine(line),
      (said) => gone(`nft monitor ended: ${said}`),
    );
    const chains = await this.#chains();
    if (this.#isOver) return;
    if (chains === null || !chains.some(({ table }) => table === order.table))
      return this.fail(`the table was not made: ${owner.said}`);
    if (!(await this.#isListening())) return this.fail('nft monitor does not listen');
    this.#isFollowing = true;
    // Peers may have come meanwhile.
    owner.tell(ownRules(order, this.#flows));
    say({ type: 'hooked-chains', at: Date.now(), chains: chains.slice(0, MOST_CHAINS) });
  }

  async #isListening(): Promise<boolean> {
    for (let tries = 0; tries < LISTEN_TRIES && !this.#isOver; tries += 1) {
      if (this.#monitor?.isListening === true) return true;
      await late('node:timers/promises').setTimeout(LISTEN_PAUSE_MS);
    }
    return false;
  }

  /** The table is there as soon as a list has it; a busy node needs some tries. */
  async #chains(): Promise<HookedChain[] | null> {
    let chains: HookedChain[] | null = null;
    for (let tries = 0; tries < LISTEN_TRIES && !this.#isOver; tries += 1) {
      chains = hookedChains(await run('nft', ['-j', 'list', 'chains']));
      if (chains?.some(({ table }) => table === this.#options.order.table) === true) return chains;
      await late('node:timers/promises').setTimeout(LISTEN_PAUSE_MS);
    }
    return chains;
  }

  #onLine(line: string): void {
    if (this.#isOver) return;
    this.#lineCount += 1;
    this.#lines.add(line, performance.now());
    // Where no packet comes, nothing is to be looked for.
    this.#looking ??= setInterval(() => this.#look(false), LOOK_EVERY_MS);
  }

  #look(isOver: boolean): void {
    for (const followed of this.#lines.take(performance.now(), isOver)) this.#tell(followed);
    if (this.#lines.isWaiting) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #tell(followed: Followed): void {
    const { order, say } = this.#options;
    const kind = `${followed.path}${followed.isOuter === true ? ' outer' : ''}`;
    const before = this.#told.get(kind) ?? 0;
    if (before >= order.mostPackets) {
      this.#leftOut += 1;
      return;
    }
    this.#told.set(kind, before + 1);
    const trace: RuleTrace = { type: 'rule-trace', at: Date.now(), ...followed };
    say(trace);
    for (const place of endsOf(followed.lines)) void this.#list(place);
  }

  /** Once for each chain: rules with what nft knows of them, and the same as iptables wrote them where it did. */
  async #list({ family, table, chain }: Place): Promise<void> {
    const key = `${family} ${table} ${chain}`;
    if (this.#isOver || table === this.#options.order.table) return;
    if (this.#listed.has(key) || this.#listed.size >= MOST_LISTINGS) return;
    this.#listed.add(key);
    const saving = family === 'ip' ? 'iptables-save' : family === 'ip6' ? 'ip6tables-save' : null;
    const [listed, saved] = await Promise.all([
      run('nft', ['-a', 'list', 'chain', family, table, chain]),
      saving === null ? null : run(saving, ['-t', table]),
    ]);
    const lines = (saved ?? '').split('\n').filter((line) => line.startsWith(`-A ${chain} `));
    const text = [listed ?? '', ...lines].join('\n').slice(0, LONGEST_LISTING);
    const listing: ChainListing = { type: 'chain-listing', at: Date.now(), family, table, chain, text };
    if (!this.#isOver) this.#options.say(listing);
  }

  /** Killed, not asked: the kernel takes the table away with its owner. */
  stop(): void {
    if (this.#isOver) return;
    clearTimeout(this.#leaving);
    this.#look(true);
    this.#isOver = true;
    const own = process.resourceUsage();
    const cpuMs =
      (this.#owner?.cpuMs ?? 0) + (this.#monitor?.cpuMs ?? 0) + (own.userCPUTime + own.systemCPUTime) / 1000;
    this.#owner?.end();
    this.#monitor?.end();
    const packets = [...this.#told.values()].reduce((sum, count) => sum + count, 0);
    const cost = {
      packets,
      lines: this.#lineCount,
      leftOut: this.#leftOut,
      cpuMs,
      overMs: performance.now() - this.#startedMs,
    };
    this.#options.say({ type: 'trace-cost', at: Date.now(), ...cost });
  }
}

type Place = Pick<ChainListing, 'family' | 'table' | 'chain'>;

/** Where a packet was dropped, or handed to a program: lines that end so. */
function endsOf(lines: readonly string[]): Place[] {
  return lines.flatMap((line) => {
    const [, family, table, chain, rest = ''] = /^(\S+) (\S+) (\S+) (.*)$/u.exec(line) ?? [];
    const isEnd = /\(verdict (?:drop|queue)|^policy drop|^verdict (?:drop|queue)/u.test(rest);
    return !isEnd || family === undefined || table === undefined || chain === undefined
      ? []
      : [{ family, table, chain }];
  });
}

/** As `nft -j list chains` has them (libnftables-json(5)); only some have a hook. */
interface ListedChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly prio?: number;
}

/** null where the text is none of nft's. */
function hookedChains(json: string | null): HookedChain[] | null {
  try {
    const { nftables } = JSON.parse(json ?? '') as { nftables: { chain?: ListedChain }[] };
    return nftables.flatMap(({ chain }) => {
      if (chain?.hook === undefined) return [];
      const { family, table, name, hook, prio = 0 } = chain;
      return [{ family, table, chain: name, hook, priority: prio }];
    });
  } catch {
    return null;
  }
}
