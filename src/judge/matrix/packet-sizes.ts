/** The largest packet that got through whole between two agents: a datagram of that size went there and one came back, and neither was split. */
import type { Sample } from '../../../probes/wire.ts';
import type { Path } from '../../model/plan.ts';
import type { Evidence } from '../evidence/evidence.ts';

/** IPv4 header without options, IPv6 header, and UDP header (RFC 791, RFC 8200, RFC 768). */
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
/** A datagram that left or came in parts passed, but no packet of its size did. */
const SPLIT = ['Ip.FragCreates', 'Ip.ReasmReqds', 'Ip6.FragCreates', 'Ip6.ReasmReqds'];

/** In bytes, by the ids of both agents; pairs of which nothing got through whole are left out. */
export function packetBytes(evidence: Evidence): ReadonlyMap<string, number> {
  const largest = new Map<string, number>();
  const passes = sizesOfAgents(evidence);
  for (const { path, from, to, answered } of evidence.paths) {
    if (path.userFacing || to === null || path.probe.kind !== 'udp') continue;
    const whole = answered.find(
      ({ sample }) => !isSplit(sample) || (isMixed(sample) && passes.has(sizeOf(from.id, path))),
    );
    if (whole === undefined) continue;
    const key = `${from.id}\n${to.id}`;
    const header = (isIpv6(whole.sample) ? IPV6_BYTES : IPV4_BYTES) + UDP_BYTES;
    largest.set(key, Math.max(largest.get(key) ?? 0, path.probe.bytes + header));
  }
  return largest;
}

/** Sizes that an agent sent and received whole on some node pair, by its id: splitting is its device's work, and that is the same for all. */
function sizesOfAgents({ paths }: Evidence): ReadonlySet<string> {
  const whole = paths.filter(
    ({ path, answered }) =>
      !path.userFacing && path.probe.kind === 'udp' && answered.some(({ sample }) => !isSplit(sample)),
  );
  return new Set(whole.map(({ path, from }) => sizeOf(from.id, path)));
}

function sizeOf(agent: string, { probe }: Path): string {
  return `${agent} ${probe.kind === 'udp' ? probe.bytes : 0}`;
}

/** Other attempts of the same moment moved the same counters. */
function isMixed({ concurrent }: Sample): boolean {
  return concurrent > 0;
}

function isSplit({ counters }: Sample): boolean {
  return SPLIT.some((name) => (counters[name] ?? 0) > 0);
}

function isIpv6({ local }: Sample): boolean {
  return local?.startsWith('[') === true;
}
