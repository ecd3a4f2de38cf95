/** Ways to break a world, each as a rule over its paths. */
import type { Sample } from '../../probes/wire.ts';
import type { Pod } from '../../src/model/cluster.ts';
import { refused, sample, silent, times } from './make.ts';
import type { Break } from './world.ts';
import { isPod } from './world.ts';

const THREE = 3;
export const unanswered = (): Sample[] => times(THREE, silent);
export const dnsTimeout = (): Sample[] => times(THREE, () => silent({ phase: 'dns', waitedMs: 5000 }));

/** Every path that ends at this pod. */
export function pod(of: Pod, what: () => Sample[] = unanswered): Break {
  return (path) => (isPod(of, path) ? what() : null);
}

/** Packets between pods of two nodes, both ways: null stands for any node. */
export function overlayBetween(a: string | null, b: string | null): Break {
  return (path, from, to) => {
    const node = 'node' in path.to ? path.to.node : null;
    if (from.node === null || node === null || from.node === node) return null;
    if (path.to.kind === 'entry' || to?.kind === 'host') return null;
    const ends = [from.node, node];
    const isHit = (a === null || ends.includes(a)) && (b === null || ends.includes(b));
    if (!isHit) return null;
    return path.probe.kind === 'dns' ? dnsTimeout() : unanswered();
  };
}

/** What these agents (by the start of their id) send to pods that a policy closes: backends and their twins. */
export function closedTo(isClosed: (fromId: string, fromNode: string | null, node: string | null) => boolean): Break {
  return (path, from, to) => {
    const isClosable = path.to.kind === 'backend' || to?.kind === 'twin';
    const node = 'node' in path.to ? path.to.node : null;
    return isClosable && isClosed(from.id, from.node, node) ? unanswered() : null;
  };
}

/** Every entry alternates between a quick answer and one after a proxy's connect timeout. */
export const slowEntries: Break = (path) =>
  path.to.kind === 'entry'
    ? [
        sample({ connectMs: 0.4, firstByteMs: 5003, status: 200 }),
        sample({ connectMs: 0.4, firstByteMs: 3, status: 200 }),
        sample({ connectMs: 0.4, firstByteMs: 5004, status: 200 }),
      ]
    : null;

/** Every connect to the ClusterIP refused by ICMP. */
export const rejectedService: Break = (path) =>
  path.to.kind === 'service' ? times(THREE, () => refused({ counters: { 'IcmpMsg.InType3': 1 } })) : null;
