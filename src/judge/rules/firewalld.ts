/**
 * firewalld: with nftables the table `firewalld` (chains filter_IN_ZONE_deny and the like), with iptables chains IN_ZONE, FWDI_ZONE, INPUT_direct
 * in the common tables.
 */
import type { TraceStep } from '../../model/packet-trace.ts';
import { stops } from './way.ts';
import type { Ownership, Way, Writer } from './way.ts';

type Told = Omit<Ownership, 'program'>;

const IPTABLES_CHAIN =
  /^(?:(?:IN|FWDI|FWDO|FWD|PRE|POST)_\S+|(?:INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)_(?:direct|ZONES|ZONES_SOURCE|POLICIES_(?:pre|post))|FORWARD_(?:IN|OUT)_ZONES(?:_SOURCE)?)$/;

export const firewalld: Writer = {
  program: 'firewalld',
  wrote: ({ table, chain }) => table === 'firewalld' || IPTABLES_CHAIN.test(chain),
  read: (way) => (stops(way.last) ? stopped(way) : told('passes', 'it lets the packet on, or rewrites it')),
};

function stopped({ steps, last }: Way): Told {
  const { rule = '' } = last;
  if (/\bfib saddr\b|\brpfilter\b/.test(rule)) {
    return told(
      'reverse-path',
      'the answer to this source would not leave by the interface that the packet came in by',
    );
  }
  if (/\binvalid\b/i.test(rule)) {
    return told(
      'invalid-state',
      'connection tracking cannot place the packet (state INVALID), and firewalld drops such',
    );
  }
  const zone = steps.findLast((step) => step.table === last.table && zoneOf(step) !== null);
  const name = zone === undefined ? null : zoneOf(zone);
  if (name === null) return told('firewall', 'no zone of firewalld admits it');
  return told('firewall', `zone ${name} of firewalld does not admit it`);
}

/** `filter_IN_public_deny`, `IN_public`: the zone, or the policy, in the chain's name. */
function zoneOf({ chain }: TraceStep): string | null {
  const found = /^(?:[a-z]+_)?(?:IN|FWDI|FWDO|FWD|PRE|POST)_(?:policy_)?(.+?)(?:_(?:pre|log|deny|allow|post))?$/.exec(
    chain,
  )?.[1];
  return found === undefined || found === 'ZONES' ? null : found;
}

function told(reason: Ownership['reason'], means: string): Told {
  return { reason, isStale: false, means };
}
