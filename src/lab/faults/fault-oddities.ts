/** The faults that make replicas of the lab's own programs differ from their siblings. Pure. */
import { hostnameOf } from '../kubelet/launch.ts';
import type { KubeObject } from '../model.ts';
import type { KeptUpstream, Oddities } from '../oddities.ts';
import type { DnsOddity } from '../programs/dns-oddity.ts';
import type { Fault } from '../scenario/fault.ts';
import type { Victims } from './fault-victims.ts';

/** Numbers of the types of DNS records (RFC 3596). */
const RECORD_TYPES = { AAAA: 28 } as const;

export function findOddities(faults: readonly Fault[], victims: Victims, pods: readonly KubeObject[]): Oddities {
  const dns = new Map<string, DnsOddity>();
  const forgottenHosts = new Map<string, readonly string[]>();
  const keptUpstreams = new Map<string, readonly KeptUpstream[]>();
  for (const fault of faults) {
    for (const pod of pods.filter((each) => victims.strikes(fault, each))) {
      const hostname = hostnameOf(pod, pod['spec'].nodeName);
      const { ignoredTypes, forgottenNames } = dns.get(hostname) ?? { ignoredTypes: [], forgottenNames: [] };
      if (fault.kind === 'ignore-questions')
        dns.set(hostname, { ignoredTypes: [...ignoredTypes, RECORD_TYPES[fault.type]], forgottenNames });
      if (fault.kind === 'forget-names')
        dns.set(hostname, { ignoredTypes, forgottenNames: [...forgottenNames, ...fault.names] });
      if (fault.kind === 'forget-hosts')
        forgottenHosts.set(hostname, [...(forgottenHosts.get(hostname) ?? []), ...fault.hosts]);
      if (fault.kind === 'keep-upstream') {
        const { service, address } = fault;
        const kept = { namespace: service.namespace, service: service.name, address };
        keptUpstreams.set(hostname, [...(keptUpstreams.get(hostname) ?? []), kept]);
      }
    }
  }
  return { dns, forgottenHosts, keptUpstreams };
}
