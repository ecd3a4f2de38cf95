/** Why an attempt got no answer, told as finely as the samples of its path allow. */
import type { Sample } from '../../../probes/wire.ts';

/** `other`: something came back, but not what was asked for (a reset, one DNS answer of two, a connection that then fell silent, a broken protocol). */
export type Silence = 'silent' | 'refused' | 'rejected' | 'other';

/**
 * One reason for each unanswered sample of one path. An ICMP error always moves a counter of the prober's namespace
 * (IcmpMsg.InType3 over IPv4, Icmp6.InDestUnreachs over IPv6), so a refusal without it was a RST; with it and alone in its namespace it was the ICMP error; where other attempts were
 * in flight the sure ones of the same path decide, and without any the counter is believed.
 */
export function reasonsOf(samples: readonly Sample[]): readonly Silence[] {
  const judged = samples.map(reasonOf);
  const sure = judged.filter((reason) => reason === 'refused' || reason === 'rejected');
  const rejections = sure.filter((reason) => reason === 'rejected').length;
  const believed: Silence = sure.length === 0 || rejections * 2 > sure.length ? 'rejected' : 'refused';
  return judged.map((reason) => (reason === 'ambiguous' ? believed : reason));
}

function reasonOf({ outcome, counters, concurrent, phases, dns, local }: Sample): Silence | 'ambiguous' {
  switch (outcome.kind) {
    case 'refused': {
      const isDatagram = phases.connect === undefined;
      if (isDatagram) return 'rejected';
      if (!sawIcmpError(counters, local)) return 'refused';
      return concurrent > 0 ? 'ambiguous' : 'rejected';
    }
    case 'unreachable':
      return 'rejected';
    case 'silent':
    case 'cut': {
      const wasConnected = phases.connect !== undefined && outcome.phase !== 'connect';
      const wasHalfAnswered = dns !== null;
      return wasConnected || wasHalfAnswered ? 'other' : 'silent';
    }
    case 'reset':
    case 'error':
    case 'answered':
      return 'other';
    default:
      return outcome satisfies never;
  }
}

/** Destination-unreachable messages of ICMPv4, by either of the two names that /proc/net/snmp has for them. */
const ICMP_ERRORS = ['IcmpMsg.InType3', 'Icmp.InDestUnreachs'] as const;
/** Those of ICMPv6, in /proc/net/snmp6. */
const ICMP6_ERRORS = ['Icmp6.InDestUnreachs'] as const;

/**
 * Whether a destination-unreachable message came of the family that the attempt used, as its own address tells (`10.0.0.1:80`, `[fd00::1]:80`); of either
 * where that is not known.
 */
export function sawIcmpError(counters: Readonly<Record<string, number>>, local: string | null): boolean {
  const names = local === null ? [...ICMP_ERRORS, ...ICMP6_ERRORS] : local.startsWith('[') ? ICMP6_ERRORS : ICMP_ERRORS;
  return names.some((name) => (counters[name] ?? 0) > 0);
}
