/** Cilium decides in eBPF, before and after these rules; what it keeps in iptables (chains CILIUM_…) admits, marks and rewrites (pkg/datapath/iptables). */
import { stops } from './way.ts';
import type { Writer } from './way.ts';

export const cilium: Writer = {
  program: 'cilium',
  wrote: ({ chain }) => /^(?:OLD_)?CILIUM_/.test(chain),
  read: ({ last }) =>
    stops(last)
      ? {
          reason: 'firewall',
          isStale: false,
          means: 'Cilium drops it in its iptables rules, where policies are not: those it keeps in eBPF',
        }
      : {
          reason: 'passes',
          isStale: false,
          means: 'it lets the packet on; what Cilium denies it denies in eBPF, where no rule is traced',
        },
};
