/**
 * The packets of an overlay that carry a flow between nodes, found by what is in them. VXLAN (RFC 7348) and Geneve without options (RFC 8926) both
 * have 8 bytes between the UDP header and the inner frame. Pure.
 */
import { isIPv6 } from 'node:net';
import { toPacketHex } from '../address.ts';
import type { TracedFlow } from '../wire.ts';
import type { KnownFlow } from './known-flow.ts';

/** VXLAN's port by IANA, Geneve's, and the one that Linux, and flannel with it, took for VXLAN before that. */
export const OVERLAY_PORTS = '{ 4789, 6081, 8472 }';
/** Bytes from the outer UDP header to the inner IP header: UDP 8, VXLAN or Geneve 8, Ethernet 14. */
const INNER = 30;
const ETHERTYPE = 28;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
/** Where they are in an IP header, bytes; `length`: of the header without options. */
const FAMILIES = {
  ip: { ethertype: 0x08_00, protocol: 9, source: 12, destination: 16, bytes: 4, length: 20 },
  ip6: { ethertype: 0x86_dd, protocol: 6, source: 8, destination: 24, bytes: 16, length: 40 },
} as const;

/** A chain that is jumped to: its name shows in each line of the trace, whatever nft knows of rules that are younger than its own start. */
export function outerChain(index: number, isAnswer: boolean): string {
  return `outer${index}${isAnswer ? '_back' : ''}`;
}

export function outerChains(flows: readonly TracedFlow[]): string[] {
  return flows.flatMap((_, index) => [outerChain(index, false), outerChain(index, true)]);
}

/** Of a line of the trace in one of these chains: which flow of the order, and which way. */
export const OUTER_CHAIN = /^outer(\d+)(_back)?$/u;

/** Matches of what goes to a port of an overlay, and the chain that packets go to. */
export function outerMatches({
  index,
  protocol,
  sourcePorts,
  sources,
  targets,
}: KnownFlow): { match: string; chain: string }[] {
  const own = `${sourcePorts.first}-${sourcePorts.first + sourcePorts.count - 1}`;
  const ports = [...new Set(targets.map(({ port }) => port))];
  return ports.flatMap((port) =>
    (['ip', 'ip6'] as const).flatMap((family) => {
      const here = setOf(family, sources);
      const there = setOf(
        family,
        targets.filter((target) => target.port === port).map(({ address }) => address),
      );
      if (here === null || there === null) return [];
      return [
        { match: inner(family, protocol, [here, there, own, `${port}`]), chain: outerChain(index, false) },
        { match: inner(family, protocol, [there, here, `${port}`, own]), chain: outerChain(index, true) },
      ];
    }),
  );
}

function inner(
  family: 'ip' | 'ip6',
  protocol: 'tcp' | 'udp',
  [source, destination, sourcePort, destinationPort]: readonly [string, string, string, string],
): string {
  const at = FAMILIES[family];
  const field = (byte: number, bytes: number) => `@th,${byte * 8},${bytes * 8}`;
  return [
    `${field(ETHERTYPE, 2)} ${at.ethertype}`,
    `${field(INNER + at.protocol, 1)} ${PROTOCOLS[protocol]}`,
    `${field(INNER + at.source, at.bytes)} ${source}`,
    `${field(INNER + at.destination, at.bytes)} ${destination}`,
    `${field(INNER + at.length, 2)} ${sourcePort}`,
    `${field(INNER + at.length + 2, 2)} ${destinationPort}`,
  ].join(' ');
}

/** As raw payload is compared with: numbers. */
function setOf(family: 'ip' | 'ip6', addresses: readonly string[]): string | null {
  const own = [...new Set(addresses.filter((address) => isIPv6(address) === (family === 'ip6')))];
  const numbers = own.map((address) => `0x${toPacketHex(address)}`);
  return numbers.length === 0 ? null : `{ ${numbers.join(', ')} }`;
}
