/** What counted packets beside the rules that a trace shows: the texts of iptables-save, nft and Cilium → counters of what stops packets. Pure. */

/** Packets by rule; a rule that is there twice in one chain counts once, with both. */
export type Counts = ReadonlyMap<string, number>;

/** Targets that end a packet's way, or hand it to a program (iptables-extensions(8)). */
const STOPPING_TARGET = / -j (?:DROP|REJECT|NFQUEUE|QUEUE|STEAL|TARPIT)\b/u;
const STOPPING_VERDICT = /(?:^|\s)(?:drop|reject|queue)(?:\s|$)/u;

/** `iptables-save -c`: `[packets:bytes] -A CHAIN …`, and `:CHAIN POLICY [packets:bytes]`, table by table. */
export function savedCounts(text: string, family: 'ip' | 'ip6'): Counts {
  const counts = new Map<string, number>();
  let table = '';
  for (const line of text.split('\n')) {
    table = /^\*(\S+)/u.exec(line)?.[1] ?? table;
    const [, packets, rule] = /^\[(\d+):\d+\] (-A .*)$/u.exec(line) ?? [];
    if (rule !== undefined && STOPPING_TARGET.test(rule)) add(counts, `${family} ${table}: ${rule}`, Number(packets));
    const [, chain, byDefault] = /^:(\S+) DROP \[(\d+):\d+\]$/u.exec(line) ?? [];
    if (chain !== undefined) add(counts, `${family} ${table}: default of ${chain}, DROP`, Number(byDefault));
  }
  return counts;
}

/** `nft list ruleset`: only rules with a counter of their own have numbers. */
export function nftCounts(text: string): Counts {
  const counts = new Map<string, number>();
  let [table, chain] = ['', ''];
  for (const line of text.split('\n').map((each) => each.trim())) {
    table = /^table (\S+ \S+) \{/u.exec(line)?.[1] ?? table;
    chain = /^chain (\S+) \{/u.exec(line)?.[1] ?? chain;
    const packets = /\bcounter packets (\d+) bytes \d+/u.exec(line)?.[1];
    if (packets === undefined || !STOPPING_VERDICT.test(line.replaceAll(/"[^"]*"/gu, '""'))) continue;
    const rule = line.replace(/\bcounter packets \d+ bytes \d+/u, 'counter').replace(/ # handle \d+$/u, '');
    add(counts, `${table} ${chain}: ${rule}`, Number(packets));
  }
  return counts;
}

/** Metrics of the Cilium agent (docs.cilium.io, "Monitoring & Metrics": `cilium_drop_count_total` by reason and direction). */
export function ciliumCounts(text: string): Counts {
  const counts = new Map<string, number>();
  for (const [, labels = '', value = ''] of text.matchAll(/^cilium_drop_count_total\{([^}]*)\} (\S+)$/gmu)) {
    const [reason, direction] = ['reason', 'direction'].map(
      (name) => new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(labels)?.[1],
    );
    if (reason !== undefined) add(counts, `${reason} (${(direction ?? 'either way').toLowerCase()})`, Number(value));
  }
  return counts;
}

/** What has grown since; a table that was made anew begins at nothing. */
export function movedSince(before: Counts, now: Counts): { rule: string; packets: number }[] {
  return [...now]
    .map(([rule, packets]) => {
      const then = before.get(rule) ?? 0;
      return { rule, packets: packets >= then ? packets - then : packets };
    })
    .filter(({ packets }) => packets > 0)
    .toSorted((one, other) => other.packets - one.packets);
}

function add(counts: Map<string, number>, rule: string, packets: number): void {
  if (Number.isFinite(packets)) counts.set(rule, (counts.get(rule) ?? 0) + packets);
}
