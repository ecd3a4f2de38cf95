/** The list of probe kinds. */
import { isIP } from 'node:net';
import type { Attempt } from '../attempt.ts';
import { late } from '../late.ts';
import type { Endpoint } from '../sockets.ts';
import type { Phase, Probe } from '../wire.ts';
import { probeDns } from './dns.ts';
import { probeHttp } from './http.ts';
import { probeResolver } from './resolver.ts';
import { probeTcp } from './tcp.ts';
import { probeUdp } from './udp.ts';

/** The phase in which an attempt of this kind begins. */
export function firstPhase(probe: Probe): Phase {
  switch (probe.kind) {
    case 'tcp':
    case 'http':
      return 'connect';
    case 'dns':
      return probe.transport === 'tcp' ? 'connect' : 'dns';
    case 'resolver':
      return 'dns';
    case 'udp':
      return 'first-byte';
    default:
      return probe satisfies never;
  }
}

/** Loads what only some kinds need, milliseconds each, while nothing is timed yet. */
export function prepareKinds(probes: readonly Probe[]): void {
  if (probes.some((probe) => probe.kind === 'http' && probe.tls)) late('node:tls');
  if (probes.some(({ kind }) => kind === 'resolver')) late('node:child_process');
}

/** Starts one attempt; everything that comes of it is told to `attempt`. `to` is null for kinds that have no far end of their own. */
export function startProbe(probe: Probe, attempt: Attempt, to: Endpoint | null): void {
  if (probe.kind === 'resolver') return probeResolver(probe, attempt);
  if (to === null || isIP(to.address) === 0) {
    return attempt.failed({ code: 'EBADADDRESS', message: `not a literal address: ${to?.address ?? 'none'}` });
  }
  switch (probe.kind) {
    case 'tcp':
      return probeTcp(probe, attempt, to);
    case 'http':
      return probeHttp(probe, attempt, to);
    case 'dns':
      return probeDns(probe, attempt, to);
    case 'udp':
      return probeUdp(probe, attempt, to);
    default:
      return probe satisfies never;
  }
}
