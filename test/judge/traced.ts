/** Rule traces as a run records them: what `nft -a monitor trace` prints, for the packets of a path. */
import type { HookedChain, TracerMessage } from '../../probes/wire.ts';
import type { Heard, RuleTraces } from '../../src/model/recording.ts';

export const TABLE = 'kprobe-1a2b';

const OWN: readonly HookedChain[] = [
  { chain: 'arrived', hook: 'prerouting', priority: -100_000 },
  { chain: 'sent', hook: 'output', priority: -100_000 },
  { chain: 'forwarded', hook: 'forward', priority: -100_000 },
  { chain: 'delivered', hook: 'input', priority: 100_000 },
  { chain: 'left', hook: 'postrouting', priority: 100_000 },
].map((each) => ({ family: 'inet', table: TABLE, ...each }));

export const arrived = (source: string, destination: string, port: number): string[] => [
  `inet ${TABLE} arrived packet: iif "vxlan" ip saddr ${source} ip daddr ${destination} ip dscp cs0 ip ecn not-ect ip ttl 63 ip id 1 ip length 60 tcp sport 61000 tcp dport ${port} tcp flags == syn tcp window 64860`,
  `inet ${TABLE} arrived rule ip saddr ${source} tcp sport 61000-61007 limit rate 20/second burst 20 packets meta nftrace set 1 # handle 9 (verdict continue)`,
  `inet ${TABLE} arrived policy accept`,
];
export const forwarded = `inet ${TABLE} forwarded policy accept`;
export const left = `inet ${TABLE} left policy accept`;

type Told = TracerMessage extends infer M ? (M extends TracerMessage ? Omit<M, 'at'> : never) : never;

/** What tracers said of these nodes; packets twice, as they are followed. */
export function ruleTraces(
  paths: readonly string[],
  said: Readonly<Record<string, readonly Told[]>>,
  chains: readonly HookedChain[] = [],
): RuleTraces {
  const ready = {
    type: 'tracing',
    state: 'ready',
    says: 'nft 1.0.6, Linux 6.1',
    legacyTables: [],
    ebpfInterface: null,
  } as const;
  return {
    table: TABLE,
    paths,
    tracers: Object.fromEntries(Object.keys(said).map((node) => [`tracer@${node}`, node])),
    heard: Object.entries(said).flatMap(([node, own]) =>
      [
        ...(own.some(({ type }) => type === 'tracing') ? [] : [ready]),
        { type: 'hooked-chains' as const, chains: [...OWN, ...chains] },
        ...own,
      ].map((each) => ({ ...each, at: 0, agent: `tracer@${node}` }) as Heard<TracerMessage>),
    ),
    samples: [],
    limitations: [],
  };
}

export const packet = (path: string, lines: readonly string[], isAnswer = false): Told => ({
  type: 'rule-trace',
  path,
  isAnswer,
  lines,
});
