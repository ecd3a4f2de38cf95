/** Which packets are followed → the tracer's own table, in nft's language. Pure. */
import { isIPv6 } from 'node:net';
import type { TraceOrder } from '../wire.ts';
import { outerChains, outerMatches, OVERLAY_PORTS } from './outer.ts';
import type { KnownFlow } from './known-flow.ts';

/**
 * Before and after everything else that a node is likely to have: Netfilter's own priorities run from -400 (defragmentation) to 300
 * (connection helpers; include/uapi/linux/netfilter_ipv4.h).
 */
const FIRST = -100_000;
const LAST = 100_000;

/** Our chains on hooks: two from which packets are tagged, and three in which it shows how far a packet came. None of them decides anything. */
export const OWN_CHAINS = {
  arrived: { hook: 'prerouting', priority: FIRST },
  sent: { hook: 'output', priority: FIRST },
  forwarded: { hook: 'forward', priority: FIRST },
  delivered: { hook: 'input', priority: LAST },
  left: { hook: 'postrouting', priority: LAST },
} as const;
/**
 * Where ports are those of a flow, and where they are those of an overlay. All other packets of the node are done after one look at their ports, however
 * many flows are followed (`npm run bench:trace`).
 */
export const TAGGING_CHAINS = { flows: 'flows', overlay: 'overlay' } as const;

/** One line, as `nft -i` reads its input: the table and its chains, without rules. It belongs to the process that makes it, and dies with it. */
export function ownTable({ table, flows }: Pick<TraceOrder, 'table' | 'flows'>): string {
  const chains = Object.entries(OWN_CHAINS).map(
    ([name, { hook, priority }]) => `chain ${name} { type filter hook ${hook} priority ${priority}; policy accept; }`,
  );
  const tagging = [...outerChains(flows), ...Object.values(TAGGING_CHAINS)].map((name) => `chain ${name} { }`);
  return `add table inet ${table} { flags owner; ${[...tagging, ...chains].join('; ')}; }`;
}

/** The tags, in the place of those that were there. */
export function ownRules(
  { table, packetsPerSecond }: Pick<TraceOrder, 'table' | 'packetsPerSecond'>,
  flows: readonly KnownFlow[],
): string {
  const outer = flows.flatMap(outerMatches);
  const carriers = [...new Set(outer.map(({ chain }) => chain))];
  const tag = `limit rate ${packetsPerSecond}/second burst ${packetsPerSecond} packets meta nftrace set 1`;
  const rules = {
    [TAGGING_CHAINS.flows]: flows.flatMap(matchesOf).map((match) => `${match} ${tag}`),
    [TAGGING_CHAINS.overlay]: outer.map(({ match, chain }) => `${match} goto ${chain}`),
    ...Object.fromEntries(carriers.map((chain) => [chain, [tag]])),
    ...Object.fromEntries(['arrived', 'sent'].map((chain) => [chain, gatesOf(flows)])),
  };
  return [
    ...Object.keys(rules).map((chain) => `flush chain inet ${table} ${chain}`),
    ...Object.entries(rules).flatMap(([chain, own]) =>
      [...new Set(own)].map((rule) => `add rule inet ${table} ${chain} ${rule}`),
    ),
  ].join('; ');
}

/** Who may be one of ours by its destination port, which is enough: answers go to the ports that questions came from. */
function gatesOf(flows: readonly KnownFlow[]): string[] {
  const flowGates = (['tcp', 'udp'] as const).flatMap((protocol) => {
    const own = flows.filter((flow) => flow.protocol === protocol);
    const ranges = own.flatMap(({ sourcePorts: { first, count }, targets }) => [
      { first, last: first + count - 1 },
      ...targets.map(({ port }) => ({ first: port, last: port })),
    ]);
    return own.length === 0 ? [] : [`${protocol} dport ${anyOf(disjoint(ranges))} jump ${TAGGING_CHAINS.flows}`];
  });
  return [...flowGates, `udp dport ${OVERLAY_PORTS} goto ${TAGGING_CHAINS.overlay}`];
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The same ports, none twice, which a set of nft does not take. */
function disjoint(ranges: readonly Range[]): string[] {
  const merged: Range[] = [];
  for (const next of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = merged.at(-1);
    if (before === undefined || next.first > before.last) merged.push(next);
    else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, next.last) };
  }
  return merged.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
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
  return own.length === 0 ? null : anyOf(own);
}

function anyOf(members: readonly string[]): string {
  return `{ ${members.join(', ')} }`;
}
