/** Tells what the node says of itself: at the start, at the end, and between them when it has dropped something. */
import { readNodeFacts } from './node-facts.ts';
import type { NodeFacts } from './wire.ts';

/**
 * A run may end as soon as its verdict is settled, and nobody waits for the last word then. Reading takes 1 to 3 ms, milliseconds between two
 * readings: a thousandth of a CPU.
 */
const LOOK_EVERY_MS = 2000;

type Facts = ReturnType<typeof readNodeFacts>;

/** Returns how to end it, which tells a last time. */
export function watchNode(tell: (facts: NodeFacts) => void, read: () => Facts = readNodeFacts): () => void {
  let told = '';
  const say = (when: NodeFacts['when'], facts: Facts) => {
    told = dropsOf(facts);
    tell({ type: 'node-facts', when, at: Date.now(), ...facts });
  };
  say('start', read());
  const looking = setInterval(() => {
    const facts = read();
    if (dropsOf(facts) !== told) say('trouble', facts);
  }, LOOK_EVERY_MS).unref();
  return () => {
    clearInterval(looking);
    say('end', read());
  };
}

/** Counts that stand still where nothing is wrong. */
const DROPS = [
  'TcpExt.IPReversePathFilter',
  'Ip.InAddrErrors',
  'Conntrack.insert_failed',
  'Conntrack.drop',
  'Conntrack.early_drop',
  'Arp.table_fulls',
  'Ndisc.table_fulls',
] as const;

function dropsOf({ counters, machine, interfaces }: Facts): string {
  const counted = DROPS.map((name) => counters[name] ?? machine.counters[name] ?? 0);
  return [...counted, ...interfaces.map(({ rxDropped }) => rxDropped)].join(' ');
}
