/** Which packets are followed → the tracer's own table, in nft's language. Pure. */
import { isIPv6 } from 'node:net';
import type { TraceOrder } from '../wire.ts';
import { outerChains, outerMatches } from './outer.ts';
import type { KnownFlow } from './known-flow.ts';

/**
 * Before and after everything else that a node is likely to have: Netfilter's own priorities run from -400 (defragmentation) to 300
 * (connection helpers; include/uapi/linux/netfilter_ipv4.h).
 */
const FIRST = -100_000;
const LAST = 100_000;

/** Our chains: two that tag, and three in which it shows how far a packet came. None of them decides anything. */
export const OWN_CHAINS = {
  arrived: { hook: 'prerouting', priority: FIRST },
  sent: { hook: 'output', priority: FIRST },
  forwarded: { hook: 'forward', priority: FIRST },
  delivered: { hook: 'input', priority: LAST },
  left: { hook: 'postrouting', priority: LAST },
} as const;

/** One line, as `nft -i` reads its input: the table and its chains, without rules. It belongs to the process that makes it, and dies with it. */
export function ownTable({ table, flows }: Pick<TraceOrder, 'table' | 'flows'>): string {
  const chains = Object.entries(OWN_CHAINS).map(
    ([name, { hook, priority }]) => `chain ${name} { type filter hook ${hook} priority ${priority}; policy accept; }`,
  );
  const outer = outerChains(flows).map((name) => `chain ${name} { }`);
  return `add table inet ${table} { flags owner; ${[...outer, ...chains].join('; ')}; }`;
}

/** The tags, in the place of those that were there. */
export function ownRules(
  { table, packetsPerSecond }: Pick<TraceOrder, 'table' | 'packetsPerSecond'>,
  flows: readonly KnownFlow[],
): string {
  const tagging = ['arrived', 'sent'];
  const outer = flows.flatMap(outerMatches);
  const chains = [...new Set(outer.map(({ chain }) => chain))];
  const tag = `limit rate ${packetsPerSecond}/second burst ${packetsPerSecond} packets meta nftrace set 1`;
  const rules = [
    ...new Set([
      ...flows.flatMap(matchesOf).map((match) => `${match} ${tag}`),
      ...outer.map(({ match, chain }) => `${match} goto ${chain}`),
    ]),
  ];
  return [
    ...[...tagging, ...chains].map((chain) => `flush chain inet ${table} ${chain}`),
    ...chains.map((chain) => `add rule inet ${table} ${chain} ${tag}`),
    ...tagging.flatMap((chain) => rules.map((rule) => `add rule inet ${table} ${chain} ${rule}`)),
  ].join('; ');
}

/** There and back, for each port and each family of addresses. */
function matchesOf({ protocol, sourcePorts: { first, count }, sources, targets }: KnownFlow): string[] {
  const own = `${first}-${first + count - 1}`;
  const ports = [...new Set(targets.map(({ port }) => port))];
  return ports.flatMap((port) =>
    (['ip', 'ip6'] as const).flatMap((family) => {
      const here = setOf(family, sources);
      const alike = targets.filter((target) => target.port === port);
      const there = setOf(
        family,
        alike.map(({ address }) => address),
      );
      if (here === null || there === null) return [];
      return [
        `${family} saddr ${here} ${family} daddr ${there} ${protocol} sport ${own} ${protocol} dport ${port}`,
        `${family} saddr ${there} ${family} daddr ${here} ${protocol} sport ${port} ${protocol} dport ${own}`,
      ];
    }),
  );
}

function setOf(family: 'ip' | 'ip6', addresses: readonly string[]): string | null {
  const own = [...new Set(addresses.filter((address) => isIPv6(address) === (family === 'ip6')))];
  return own.length === 0 ? null : `{ ${own.join(', ')} }`;
}
