/** Counters before and after, for rules that a trace passes over: read again and again, told when one has moved. It writes nothing. */
import { get } from 'node:http';
import type { Message, RuleCounts } from '../wire.ts';
import { ciliumCounts, movedSince, nftCounts, savedCounts } from './counts.ts';
import type { Counts } from './counts.ts';
import { run } from './nft.ts';
import type { Readiness } from './readiness.ts';

/** Large rulesets take a second to list. */
const READ_EVERY_MS = 1500;
/** Of each source so many rules, so long. */
const MOST_RULES = 20;
const LONGEST_RULE = 400;
/** Where Cilium's agent tells its metrics, if it was told to (docs.cilium.io, "Monitoring & Metrics": prometheus.enabled, port 9962). */
const CILIUM_METRICS = 'http://127.0.0.1:9962/metrics';
const METRICS_MS = 1000;
const LONGEST_METRICS = 16 * 1024 * 1024;

type Source = RuleCounts['source'];

const READERS: Readonly<Record<Source, () => Promise<Counts | null>>> = {
  'iptables-legacy': () => read('iptables-legacy-save', ['-c'], (text) => savedCounts(text, 'ip')),
  'ip6tables-legacy': () => read('ip6tables-legacy-save', ['-c'], (text) => savedCounts(text, 'ip6')),
  nft: () => read('nft', ['list', 'ruleset'], nftCounts),
  cilium: async () => {
    const text = await fetchText(CILIUM_METRICS);
    return text === null || !text.includes('cilium_') ? null : ciliumCounts(text);
  },
};

/** Those that are worth reading on this node. */
function sourcesFor({ state, legacyTables, ebpfInterface }: Readiness): Source[] {
  const isOld = state === 'old-nft' || state === 'old-kernel';
  return [
    ...(legacyTables.some((table) => table.startsWith('ip ')) ? (['iptables-legacy'] as const) : []),
    ...(legacyTables.some((table) => table.startsWith('ip6 ')) ? (['ip6tables-legacy'] as const) : []),
    ...(isOld ? (['nft'] as const) : []),
    ...(ebpfInterface === 'cilium_host' ? (['cilium'] as const) : []),
  ];
}

export interface Counting {
  /** Those that could be read. */
  readonly sources: readonly Source[];
  stop(): void;
}

/** Resolves when all have been read once. */
export async function countRules(readiness: Readiness, say: (message: Message) => void): Promise<Counting> {
  const first = await Promise.all(
    sourcesFor(readiness).map(async (source) => ({ source, before: await READERS[source]() })),
  );
  const readable = first.flatMap(({ source, before }) => (before === null ? [] : [{ source, before, told: '' }]));
  let isReading = false;
  const look = async () => {
    if (isReading) return;
    isReading = true;
    for (const each of readable) {
      const now = await READERS[each.source]();
      const moved = movedSince(each.before, now ?? each.before)
        .slice(0, MOST_RULES)
        .map(({ rule, packets }) => ({ rule: rule.slice(0, LONGEST_RULE), packets }));
      const told = JSON.stringify(moved);
      if (moved.length === 0 || told === each.told) continue;
      each.told = told;
      say({ type: 'rule-counts', at: Date.now(), source: each.source, moved });
    }
    isReading = false;
  };
  const timer = readable.length === 0 ? undefined : setInterval(() => void look(), READ_EVERY_MS);
  return { sources: readable.map(({ source }) => source), stop: () => clearInterval(timer) };
}

async function read(program: string, args: readonly string[], parse: (text: string) => Counts): Promise<Counts | null> {
  const text = await run(program, args);
  return text === null ? null : parse(text);
}

function fetchText(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: METRICS_MS, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LONGEST_METRICS) request.destroy();
      });
      response.once('end', () => resolve(response.statusCode === 200 ? text : null));
      response.once('error', () => resolve(null));
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(null));
  });
}
