/** flannel: it forwards and masquerades, and denies nothing. Chains FLANNEL-…, with nftables the tables `flannel-ipv4` and `flannel-ipv6` (pkg/trafficmngr). */
import { stops } from './way.ts';
import type { Writer } from './way.ts';

export const flannel: Writer = {
  program: 'flannel',
  wrote: ({ table, chain }) => /^flannel-ipv[46]$/.test(table) || chain.startsWith('FLANNEL-'),
  read: ({ last }) => {
    if (stops(last)) {
      return {
        reason: 'firewall',
        isStale: false,
        means: 'flannel itself denies nothing: somebody has put a rule into its chain',
      };
    }
    const isSource = /POSTRTG|postrtg/.test(last.chain);
    const means = isSource
      ? 'what leaves the pod network gets the address of the node'
      : 'pods may be reached through the node';
    return { reason: 'passes', isStale: false, means };
  },
};
